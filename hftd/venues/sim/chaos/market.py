"""Scenarios of the market itself: halts, withdrawn prints, late ones. Each makes one tape of another.

They happen on the tape, so the venue's own books follow them like any other trading day. Times are the tape's.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from hftd.core import events
from hftd.core.events import Trade
from hftd.venues.sim.chaos.halts import halted
from hftd.venues.sim.chaos.scenario import EveryOnTape, Luck, Scenario, Seconds
from hftd.venues.sim.clock import SECOND
from hftd.venues.sim.wire import Market

Tape = Iterator[Market]
ShareOfPrints = Annotated[float, Meta(ge=0, le=1, description="a share of prints, 0 to 1")]


class Halt(Scenario, frozen=True):
    """A symbol is halted and resumes: status messages, nothing traded or quoted between, price bands (LULD) all day."""

    every: EveryOnTape = 600.0
    seconds: Seconds = 60.0


class Bust(Scenario, frozen=True):
    """Prints are cancelled, called errors or corrected a few seconds after they were sent."""

    share: ShareOfPrints = 0.005
    seconds: Seconds = 3.0


class LatePrints(Scenario, frozen=True):
    """Prints are told late, with the time they had, out of sequence (condition Z)."""

    share: ShareOfPrints = 0.01
    seconds: Seconds = 20.0


def troubled(tape: Tape, plan: Sequence[Scenario], seed: int) -> Tape:
    """``tape`` with what befalls its market in ``plan``; without that, itself."""
    for each in plan:
        match each:
            case LatePrints(share=share, seconds=seconds):
                tape = late(tape, share, seconds, Luck(seed, each))
            case Bust(share=share, seconds=seconds):
                tape = busted(tape, share, seconds, Luck(seed, each))
            case Halt(every=every, seconds=seconds):
                tape = halted(tape, every, seconds, Luck(seed, each))
    return tape


def late(tape: Tape, share: float, seconds: float, luck: Luck) -> Tape:
    """Hold back a share of the prints by up to ``seconds``."""
    waiting = Waiting()
    for event in tape:
        yield from waiting.due(event.seen)
        if isinstance(event, Trade) and luck.hit(share):
            due = event.seen + int(seconds * luck.between(0.1, 1.0) * SECOND)
            waiting.add(due, replace(event, seen=due, conditions=(*event.conditions, "Z")))
        else:
            yield event
    yield from waiting.rest()


def busted(tape: Tape, share: float, seconds: float, luck: Luck) -> Tape:
    """Withdraw or correct a share of the prints within ``seconds``."""
    waiting = Waiting()
    for event in tape:
        yield from waiting.due(event.seen)
        yield event
        if isinstance(event, Trade) and luck.hit(share):
            due = event.seen + int(seconds * luck.between(0.1, 1.0) * SECOND)
            waiting.add(due, _second_thought(event, due, luck.below(3)))
    yield from waiting.rest()


def _second_thought(print_: Trade, at: int, which: int) -> Market:
    """What the tape says about a print it regrets: cancelled, an error, or a cent less than it said."""
    symbol, number, price, size = print_.symbol, print_.id, print_.price, print_.size
    if which < 2:
        return events.Bust(symbol, number, price, size, "CE"[which], at, at)
    corrected = round(price - 0.01, 4) if price > 0.01 else price
    return events.Correction(symbol, number, price, size, number, corrected, size, at, at)


class Waiting:
    """Events that come later than the tape has them; never more than their delay has room for."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Market]] = []
        self._count = 0

    def add(self, due: int, event: Market) -> None:
        """Keep ``event`` until ``due``, ns."""
        self._count += 1
        heappush(self._heap, (due, self._count, event))

    def due(self, now: int) -> Iterator[Market]:
        """Give back what has become due."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)[2]

    def rest(self) -> Iterator[Market]:
        """Give back what is left when the tape is over."""
        return self.due(2**63)
