"""Events with only what a test cares about.

Without a time of its own (``at``, ns UTC) an event happens after the one before it; without a symbol it is of the
model's first one. The stage fills both in.
"""

from typing import Literal

from hftd.core.events import Bar, Gap, Quote, Status, Trade

SECOND = 1_000_000_000


def trade(
    price: float = 100.0, size: int = 100, symbol: str = "", *, conditions: tuple[str, ...] = (), tape: str = "",
    at: int = 0,
) -> Trade:  # fmt: skip
    """A print of ``size`` shares at ``price`` dollars, a second after the event before it."""
    return Trade(symbol, price, size, at, at, conditions, "", tape)


def quote(
    bid: float = 99.99, ask: float = 100.01, bid_size: int = 100, ask_size: int = 100, symbol: str = "",
    *, at: int = 0,
) -> Quote:  # fmt: skip
    """A best bid and offer in dollars, with their shares, a second after the event before it."""
    return Quote(symbol, bid, bid_size, ask, ask_size, at, at)


def bar(
    close: float = 100.0, open: float | None = None, high: float | None = None, low: float | None = None,  # noqa: A002
    volume: int = 1000, symbol: str = "", *, span: Literal["minute", "day", "updated"] = "minute",
) -> Bar:  # fmt: skip
    """A bar in dollars; what is not given follows from the other prices.

    A minute's bar comes when the minute is over, so it lets time pass up to there. An ``updated`` one is of the minute
    before and comes a second after the event before it, as does the ``day`` so far.
    """
    first = close if open is None else open
    highest = max(first, close) if high is None else high
    lowest = min(first, close) if low is None else low
    return Bar(symbol, first, highest, lowest, close, volume, 0, 0, span)


def status(*, halted: bool, symbol: str = "", reason: str = "") -> Status:
    """A halt, or its end, a second after the event before it. The codes are those of Alpaca's stream for tape A."""
    code, text = ("2", "Trading Halt") if halted else ("3", "Resume")
    return Status(symbol, halted, code, reason, 0, 0, text)


def gap(*bars: Bar, seconds: float = 60.0) -> Gap:
    """So many seconds without market data since the event before; ``bars`` are of the minutes that began in them."""
    return Gap("market data", 0, int(seconds * SECOND), 0, bars)
