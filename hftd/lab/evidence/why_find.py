"""Where in a journal a decision is: by the order's id, counted back, or by a record near it."""

from pathlib import Path

from hftd.core.effects import Refuse, Replace, Submit
from hftd.core.orders import Order
from hftd.lab.evidence.why import Decision
from hftd.runtime.past.journal import read


def find_order(journal: Path, named: str) -> tuple[int, Order] | None:
    """The record in which an order left, by its id or the last digits of it; None where the journal has none."""
    for record in read(journal):
        match record.content:
            case Submit(order) | Replace(order) if _is(order, named):
                return record.number, order
    return None


def find_refusal(journal: Path, back: int) -> int | None:
    """The record of a refusal, counted back from the last one, which is 1; None where there are not so many."""
    numbers = [record.number for record in read(journal) if isinstance(record.content, Refuse)]
    return numbers[-back] if 0 < back <= len(numbers) else None


def find_decision(journal: Path, number: int) -> int | None:
    """The last decision on a wish in record ``number`` or before it; None where there is none."""
    found = None
    for record in read(journal):
        if record.number > number:
            break
        if isinstance(record.content, Decision):
            found = record.number
    return found


def _is(order: Order, named: str) -> bool:
    last = order.id.rpartition("-")[2]
    return order.id == named or (named.isdigit() and last.isdigit() and int(last) == int(named))
