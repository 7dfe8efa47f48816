"""What was played so far, for the market-data REST API; memory is bounded, the oldest goes first."""

from collections import deque
from collections.abc import Sequence

from hftd.core.events import Bar, Quote, Trade
from hftd.venues.sim.wire import Market

TICKS = 20_000
"""Trades, and quotes, kept of each symbol."""
BARS = 5_000
"""Minute bars kept of each symbol."""


class Past:
    """One symbol's past."""

    def __init__(self) -> None:
        self.trades: deque[Trade] = deque(maxlen=TICKS)
        self.quotes: deque[Quote] = deque(maxlen=TICKS)
        self.minutes: deque[Bar] = deque(maxlen=BARS)
        self.days: dict[int, Bar] = {}


class History:
    """Every symbol's past."""

    def __init__(self) -> None:
        self.symbols: dict[str, Past] = {}

    def add(self, event: Market) -> None:
        """Remember one event; what is no trade, quote or bar is not kept."""
        if isinstance(event, Trade):
            self.of(event.symbol).trades.append(event)
        elif isinstance(event, Quote):
            self.of(event.symbol).quotes.append(event)
        elif isinstance(event, Bar):
            self._add_bar(event)

    def of(self, symbol: str) -> Past:
        """One symbol's past, empty where nothing was played."""
        past = self.symbols.get(symbol)
        if past is None:
            past = self.symbols[symbol] = Past()
        return past

    def bars(self, symbol: str, minutes: int) -> Sequence[Bar]:
        """Bars of that many minutes, made of the minute bars; 0 means daily bars."""
        past = self.symbols.get(symbol)
        if past is None:
            return ()
        if minutes == 0:
            return tuple(past.days.values())
        return tuple(past.minutes) if minutes == 1 else fold(past.minutes, minutes)

    def _add_bar(self, bar: Bar) -> None:
        past = self.of(bar.symbol)
        if bar.span == "day":
            past.days[bar.ts] = bar
        elif bar.span == "minute":
            past.minutes.append(bar)
        else:
            for place in range(len(past.minutes) - 1, max(-1, len(past.minutes) - 5), -1):
                if past.minutes[place].ts == bar.ts:
                    past.minutes[place] = bar


def fold(bars: Sequence[Bar], minutes: int) -> tuple[Bar, ...]:
    """Longer bars out of minute bars, each starting at a multiple of its length."""
    span = minutes * 60_000_000_000
    made: list[Bar] = []
    for bar in bars:
        start = bar.ts - bar.ts % span
        if made and made[-1].ts == start:
            made[-1] = _joined(made[-1], bar)
        else:
            made.append(Bar(bar.symbol, bar.open, bar.high, bar.low, bar.close, bar.volume, start, bar.seen, "minute",
                            bar.trades, bar.vwap))  # fmt: skip
    return tuple(made)


def _joined(first: Bar, second: Bar) -> Bar:
    volume = first.volume + second.volume
    vwap = (first.vwap * first.volume + second.vwap * second.volume) / volume if volume else 0.0
    return Bar(
        first.symbol, first.open, max(first.high, second.high), min(first.low, second.low), second.close, volume,
        first.ts, second.seen, "minute", first.trades + second.trades, vwap,
    )  # fmt: skip
