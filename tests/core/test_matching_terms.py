"""The terms of a venue: fees, slippage, places in line, sizes, halts; every figure by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Event, Fill, OrderUpdate, Quote, Side, Status, Trade
from hftd.core.intents import TimeInForce
from hftd.core.matching import Exchange, Fees, Slippage, Terms
from hftd.core.orders import Order

D = Decimal


def order(name: str, side: Side, shares: int, limit: str | None = None, tif: TimeInForce = "day") -> Order:
    return Order(name, "m", "SPY", side, D(shares), None if limit is None else D(limit), tif, 0)


def quote(bid: float, bid_size: int, ask: float, ask_size: int) -> Quote:
    return Quote("SPY", bid, bid_size, ask, ask_size, 1, 2)


def trade(price: float, size: int = 100) -> Trade:
    return Trade("SPY", price, size, 1, 2)


def venue(**terms: object) -> Exchange:
    return Exchange(D(1_000_000), partial_fills=False, terms=Terms(**terms))  # type: ignore[arg-type]


def fills(events: object) -> list[tuple[int, str]]:
    return [(int(each.shares), str(each.price)) for each in events if isinstance(each, Fill)]  # type: ignore[attr-defined]


# ---- fees ------------------------------------------------------------------------------------------------------


def test_a_fee_is_by_share_by_order_and_by_the_money() -> None:
    made = venue(fees=Fees(D("0.005"), D("1"), D("0.3")))
    made.quote(quote(99.99, 100, 100.00, 100))
    (fill,) = [each for each in made.submit(order("a", "buy", 200), 3) if isinstance(each, Fill)]
    # 200 shares at half a cent, one dollar, and 0.3 basis points of 20,000 dollars.
    assert fill.fee == D("1.00") + D("1") + D("0.60")
    assert made.account.cash == D(1_000_000) - D(20_000) - D("2.60")


def test_only_the_first_execution_of_an_order_pays_for_the_order() -> None:
    made = venue(fees=Fees(per_order=D(1)), sizes=True)
    made.quote(quote(99.99, 100, 100.00, 60))
    first = made.submit(order("a", "buy", 100), 3)
    second = made.quote(quote(99.99, 100, 100.00, 60))
    assert [each.fee for each in (*first, *second) if isinstance(each, Fill)] == [D(1), D(0)]


# ---- slippage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "price"), [("buy", "100.03"), ("sell", "99.97")])
def test_ticks_are_added_to_the_far_side_of_the_quote(side: Side, price: str) -> None:
    made = venue(slippage=Slippage("quote", 2))
    made.quote(quote(99.99, 100, 100.01, 100))
    assert fills(made.submit(order("a", side, 5), 3)) == [(5, price)]


def test_slippage_stops_at_the_limit() -> None:
    made = venue(slippage=Slippage("quote", 5))
    made.quote(quote(99.99, 100, 100.01, 100))
    assert fills(made.submit(order("a", "buy", 5, "100.03"), 3)) == [(5, "100.03")]
    assert fills(made.submit(order("b", "sell", 5, "99.98"), 3)) == [(5, "99.98")]


def test_a_tick_below_a_dollar_is_a_hundredth_of_a_cent() -> None:
    made = venue(slippage=Slippage("quote", 3))
    made.quote(quote(0.5, 100, 0.51, 100))
    assert fills(made.submit(order("a", "buy", 5), 3)) == [(5, "0.5103")]


def test_by_print_the_quote_fills_nothing_and_the_next_print_does() -> None:
    made = venue(slippage=Slippage("print", 1))
    made.trade(trade(100.5))
    made.quote(quote(99.99, 100, 100.01, 100))
    assert fills(made.submit(order("a", "buy", 5), 3)) == []
    assert fills(made.quote(quote(99.99, 100, 100.01, 100))) == []
    assert fills(made.trade(trade(100.2))) == [(5, "100.21")]


# ---- places in line --------------------------------------------------------------------------------------------


def test_a_print_at_the_price_fills_what_it_leaves_over() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.01, 100))
    made.submit(order("a", "buy", 100, "100.00"), 3)
    told = [fills(made.trade(trade(100.00, size))) for size in (200, 150, 20, 400)]
    assert told == [[], [(50, "100.00")], [(20, "100.00")], [(30, "100.00")]]


def test_a_quote_that_shows_less_says_that_somebody_left() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.01, 100))
    made.submit(order("a", "buy", 100, "100.00"), 3)
    made.quote(quote(100.00, 40, 100.01, 100))
    assert fills(made.trade(trade(100.00, 60))) == [(20, "100.00")]


def test_a_quote_that_shows_more_puts_nobody_before_us() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 100, 100.01, 100))
    made.submit(order("a", "buy", 100, "100.00"), 3)
    made.quote(quote(100.00, 5_000, 100.01, 100))
    assert fills(made.trade(trade(100.00, 150))) == [(50, "100.00")]


def test_an_order_that_betters_the_quote_is_first() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.03, 100))
    made.submit(order("a", "sell", 10, "100.02"), 3)
    assert fills(made.trade(trade(100.02, 15))) == [(10, "100.02")]


def test_an_order_behind_the_quote_learns_its_place_when_the_quote_comes_to_it() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.03, 100))
    made.submit(order("a", "buy", 10, "99.99"), 3)
    assert fills(made.trade(trade(99.99, 1_000))) == []
    made.quote(quote(99.99, 50, 100.00, 100))
    assert fills(made.trade(trade(99.99, 55))) == [(5, "99.99")]


def test_a_print_beyond_the_price_fills_everything_at_the_limit() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.03, 100))
    made.submit(order("a", "buy", 100, "100.00"), 3)
    assert fills(made.trade(trade(99.99, 1))) == [(100, "100.00")]


def test_a_far_side_that_comes_to_a_waiting_order_fills_it_at_its_limit() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 300, 100.03, 100))
    made.submit(order("a", "buy", 100, "100.00"), 3)
    assert fills(made.quote(quote(99.95, 300, 99.98, 100))) == [(100, "100.00")]


def test_without_a_quote_only_a_print_beyond_the_price_fills() -> None:
    made = venue(queue=True)
    made.submit(order("a", "buy", 100, "100.00"), 3)
    assert fills(made.trade(trade(100.05))) == []
    assert fills(made.trade(trade(100.00, 100_000))) == []
    assert fills(made.trade(trade(99.99, 1))) == [(100, "100.00")]


def test_two_of_our_orders_do_not_share_one_print_twice() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 100, 100.01, 100))
    made.submit(order("a", "buy", 30, "100.00"), 3)
    made.submit(order("b", "buy", 30, "100.00"), 4)
    assert fills(made.trade(trade(100.00, 140))) == [(30, "100.00"), (10, "100.00")]


# ---- sizes -----------------------------------------------------------------------------------------------------


def test_no_more_than_was_quoted_fills_until_the_next_quote() -> None:
    made = venue(sizes=True)
    made.quote(quote(99.99, 100, 100.01, 60))
    assert fills(made.submit(order("a", "buy", 100), 3)) == [(60, "100.01")]
    assert fills(made.trade(trade(100.01, 500))) == []
    assert fills(made.quote(quote(99.99, 100, 100.02, 60))) == [(40, "100.02")]


def test_two_orders_share_what_is_quoted() -> None:
    made = venue(sizes=True)
    made.quote(quote(99.99, 100, 100.01, 60))
    assert fills(made.submit(order("a", "buy", 50), 3)) == [(50, "100.01")]
    assert fills(made.submit(order("b", "buy", 50), 4)) == [(10, "100.01")]


def test_without_quotes_no_more_than_was_printed_fills() -> None:
    made = venue(sizes=True)
    made.submit(order("a", "buy", 100), 3)
    assert fills(made.trade(trade(100.0, 70))) == [(70, "100.0")]
    assert fills(made.trade(trade(100.1, 70))) == [(30, "100.1")]


def test_what_is_left_of_an_order_for_now_is_withdrawn() -> None:
    made = venue(sizes=True)
    made.quote(quote(99.99, 100, 100.01, 60))
    events: list[Event] = list(made.submit(order("a", "buy", 100, tif="ioc"), 3))
    assert fills(events) == [(60, "100.01")]
    assert isinstance(events[-1], OrderUpdate)
    assert events[-1].status == "canceled"


# ---- halts and gaps --------------------------------------------------------------------------------------------


def halt(*, halted: bool) -> Status:
    return Status("SPY", halted, "H" if halted else "T", "", 1, 2)


def test_nothing_trades_in_a_halt_and_the_quote_before_it_does_not_outlive_it() -> None:
    made = venue()
    made.quote(quote(99.99, 100, 100.01, 100))
    made.status(halt(halted=True))
    assert fills(made.submit(order("a", "buy", 5), 3)) == []
    assert fills(made.quote(quote(101.99, 100, 102.01, 100))) == []
    made.status(halt(halted=False))
    assert fills(made.submit(order("b", "buy", 5), 4)) == []
    assert fills(made.quote(quote(104.99, 100, 105.01, 100))) == [(5, "105.01"), (5, "105.01")]


def test_after_a_gap_no_place_in_line_is_known() -> None:
    made = venue(queue=True)
    made.quote(quote(100.00, 10, 100.01, 100))
    made.submit(order("a", "buy", 5, "100.00"), 3)
    made.gap()
    assert fills(made.trade(trade(100.00, 1_000))) == []
    assert fills(made.trade(trade(99.99, 1))) == [(5, "100.00")]


# ---- whatever happens ------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("quote"), st.integers(9_990, 10_010), st.integers(0, 300), st.integers(1, 3)),
            st.tuples(st.just("trade"), st.integers(9_985, 10_015), st.integers(1, 300)),
            st.tuples(st.just("buy"), st.integers(9_985, 10_015), st.integers(1, 200)),
            st.tuples(st.just("sell"), st.integers(9_985, 10_015), st.integers(1, 200)),
        ),
        max_size=40,
    )
)
def test_prints_never_give_more_than_their_size_and_no_limit_is_broken(steps: list[tuple[object, ...]]) -> None:
    made = venue(queue=True, sizes=True, slippage=Slippage("quote", 1))
    orders: dict[str, Order] = {}
    for number, step in enumerate(steps):
        match step:
            case ("quote", int(bid), int(size), int(spread)):
                told = made.quote(quote(bid / 100, size, (bid + spread) / 100, size))
                most = 2 * size
            case ("trade", int(cents), int(size)):
                told = made.trade(trade(cents / 100, size))
                # Prints beyond a limit show that everybody there was served, however many they are.
                most = size if all(abs(each.limit or 0) == D(cents) / 100 for each in orders.values()) else 10**9
            case (side, int(cents), int(shares)):
                each = order(f"o{number}", side, shares, str(D(cents) / 100))  # type: ignore[arg-type]
                if any(other.side != side for other in orders.values()):
                    continue  # a venue rejects what could trade with oneself
                orders[each.id] = each
                told = made.submit(each, number)
                most = 10**9
        assert sum(shares for shares, _ in fills(told)) <= most
        for fill in (each for each in told if isinstance(each, Fill)):
            limit = orders[fill.order].limit
            assert limit is not None
            assert fill.price <= limit if fill.side == "buy" else fill.price >= limit
