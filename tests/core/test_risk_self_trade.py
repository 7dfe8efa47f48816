"""No order may trade with one of our own: every pair that could, and the nearest that could not."""

from decimal import Decimal

import pytest

from hftd.core.events import Fill, OrderUpdate, Side
from hftd.core.intents import Intent, buy, sell
from hftd.core.matching import Exchange, Rejection
from hftd.core.orders import Order
from hftd.core.risk.limits import Limits
from hftd.core.risk.self_trade import self_trade
from hftd.core.state import State

D = Decimal
CHECK = self_trade(Limits())


def resting(side: Side, limit: str | None, symbol: str = "SPY") -> State:
    """A state with one open order of 10 shares."""
    made = State()
    made.send(Order("o1", "n", symbol, side, D(10), D(limit) if limit else None, "day", 1))
    return made


@pytest.mark.parametrize(
    ("side", "limit", "wish"),
    [
        ("sell", "100.00", buy("SPY", 1, "100.00")),
        ("sell", "100.00", buy("SPY", 1, "100.01")),
        ("sell", "100.00", buy("SPY", 1)),
        ("sell", None, buy("SPY", 1)),
        ("sell", None, buy("SPY", 1, "50")),
        ("buy", "100.00", sell("SPY", 1, "100.00")),
        ("buy", "100.00", sell("SPY", 1, "99.99")),
        ("buy", "100.00", sell("SPY", 1)),
        ("buy", None, sell("SPY", 1, "150")),
    ],
)
def test_orders_that_could_trade_with_each_other(side: Side, limit: str | None, wish: Intent) -> None:
    """One at the market, or limits that touch: the refusal names the order in the way, whichever model's it is."""
    price = f"at {limit}" if limit else "at the market"
    assert f"could trade with our own order to {side} {price}: o1" == CHECK(wish, resting(side, limit))


@pytest.mark.parametrize(
    ("side", "limit", "wish"),
    [
        ("sell", "100.00", buy("SPY", 1, "99.99")),
        ("buy", "100.00", sell("SPY", 1, "100.01")),
        ("sell", "100.00", sell("SPY", 1, "100.00")),
        ("buy", None, buy("SPY", 1)),
        ("sell", None, buy("QQQ", 1)),
    ],
)
def test_orders_that_could_not(side: Side, limit: str | None, wish: Intent) -> None:
    """Limits a cent apart, the same side, another symbol."""
    assert CHECK(wish, resting(side, limit)) is None


def test_an_order_that_has_ended_is_out_of_the_way_and_one_being_withdrawn_is_not() -> None:
    """It may still trade."""
    made = resting("sell", "100")
    made.blotter.open["o1"].cancelling = True
    assert CHECK(buy("SPY", 1), made) is not None
    made.blotter.update(OrderUpdate("o1", "canceled", 2, 2))
    assert CHECK(buy("SPY", 1), made) is None


def test_an_order_that_filled_in_part_is_in_the_way_until_it_has_filled() -> None:
    """Four of its ten are left."""
    made = resting("sell", None)
    made.blotter.fill(Fill("o1", "x", "SPY", "sell", D(6), D(100), 2, 2))
    assert CHECK(buy("SPY", 1), made) is not None
    made.blotter.fill(Fill("o1", "y", "SPY", "sell", D(4), D(100), 3, 3))
    assert CHECK(buy("SPY", 1), made) is None


@pytest.mark.parametrize("limit", ["99.99", "100.00", None])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_the_simulated_venue_refuses_the_same_pairs(side: Side, limit: str | None) -> None:
    """Nothing is quoted, so the first order rests; the venue's rules were written from its own reference."""
    first = Order("o1", "n", "SPY", "buy", D(10), D("100.00"), "day", 1)
    wish = Intent("SPY", side, D(1), D(limit) if limit else None)
    made, exchange = State(), Exchange(D(100_000))
    made.send(first)
    exchange.submit(first, 1)
    try:
        exchange.submit(Order("o2", "m", "SPY", side, D(1), wish.limit, "day", 2), 2)
        refused = False
    except Rejection as error:
        refused = "wash trade" in str(error)
    assert refused == (CHECK(wish, made) is not None)
