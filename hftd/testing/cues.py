"""What stands in a script beside events: time that passes, and whole minutes of market."""

from collections.abc import Iterable

from msgspec import Struct

from hftd.core.events import Event


class Wait(Struct, frozen=True):
    """Time passes, in seconds."""

    seconds: float


class Minute(Struct, frozen=True):
    """The rest of a minute: a print in its last second, at ``close`` dollars, and its bar."""

    close: float
    symbol: str = ""


Cue = Event | Wait | Minute
Script = Cue | Iterable[Cue]


def wait(seconds: float) -> Wait:
    """So many seconds in which nothing is heard; timers and the phases of the day come as they are due."""
    return Wait(seconds)


def minutes(*closes: float, symbol: str = "") -> tuple[Minute, ...]:
    """Minutes that close at these prices, in dollars, each with a print just before its bar.

    The print is what a bar by itself lacks: no order leaves on a price nobody has heard for a while.
    """
    return tuple(Minute(close, symbol) for close in closes)
