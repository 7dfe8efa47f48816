"""Trading halts on a tape: what the market says when a symbol stops and goes on, and the silence between."""

from collections.abc import Iterator

from hftd.core.events import Band, Quote, Status, Trade
from hftd.venues.sim.chaos.scenario import Luck
from hftd.venues.sim.chaos.spells import Spells
from hftd.venues.sim.clock import SECOND
from hftd.venues.sim.wire import Market

LIMIT = 0.05
"""Half the width of a band, as a share of the price: that of big names in the middle of the day (LULD plan, tier 1)."""
BAND_SECONDS = 30
"""Between two bands of a symbol."""

HALTED = {"A": ("2", "M", "Trading Halt"), "C": ("H", "T5", "Trading Halt")}
RESUMED = {"A": ("3", "", "Resume"), "C": ("T", "", "Trading Resumption")}
"""Status code, reason and text, by tape (market-data stream, section 5, "Status codes")."""


def halted(tape: Iterator[Market], every: float, seconds: float, luck: Luck) -> Iterator[Market]:
    """Halt the symbol of one event about ``every`` seconds, for ``seconds``, and tell price bands.

    While a symbol is halted its events are left out; nobody quotes it, so that no order in it can trade.
    """
    spells, stopped, until = Spells(luck, every, seconds), "", 0
    plans: dict[str, str] = {}
    bands: dict[str, int] = {}
    for event in tape:
        now, symbol = event.seen, event.symbol
        if isinstance(event, Trade):
            plans[symbol] = "A" if event.tape in ("A", "B") else "C"
        if stopped and now >= until:
            yield _status(RESUMED, plans.get(stopped, "C"), stopped, until, False)
            stopped = ""
        if not stopped and spells.begins(now / SECOND):
            stopped, until = symbol, now + int(seconds * SECOND)
            yield _status(HALTED, plans.get(symbol, "C"), symbol, now, True)
            yield Quote(symbol, 0.0, 0, 0.0, 0, now, now)
        if symbol == stopped:
            continue
        yield event
        if isinstance(event, Trade) and now >= bands.get(symbol, 0):
            bands[symbol] = now + BAND_SECONDS * SECOND
            yield _band(event)


def _status(words: dict[str, tuple[str, str, str]], plan: str, symbol: str, at: int, halt: bool) -> Status:
    code, reason, text = words[plan]
    return Status(symbol, halt, code, reason, at, at, text)


def _band(trade: Trade) -> Band:
    width = trade.price * LIMIT
    return Band(trade.symbol, round(trade.price - width, 2), round(trade.price + width, 2), "B", trade.seen, trade.seen)
