"""Whether the price an order rests on can be believed: ticks, age and distance, at each edge."""

from decimal import Decimal

import pytest

from hftd.core.events import Trade
from hftd.core.intents import buy, sell
from hftd.core.risk import price
from hftd.core.risk.limits import Limits
from hftd.core.state import State

LIMITS = Limits(collar=0.05, stale_seconds=10)
SECOND = 10**9


def state(last: float = 100.0, seen: int = 1) -> State:
    made = State()
    made.now = seen
    made.book.watch("SPY")
    made.book.trade(Trade("SPY", last, 100, seen, seen))
    return made


@pytest.mark.parametrize("limit", ["1", "1.01", "562.17", "0.9999", "0.0001", "1.00"])
def test_a_limit_on_the_grid_passes(limit: str) -> None:
    """Cents from a dollar up, hundredths of a cent below it (SEC Rule 612; trading API, section 3)."""
    assert price.tick(LIMITS)(buy("SPY", 1, limit), state()) is None


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("1.001", "limit 1.001 is no multiple of 0.01"),
        ("562.175", "limit 562.175 is no multiple of 0.01"),
        ("0.99995", "limit 0.99995 is no multiple of 0.0001"),
        ("0", "limit 0 is not above 0"),
        ("-1", "limit -1 is not above 0"),
    ],
)
def test_a_limit_off_the_grid_is_refused(limit: str, expected: str) -> None:
    """The venue would refuse it too, later."""
    assert expected == price.tick(LIMITS)(buy("SPY", 1, limit), state())


def test_a_market_order_has_no_tick_and_no_collar() -> None:
    """There is no price to look at."""
    assert price.tick(LIMITS)(buy("SPY", 1), state()) is None
    assert price.collar(LIMITS)(buy("SPY", 1), state()) is None


def test_no_order_on_an_old_price() -> None:
    """Ten seconds are allowed, a nanosecond more is not."""
    made, check = state(seen=SECOND), price.stale(LIMITS)
    made.now = 11 * SECOND
    assert check(buy("SPY", 1), made) is None
    made.now += 1
    assert check(buy("SPY", 1), made) == "SPY was last heard of 10.0 s ago"


def test_no_order_on_a_symbol_that_was_never_heard_of() -> None:
    """Watched or not."""
    made, check = State(), price.stale(LIMITS)
    assert check(buy("SPY", 1), made) == "nothing was heard of SPY yet"
    made.book.watch("SPY")
    assert check(buy("SPY", 1), made) == "nothing was heard of SPY yet"


@pytest.mark.parametrize("wish", [buy("SPY", 1, 105), sell("SPY", 1, 95), buy("SPY", 1, 1), sell("SPY", 1, 500)])
def test_a_limit_at_the_collar_or_better_than_the_last_price_passes(wish: object) -> None:
    """5 % of 100 are 5 dollars, exactly; a better price is no typo that costs."""
    assert price.collar(LIMITS)(wish, state()) is None  # type: ignore[arg-type]


def test_a_limit_beyond_the_collar_is_refused() -> None:
    """A cent beyond 5 % of 100, and far beyond."""
    check = price.collar(LIMITS)
    assert check(buy("SPY", 1, "105.01"), state()) == "limit 105.01 is 5.01% worse than the last 100.0, allowed 5.00%"
    assert check(sell("SPY", 1, "94.99"), state()) == "limit 94.99 is 5.01% worse than the last 100.0, allowed 5.00%"
    assert check(sell("SPY", 1, 10), state()) == "limit 10 is 90.00% worse than the last 100.0, allowed 5.00%"


@pytest.mark.parametrize("last", [0.07, 1.1, 33.3, 562.17, 4567.89])
def test_the_edge_of_the_collar_is_exact_at_prices_no_float_holds(last: float) -> None:
    """The limit that is exactly a tenth worse passes, the next number beyond does not."""
    check = price.collar(Limits(collar=0.1))
    edge = Decimal(str(last)) * Decimal("1.1")
    assert check(buy("SPY", 1, edge), state(last)) is None
    assert check(buy("SPY", 1, edge + Decimal("1e-9")), state(last)) is not None


def test_a_limit_without_a_price_to_hold_it_against_is_refused() -> None:
    """Something was heard of the symbol, but nothing that sets a price."""
    made = State()
    made.book.watch("SPY")
    expected = "no price of SPY is known to hold limit 100 against"
    assert expected == price.collar(LIMITS)(buy("SPY", 1, 100), made)
