"""What the records of a journal come to, counted by what tells them apart."""

from collections import Counter

from hftd.core.effects import Bench, Cancel, Refuse, Replace, Submit
from hftd.core.events import Measured
from hftd.runtime.past.journal import Frame, Record
from hftd.runtime.speed.latency import Latency


class Tally:
    """Counts since it began; they only grow."""

    def __init__(self) -> None:
        self.frames: Counter[str] = Counter()
        """By feed."""
        self.orders: Counter[tuple[str, str]] = Counter()
        """By model and side."""
        self.refusals: Counter[tuple[str, str]] = Counter()
        """By model and the code of the check."""
        self.benched: Counter[str] = Counter()
        """By model."""
        self.cancels = 0
        self.stages: dict[str, Latency] = {}
        """How long each stage of an order's way took."""

    def add(self, record: Record) -> None:
        """Count one record."""
        match record.content:
            case Frame(feed):
                self.frames[feed] += 1
            case Submit(order) | Replace(order):
                self.orders[order.model, order.side] += 1
            case Refuse(model, _, code):
                self.refusals[model, code] += 1
            case Cancel():
                self.cancels += 1
            case Bench(model):
                self.benched[model] += 1
            case Measured(spans):
                for stage, counts in spans.items():
                    self.stages.setdefault(stage, Latency()).take(counts)
            case _:
                pass
