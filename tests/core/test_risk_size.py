"""How large one order may be: at each edge and one beyond."""

from decimal import Decimal

import pytest

from hftd.core.events import Quote
from hftd.core.intents import Figure, buy, sell
from hftd.core.risk import size
from hftd.core.risk.limits import Limits
from hftd.core.state import State

D = Decimal


def state(bid: float = 99.0, ask: float = 101.0) -> State:
    made = State()
    made.book.watch("SPY")
    made.book.quote(Quote("SPY", bid, 1, ask, 1, 1, 1))
    return made


@pytest.mark.parametrize(("shares", "fits"), [(100, 1), (200, 1), (150, 0), (0.5, 0)])
def test_sizes_are_multiples_of_the_lot(shares: Figure, fits: bool) -> None:
    """In lots of a hundred."""
    expected = None if fits else f"{shares} shares are no multiple of 100"
    assert expected == size.lot(Limits(lot=D(100)))(buy("SPY", shares), state())


@pytest.mark.parametrize(("shares", "fits"), [(5, 1), (50, 1), (4, 0), (51, 0)])
def test_sizes_lie_between_the_smallest_and_the_largest(shares: int, fits: bool) -> None:
    """Both included."""
    expected = None if fits else f"{shares} shares are not between 5 and 50"
    assert expected == size.size(Limits(min_shares=D(5), max_shares=D(50)))(sell("SPY", shares), state())


@pytest.mark.parametrize("shares", [0, -5])
def test_no_order_of_nothing_or_less(shares: int) -> None:
    """Even where the settings name no smallest order."""
    expected = f"{shares} shares are not above 0"
    assert expected == size.size(Limits(min_shares=D(0)))(buy("SPY", shares), state())


def test_the_worth_of_an_order_at_the_market_is_that_of_the_far_side() -> None:
    """10 bought at the ask of 101 are 1,010 dollars; 10 sold at the bid of 99 are 990."""
    check = size.notional(Limits(max_notional=D(990)))
    assert check(buy("SPY", 10), state()) == "$1010.00 is more than $990"
    assert check(sell("SPY", 10), state()) is None


def test_the_worth_of_an_order_with_a_limit_is_that_of_its_limit() -> None:
    """10 at 99 are 990; at 99.01 they are a dime too many."""
    check = size.notional(Limits(max_notional=D(990)))
    assert check(buy("SPY", 10, 99), state()) is None
    assert check(buy("SPY", 10, "99.01"), state()) == "$990.10 is more than $990"


def test_an_order_nobody_can_value_is_refused() -> None:
    """No quote, no print: no price."""
    expected = "no price of QQQ is known, so the order cannot be valued"
    assert expected == size.notional(Limits())(buy("QQQ", 1), state())
    assert expected.replace("QQQ", "SPY") == size.notional(Limits())(buy("SPY", 1), state(0, 0))
