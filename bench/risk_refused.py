"""What makes each check refuse, and least trouble to make: the account is changed, and the intent is given back."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from bench.risk_state import HELD, INTENT, MODEL, NOW, hold, trade
from bench.ticks import PRICE, SYMBOL
from hftd.core.events import OrderUpdate, Side, Trade, VenuePosition
from hftd.core.intents import Intent, buy
from hftd.core.orders import Order
from hftd.core.state import SECOND, State


def _order(state: State, number: int = 0, side: Side = "buy") -> None:
    state.send(Order(f"o{number}", MODEL, SYMBOL, side, INTENT.shares, None, "day", NOW))


def _orders(state: State, count: int) -> Intent:
    for number in range(count):
        _order(state, number)
    return INTENT


def _with(state: State, **facts: object) -> Intent:
    for name, value in facts.items():
        setattr(state, name, value)
    return INTENT


def _unknown(state: State) -> Intent:
    _order(state)
    state.blotter.update(OrderUpdate("o0", "unknown", NOW, NOW))
    return INTENT


def _halted(state: State) -> Intent:
    state.book.lines[SYMBOL].halted = True
    return INTENT


def _rejected(state: State) -> Intent:
    for _ in range(5):
        state.rejected(SYMBOL, NOW)
    return INTENT


def _opposite(state: State) -> Intent:
    _order(state, side="sell")
    return INTENT


def _bought(state: State, shares: int) -> Intent:
    trade(state, SYMBOL, shares)
    return INTENT


def _volatile(state: State) -> Intent:
    state.book.lines[SYMBOL].volatility = Decimal("0.5")
    return INTENT


def _fallen(state: State) -> Intent:
    state.book.trade(Trade(SYMBOL, PRICE - 50, 100, NOW, NOW))
    return INTENT


def _newcomer(state: State) -> Intent:
    hold(state, HELD)
    return buy("NEW", 5)


REFUSED: Mapping[str, Callable[[State], Intent]] = {
    "halt": lambda state: _with(state, halted="by hand"),
    "session": lambda state: _with(state, phase="closing"),
    "clock": lambda state: _with(state, skew=10 * SECOND),
    "symbol": lambda state: _with(state, symbols=frozenset({"QQQ"})),
    "frozen": lambda state: _with(state, frozen={SYMBOL: VenuePosition(SYMBOL, Decimal(1), Decimal(1))}),
    "unknown_order": _unknown,
    "market_halt": _halted,
    "rejects": _rejected,
    "pace": lambda state: _orders(state, 50),
    "same_order": lambda state: _orders(state, 20),
    "open_orders": lambda state: _orders(state, 100),
    "lot": lambda _: buy(SYMBOL, "5.5"),
    "size": lambda _: buy(SYMBOL, 501),
    "tick": lambda _: buy(SYMBOL, 5, "562.175"),
    "stale": lambda state: _with(state, now=NOW + 11 * SECOND),
    "collar": lambda _: buy(SYMBOL, 5, 600),
    "self_trade": _opposite,
    "notional": lambda _: buy(SYMBOL, 100),
    "position": lambda state: _bought(state, 965),
    "positions": _newcomer,
    "gross": lambda state: _bought(state, 330),
    "net": lambda state: _bought(state, 330),
    "buying_power": lambda state: _with(state, buying_power=Decimal(1000), gross_then=state.gross()),
    "value_at_risk": _volatile,
    "loss": _fallen,
    "drawdown": lambda state: _with(state, peak=Decimal(2000)),
}
