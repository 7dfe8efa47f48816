"""How many orders may leave: at the limit, one beyond it, and when the time has passed."""

from decimal import Decimal

from hftd.core.intents import buy
from hftd.core.orders import Order
from hftd.core.risk import pace
from hftd.core.risk.limits import Limits
from hftd.core.state import State

SECOND, MINUTE = 10**9, 60 * 10**9
WISH = buy("SPY", 1)


def sent(*moments: int) -> State:
    """A state that sent an order at each moment, the last one being now."""
    state = State()
    for moment in moments:
        state.now = moment
        state.send(Order(f"o{state.counts['orders']}", "m", "SPY", "buy", Decimal(1), None, "day", moment))
    return state


def test_open_orders() -> None:
    """Two are allowed: the third is refused, and may pass when one has ended."""
    check, state = pace.open_orders(Limits(max_open_orders=2)), sent(1)
    assert check(WISH, state) is None
    state = sent(1, 2)
    assert check(WISH, state) == "2 orders are open, allowed 2"
    state.blotter.open.popitem()
    assert check(WISH, state) is None


def test_orders_a_second() -> None:
    """Two are allowed: a third within the second is refused, and passes when the first is a second old."""
    check, state = pace.pace(Limits(orders_per_second=2)), sent(0, SECOND // 2)
    state.now = SECOND - 1
    assert check(WISH, state) == "2 orders left in the last second, allowed 2"
    state.now = SECOND
    assert check(WISH, state) is None


def test_orders_a_minute() -> None:
    """Three are allowed: a fourth within the minute is refused, and passes when the first is a minute old."""
    check, state = pace.pace(Limits(orders_per_minute=3)), sent(0, 20 * SECOND, 40 * SECOND)
    state.now = MINUTE - 1
    assert check(WISH, state) == "3 orders left in the last minute, allowed 3"
    state.now = MINUTE
    assert check(WISH, state) is None


def test_orders_a_day() -> None:
    """Two are allowed, however far apart; a new day begins at none."""
    check, state = pace.pace(Limits(orders_per_day=2)), sent(0, 10 * MINUTE)
    state.now = 100 * MINUTE
    assert check(WISH, state) == "2 orders left today, allowed 2"
    state.new_day("2026-10-20", "r")
    assert check(WISH, state) is None


def test_moments_older_than_a_minute_are_forgotten_when_an_order_leaves() -> None:
    """What is kept never reaches further back than a minute before the last order."""
    assert list(sent(0, MINUTE, MINUTE + 1).pace) == [MINUTE, MINUTE + 1]
