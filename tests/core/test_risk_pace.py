"""How many orders may leave, and how often the same one: at the limit, one beyond it, when the time has passed."""

from decimal import Decimal

import pytest

from hftd.core.intents import Intent, buy, sell
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


def repeated(times: int, wish: Intent = WISH, model: str = "m") -> State:
    """A state in which model m is asking again for what ``model`` sent so often in this nanosecond."""
    state = State()
    state.now, state.asking = SECOND, "m"
    for number in range(times):
        order = Order(f"o{number}", model, wish.symbol, wish.side, wish.shares, wish.limit, "day", SECOND)
        state.send(order)
    return state


def test_the_same_order_again_and_again() -> None:
    """Three are allowed: the fourth within a second is refused, and passes when the first is a second old."""
    check, state = pace.same_order(Limits(same_order_per_second=3)), repeated(2)
    assert check(WISH, state) is None
    state = repeated(3)
    state.now = 2 * SECOND - 1
    assert check(WISH, state) == "m sent the same order 3 times in the last second, allowed 3"
    state.now = 2 * SECOND
    assert check(WISH, state) is None


@pytest.mark.parametrize("wish", [buy("QQQ", 1), sell("SPY", 1), buy("SPY", 2), buy("SPY", 1, 100)])
def test_another_order_is_not_the_same(wish: Intent) -> None:
    """Another symbol, side, size or limit; and another model's order is its own."""
    check = pace.same_order(Limits(same_order_per_second=1))
    assert check(WISH, repeated(5, wish)) is None
    assert check(wish, repeated(5, wish)) is not None
    assert check(wish, repeated(5, wish, model="n")) is None


def test_orders_older_than_a_second_are_forgotten_when_an_order_leaves() -> None:
    """What is kept never reaches further back than a second before the last order."""
    assert [order.at for order in sent(0, SECOND, SECOND + 1).recent] == [SECOND, SECOND + 1]
