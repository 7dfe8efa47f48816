"""What the daemon says and measures of itself, each made ready so that one call is that of one order or decision."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

from hftd.core.effects import Submit
from hftd.core.orders import Order
from hftd.core.seat import Seat
from hftd.plugin.keys import Keys, redact
from hftd.runtime.models.stopwatch import Stopwatch
from hftd.runtime.people.journald import JournalHandler
from hftd.runtime.people.narrator import Narrator
from hftd.runtime.speed.latency import Latency
from hftd.runtime.speed.stages import Stages


def stopwatch() -> Callable[[], object]:
    """What timing it adds to a decision."""

    class Idle:
        def on_trade(self, trade: object) -> None:
            pass

    seat = Seat("idle", Idle(), ("SPY",))
    Stopwatch().carry(seat)
    decide, trade = seat.handlers["on_trade"], object()
    return lambda: decide(trade)


def duration() -> Callable[[], object]:
    """A duration counted; a thousand at a time are sorted into their buckets."""
    add = Latency().add
    return lambda: add(12_345)


def stages() -> Callable[[], object]:
    """The moments of an order noted once it has left; that they become counts is a quiet moment's work."""
    made = Stages(lambda turn: None)
    stream: Any = SimpleNamespace(read_at=1, received_at=2)
    made.stream = stream
    return lambda: made.left(1)


class Taken:
    """A socket that takes everything at once."""

    def sendto(self, data: bytes, place: str) -> int:
        """All of it."""
        return len(data)

    def close(self) -> None:
        """Nothing was opened."""


def line(stack: ExitStack, order: Order) -> Callable[[], object]:
    """The line of an order, put into words and made ready for journald."""
    keys = Keys("a key of twenty", "and its longer secret")
    handler: Any = JournalHandler("", lambda text: redact(text, keys))
    handler.socket.close()
    handler.socket = Taken()
    logger, effect = logging.getLogger(), Submit(order)
    stack.callback(logger.setLevel, logger.level)
    logger.setLevel(logging.INFO)
    narrator = Narrator(handler.say, lambda turn: turn())
    return lambda: narrator.tell(effect, 1_234_567)
