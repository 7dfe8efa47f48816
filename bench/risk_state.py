"""An account in the middle of a quiet day: what the checks are asked about."""

from decimal import Decimal

from bench.ticks import PRICE, START, SYMBOL
from hftd.core.events import Fill, Quote, Trade
from hftd.core.intents import buy
from hftd.core.risk.limits import Limits
from hftd.core.state import State, open_account

NOW = START
MODEL = "model"
INTENT = buy(SYMBOL, 5)
HELD = 20
"""Symbols in a full account."""

# A position that only grows must not run into a limit.
LIMITLESS = Limits(
    **{name: 1_000_000_000 for name in Limits.__struct_fields__ if name.startswith("max_") or "_per_" in name}
)


def account() -> State:
    """35 shares of one symbol, which has a last print, a quote and a volatility."""
    state = open_account(Decimal(100_000))
    state.phase, state.day, state.run, state.now = "open", "2026-09-16", "abcdef", NOW
    state.buying_power = Decimal(1_000_000_000)
    state.symbols = frozenset({SYMBOL})
    trade(state, SYMBOL, 35)
    return state


def hold(state: State, symbols: int) -> State:
    """The same account, with a share each of so many symbols less one."""
    for number in range(1, symbols):
        trade(state, f"S{number}", 1)
    return state


def trade(state: State, symbol: str, shares: int) -> None:
    """Buy ``shares`` of ``symbol``, heard of just now, at its price."""
    state.book.watch(symbol).volatility = Decimal("0.012345")
    state.book.trade(Trade(symbol, PRICE, 100, NOW, NOW))
    state.book.quote(Quote(symbol, PRICE - 0.01, 100, PRICE, 100, NOW, NOW))
    state.ledger.fill(Fill(symbol, symbol, symbol, "buy", Decimal(shares), Decimal(str(PRICE)), NOW, NOW))
