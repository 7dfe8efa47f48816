"""Minute bars and the growing daily bar, built from prints as Alpaca builds its own.

Sale conditions decide what each print may set (``hftd.core.conditions``). A bar is made only if it has a price and a
volume; its vwap counts the prints that may set high and low and count as volume.
"""

from math import inf
from typing import Literal

from msgspec import Struct

from hftd.core.conditions import Rule, daily_rule, rule
from hftd.core.events import Bar, Trade

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
NEVER = 1 << 63


class Tally(Struct, gc=False):
    """A bar in the making. ``start`` is its first nanosecond; ``late``: a print came after the bar was sent."""

    start: int
    open: float = 0.0
    high: float = 0.0
    low: float = inf
    close: float = 0.0
    volume: int = 0
    trades: int = 0
    paid: float = 0.0
    weighed: int = 0
    late: bool = False

    def add(self, trade: Trade, may: Rule) -> None:
        """Count one print by its rule."""
        price, size = trade.price, trade.size
        if may.open_close or (may.first and not self.open):
            if not self.open:
                self.open = price
            self.close = price
        if may.volume:
            self.volume += size
            self.trades += 1
        if may.high_low:
            if not self.low <= price <= self.high:  # most prints are within, and `min` and `max` are slow
                self.high = max(self.high, price)
                self.low = min(self.low, price)
            if may.volume:
                self.paid += price * size
                self.weighed += size

    def bar(self, symbol: str, span: Literal["minute", "day", "updated"], seen: int) -> Bar | None:
        """The bar so far, or None while a price or the volume is missing."""
        if not (self.open and self.high and self.volume):
            return None
        return Bar(
            symbol, self.open, self.high, self.low, self.close, self.volume, self.start, seen,
            span, self.trades, self.paid / self.weighed if self.weighed else 0.0,
        )  # fmt: skip


class Building(Struct, gc=False):
    """One symbol's bars in the making. Before ``due`` none of them is over."""

    day: Tally
    minute: Tally | None = None
    before: Tally | None = None
    due: int = 0


class BarBuilder:
    """Makes one trading day's bars of any number of symbols.

    ``midnight`` is the day's start on the exchange's clock, the ``ts`` of its daily bars; daily bars are sent from
    ``opens`` on, one with every minute bar. Both are ns UTC. Bars come out of ``add`` and ``until``:
    ``minute`` once a later print or the clock ends the minute, ``updated`` half a minute later if prints of the minute
    came late, ``day`` cumulative. A print older than the last minute sent counts for the day alone.
    """

    def __init__(self, midnight: int, opens: int) -> None:
        self._midnight = midnight
        self._opens = opens
        self._symbols: dict[str, Building] = {}

    def add(self, trade: Trade) -> list[Bar]:
        """Count one print; the bars it completes, oldest first."""
        symbol = self._symbols.get(trade.symbol)
        if symbol is None:
            symbol = self._symbols[trade.symbol] = Building(Tally(self._midnight))
        ready = self._over(trade.symbol, symbol, trade.ts, trade.seen) if trade.ts >= symbol.due else []
        symbol.day.add(trade, daily_rule(trade.tape, trade.conditions))
        tally = _minute_of(symbol, trade.ts)
        if tally is not None:
            tally.add(trade, rule(trade.tape, trade.conditions))
        return ready

    def until(self, now: int) -> list[Bar]:
        """The bars that are over at ``now`` (ns UTC), symbols in the order they first traded."""
        return [bar for name, symbol in self._symbols.items() for bar in self._over(name, symbol, now, now)]

    def _over(self, name: str, symbol: Building, now: int, seen: int) -> list[Bar]:
        bars: list[Bar | None] = []
        before = symbol.before
        if before is not None and before.late and now >= before.start + MINUTE + MINUTE // 2:
            before.late = False
            bars.append(before.bar(name, "updated", seen))
        minute = symbol.minute
        if minute is not None and now >= minute.start + MINUTE:
            symbol.before, symbol.minute = minute, None
            bars.append(minute.bar(name, "minute", seen))
            if now >= self._opens:
                bars.append(symbol.day.bar(name, "day", seen))
        symbol.due = _due(symbol)
        return [bar for bar in bars if bar is not None]


def _minute_of(symbol: Building, ts: int) -> Tally | None:
    """The minute a print at ``ts`` belongs to, begun if need be; None where its last word has been said."""
    minute, before = symbol.minute, symbol.before
    if minute is not None and minute.start <= ts < minute.start + MINUTE:
        return minute
    start = ts - ts % MINUTE
    if before is not None and start == before.start:
        before.late = True
        symbol.due = _due(symbol)
        return before
    if minute is not None or (before is not None and start < before.start):
        return None
    symbol.minute = Tally(start)
    symbol.due = _due(symbol)
    return symbol.minute


def _due(symbol: Building) -> int:
    """When the next of a symbol's bars is over; far away while none is begun."""
    updated = symbol.before.start + MINUTE + MINUTE // 2 if symbol.before is not None and symbol.before.late else NEVER
    return updated if symbol.minute is None else min(updated, symbol.minute.start + MINUTE)
