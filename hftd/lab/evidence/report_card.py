"""How a model came through a bad day: the daemon's journal held against the books of the simulated venue."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from hftd.core.effects import Bench, KillSwitch, Refuse, Replace, Submit
from hftd.core.events import FeedDown, Gap
from hftd.core.orders import TERMINAL
from hftd.runtime.past.journal import read


class ReportCard(Struct, frozen=True):
    """One scenario's outcome. The first four figures are hftd's promise; the others tell how the model fared."""

    scenario: str
    doubled: int
    """Orders at the venue under one id, beyond the first."""
    orphans: int
    """Orders of ours at the venue that are not in the journal."""
    left_open: int
    """Orders still open when the daemon had left."""
    differing: int
    """Symbols in which the daemon held other shares than the venue."""
    exit_status: int
    orders: int
    executions: int
    refused: int
    gaps: int
    drops: int
    benched: str
    """Why the model was benched; empty where it was not."""
    halted: str
    """Why trading was stopped; empty where it was not."""

    @property
    def passed(self) -> bool:
        """Whether the promise was kept and the model never raised."""
        return not (
            self.doubled or self.orphans or self.left_open or self.differing or self.exit_status or self.benched
        )


def grade(
    scenario: str, exit_status: int, journal: Path, positions: Mapping[str, Decimal], books: Mapping[str, Any]
) -> ReportCard:
    """The card of a daemon that left with ``exit_status``, believing in ``positions``; ``books`` are `/sim/books`.

    Orders somebody else placed at the venue carry no id of this journal's run and do not count.
    """
    sent: set[str] = set()
    counts: Counter[str] = Counter()
    run = benched = halted = ""
    for record in read(journal):
        match record.content:
            case Submit(order) | Replace(order):
                sent.add(order.id)
                run = order.id.rpartition("-")[0]
            case Refuse():
                counts["refused"] += 1
            case Bench(_, reason):
                benched = reason
            case KillSwitch(reason):
                halted = reason
            case Gap():
                counts["gaps"] += 1
            case FeedDown():
                counts["drops"] += 1
            case _:
                pass
    ours = [each for each in books["orders"] if run and each["client_order_id"].startswith(run)]
    names = Counter(each["client_order_id"] for each in ours)
    held = {symbol: Decimal(each["qty"]) for symbol, each in books["positions"].items()}
    return ReportCard(
        scenario,
        doubled=sum(count - 1 for count in names.values()),
        orphans=len(names.keys() - sent),
        left_open=sum(each["status"] not in TERMINAL for each in ours),
        differing=sum(held.get(symbol, 0) != positions.get(symbol, 0) for symbol in held.keys() | positions.keys()),
        exit_status=exit_status,
        orders=len(sent),
        executions=sum(len(each["executions"]) for each in ours),
        refused=counts["refused"],
        gaps=counts["gaps"],
        drops=counts["drops"],
        benched=benched,
        halted=halted,
    )
