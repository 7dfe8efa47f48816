"""How long an order takes to the venue and its answer back: as long as you say, or as long as it took in a journal."""

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from random import Random

from msgspec import Struct

from hftd.core.effects import Submit
from hftd.core.events import OrderUpdate
from hftd.errors import HftdError
from hftd.runtime.past.journal import read


class Fixed(Struct, frozen=True):
    """The same every time, ns: ``there`` until the venue has what we sent, ``back`` until we have what it says."""

    there: int = 0
    back: int = 0

    def ways(self) -> Iterator[tuple[int, int]]:
        """There and back, without end."""
        return repeat((self.there, self.back))


class Drawn(Struct, frozen=True):
    """Drawn by chance from recorded ``trips`` there and back (ns), half of each for either way; one seed, one row."""

    trips: tuple[int, ...]
    seed: int = 0

    def ways(self) -> Iterator[tuple[int, int]]:
        """There and back, without end."""
        random = Random(self.seed)  # noqa: S311 (nothing here is secret)
        while True:
            trip = random.choice(self.trips)
            yield trip // 2, trip - trip // 2


Latency = Fixed | Drawn


def recorded(journal: Path, seed: int = 0) -> Drawn:
    """What orders took in a day's journal (a folder): from the order to the venue's first word of it.

    What never left or whose answer was lost does not count. Raises HftdError where no order was answered.
    """
    sent: dict[str, int] = {}
    trips: list[int] = []
    for record in read(journal):
        match record.content:
            case Submit(order):
                sent[order.id] = order.at
            case OrderUpdate(order=name, status=status, seen=seen, unsent=unsent) if name in sent:
                began = sent.pop(name)
                if status != "unknown" and not unsent:
                    trips.append(max(0, seen - began))
            case _:
                pass
    if not trips:
        raise HftdError(f"{journal}: no order was answered in this journal, expected at least one to take time from")
    return Drawn(tuple(trips), seed)
