"""The matching engine: Alpaca's rules for one paper account, by hand arithmetic."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Event, Fill, OrderUpdate, Quote, Side, Trade
from hftd.core.intents import TimeInForce
from hftd.core.matching import Exchange, Holding, Rejection, plain
from hftd.core.matching.checks import check_form
from hftd.core.matching.ticket import VENUE, Ticket, venue_id
from hftd.core.matching.tickets import Tickets
from hftd.core.orders import Order

D = Decimal


def order(name: str, side: Side, shares: object, limit: object = None, tif: TimeInForce = "day") -> Order:
    return Order(name, "m", "SPY", side, D(str(shares)), None if limit is None else D(str(limit)), tif, 0)


def quote(bid: float, ask: float, symbol: str = "SPY") -> Quote:
    return Quote(symbol, bid, 100, ask, 100, 1, 2)


def trade(price: float, symbol: str = "SPY", conditions: tuple[str, ...] = (), tape: str = "B") -> Trade:
    return Trade(symbol, price, 100, 1, 2, conditions, "P", tape)


def exchange(bid: float = 99.99, ask: float = 100.01, cash: int = 100_000, **more: object) -> Exchange:
    made = Exchange(D(cash), partial_fills=False, **more)  # type: ignore[arg-type]
    made.quote(quote(bid, ask))
    return made


def story(events: Iterable[Event]) -> list[object]:
    """Fills as (shares, price), updates as their status."""
    return [(each.shares, each.price) if isinstance(each, Fill) else each.status for each in events]  # type: ignore[attr-defined]


def refusal(call: object, *arguments: object, **more: object) -> Rejection:
    with pytest.raises(Rejection) as caught:
        call(*arguments, **more)  # type: ignore[operator]
    return caught.value


# ---- prices ----------------------------------------------------------------------------------------------------


def test_market_buy_takes_the_ask_and_sell_the_bid():
    venue = exchange()
    assert story(venue.submit(order("a", "buy", 5), 3)) == ["accepted", (D(5), D("100.01")), "filled"]
    assert story(venue.submit(order("b", "sell", 5), 4)) == ["accepted", (D(5), D("99.99")), "filled"]
    assert venue.account.cash == D("99999.90")


def test_market_order_without_a_quote_takes_the_next_print():
    venue = Exchange(D(100_000), partial_fills=False)
    venue.trade(trade(100.0))
    assert story(venue.submit(order("a", "buy", 5), 3)) == ["accepted"]
    assert story(venue.trade(trade(101.0))) == [(D(5), D("101.0")), "filled"]


def test_a_side_without_a_quote_is_priced_by_prints_though_the_other_side_is_quoted():
    venue = exchange(99.99, 0.0)
    assert story(venue.submit(order("a", "buy", 5), 3)) == ["accepted"]
    assert story(venue.trade(trade(100.5))) == [(D(5), D("100.5")), "filled"]


def test_a_print_does_not_fill_an_order_the_quote_does_not_reach():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "100.00"), 3)
    assert story(venue.trade(trade(99.0))) == []


def test_limit_order_trades_at_the_far_side_when_that_is_better_and_waits_otherwise():
    venue = exchange()
    assert story(venue.submit(order("a", "buy", 5, "100.05"), 3)) == ["accepted", (D(5), D("100.01")), "filled"]
    assert story(venue.submit(order("b", "buy", 5, "100.00"), 3)) == ["accepted"]
    assert story(venue.quote(quote(99.90, 100.00))) == [(D(5), D("100.0")), "filled"]


def test_a_binary_price_a_hair_above_its_decimal_is_still_the_decimal():
    venue = exchange(1.0, 1.1)
    assert story(venue.submit(order("a", "buy", 1, "1.10"), 3))[-1] == "filled"


def test_limit_order_without_a_quote_gets_its_limit_when_a_print_reaches_it():
    venue = Exchange(D(100_000), partial_fills=False)
    venue.submit(order("a", "sell", 5, "100.50"), 3)
    assert story(venue.trade(trade(100.49))) == []
    assert story(venue.trade(trade(100.70))) == [(D(5), D("100.50")), "filled"]


@pytest.mark.parametrize(
    ("conditions", "tape", "fills"), [(("@", "I"), "C", False), (("M",), "B", False), (("F",), "B", True)]
)
def test_only_prints_that_may_move_the_last_price_fill(conditions, tape, fills):
    venue = Exchange(D(100_000), partial_fills=False)
    venue.submit(order("a", "buy", 5), 3)
    assert bool(venue.trade(trade(100.0, conditions=conditions, tape=tape))) is fills


def test_a_fill_carries_the_times_of_the_event_that_made_it():
    venue = Exchange(D(100_000), partial_fills=False)
    accepted = venue.submit(order("a", "buy", 5), 7)[0]
    fill = venue.trade(trade(100.0))[0]
    assert isinstance(accepted, OrderUpdate)
    assert isinstance(fill, Fill)
    assert (accepted.ts, accepted.seen, fill.ts, fill.seen) == (7, 7, 1, 2)
    assert fill.venue_id == accepted.venue_id == venue_id("a")


# ---- lives -----------------------------------------------------------------------------------------------------


def test_ioc_with_nothing_to_hit_is_canceled():
    venue = exchange()
    assert story(venue.submit(order("a", "buy", 5, "100.00", "ioc"), 3)) == ["accepted", "canceled"]
    assert story(Exchange(D(1000)).submit(order("a", "buy", 5, None, "ioc"), 3)) == ["accepted", "canceled"]


def first_partial() -> str:
    """A client id whose order gets a part first: the first 32 bits of its venue id divide by ten."""
    return next(name for name in map(str, range(1000)) if int(venue_id(name)[:8], 16) % 10 == 0)


def test_a_partial_fill_leaves_the_rest_for_the_next_event():
    venue = Exchange(D(100_000))
    venue.quote(quote(99.99, 100.01))
    told = story(venue.submit(order(first_partial(), "buy", 100), 3))
    part = told[1][0]  # type: ignore[index]
    assert 0 < part < 100
    assert told == ["accepted", (part, D("100.01")), "partially_filled"]
    assert story(venue.quote(quote(99.99, 100.02))) == [(100 - part, D("100.02")), "filled"]


def test_the_rest_of_a_partly_filled_ioc_is_canceled():
    venue = Exchange(D(100_000))
    venue.quote(quote(99.99, 100.01))
    told = story(venue.submit(order(first_partial(), "buy", 100, None, "ioc"), 3))
    assert told[2:] == ["partially_filled", "canceled"]


def test_about_a_tenth_of_orders_get_a_part_first():
    venue = Exchange(D(10_000_000))
    venue.quote(quote(99.99, 100.01))
    partly = 0
    for number in range(1000):
        partly += "partially_filled" in story(venue.submit(order(f"20260105-abcd-{number:06d}", "buy", 10), 3))
    assert 70 <= partly <= 130


def test_day_orders_expire_at_the_close_and_gtc_orders_stay():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "90"), 3)
    venue.submit(order("b", "buy", 5, "90", "gtc"), 3)
    assert [(each.order, each.status) for each in venue.expire(9)] == [("a", "expired")]  # type: ignore[attr-defined]
    assert story(venue.quote(quote(80.0, 81.0))) == []
    assert story(venue.begin(10)) == [(D(5), D("81.0")), "filled"]


def test_an_order_sent_while_closed_waits_for_the_open():
    venue = exchange()
    venue.expire(5)
    assert story(venue.submit(order("a", "buy", 5), 6)) == ["accepted"]
    assert story(venue.quote(quote(101.0, 102.0))) == []
    assert story(venue.expire(7, extended=True)) == []
    assert story(venue.begin(8)) == ["accepted", (D(5), D("102.0")), "filled"]


def test_opg_fills_at_the_open_and_cls_at_the_close():
    venue = exchange()
    assert story(venue.submit(order("c", "buy", 5, None, "cls"), 6)) == ["accepted"]
    assert story(venue.submit(order("o", "buy", 5, None, "opg"), 6)) == ["accepted"]
    assert story(venue.expire(7)) == [(D(5), D("100.01")), "filled"]
    assert story(venue.begin(8)) == ["accepted", (D(5), D("100.01")), "filled"]


def test_an_extended_hours_order_trades_while_closed_and_expires_with_the_day():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "90"), 3, extended=True)
    assert story(venue.expire(5)) == []
    assert story(venue.quote(quote(89.0, 89.5))) == [(D(5), D("89.5")), "filled"]
    venue.submit(order("b", "buy", 5, "80"), 6, extended=True)
    assert story(venue.expire(7, extended=True)) == ["expired"]


def test_cancel_withdraws_once_and_again_without_complaint():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "90"), 3)
    assert story(venue.cancel(venue_id("a"), 4)) == ["canceled"]
    assert story(venue.cancel(venue_id("a"), 5)) == []
    assert story(venue.quote(quote(80.0, 81.0))) == []


def test_cancel_of_a_filled_or_unknown_order_is_refused_in_the_venues_words():
    venue = exchange()
    venue.submit(order("a", "buy", 5), 3)
    filled, unknown = refusal(venue.cancel, venue_id("a"), 4), refusal(venue.cancel, "no-such", 4)
    assert (filled.http, filled.body) == (422, {"code": 42210000, "message": 'order is already in "filled" state'})
    assert (unknown.http, unknown.body) == (404, {"code": 40410000, "message": "order not found for no-such"})


def test_replace_ends_the_old_order_and_works_the_new_one():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "90"), 3)
    told = venue.replace(venue_id("a"), order("b", "buy", 7, "100.01"), 4)
    assert [(each.order, kind) for each, kind in zip(told, story(told), strict=True)] == [  # type: ignore[attr-defined]
        ("a", "replaced"), ("b", "accepted"), ("b", (D(7), D("100.01"))), ("b", "filled"),
    ]  # fmt: skip


def test_a_refused_replace_leaves_the_old_order_working():
    venue = exchange(cash=1000)
    venue.submit(order("a", "buy", 5, "90"), 3)
    found = refusal(venue.replace, venue_id("a"), order("b", "buy", 5000, "90"), 4)
    assert found.message == "insufficient buying power"
    assert story(venue.quote(quote(80.0, 81.0))) == [(D(5), D("81.0")), "filled"]


def test_a_queued_order_cannot_be_replaced():
    venue = exchange()
    venue.expire(1)
    venue.submit(order("a", "buy", 5, "90"), 3)
    assert refusal(venue.replace, venue_id("a"), order("b", "buy", 6, "90"), 4).code == 42210000


def test_ids_are_functions_of_the_client_id():
    assert [each.venue_id for each in exchange().submit(order("a", "buy", 5), 3)] == [  # type: ignore[attr-defined]
        each.venue_id for each in exchange(1, 2).submit(order("a", "sell", 1), 9)  # type: ignore[attr-defined]
    ]


@given(st.text())
def test_ids_are_uuids_made_of_names(name: str) -> None:
    """Of version 5, as the standard library makes them; an execution's is the order's, higher by its number."""
    expected = uuid5(VENUE, name)
    ticket = Ticket(order(name, "buy", 1), venue_id(name))
    ticket.next_execution()
    second = UUID(ticket.next_execution())
    assert (str(expected), expected.fields[1:], second.version) == (ticket.venue_id, second.fields[1:], 5)
    assert (second.time_low - expected.time_low) % 2**32 == 2


def test_closed_orders_are_forgotten_oldest_first_once_there_are_too_many():
    tickets = Tickets(remembered=2)
    for name in "abc":
        made = Ticket(order(name, "buy", 1), venue_id(name))
        tickets.add(made)
        tickets.end(made, "canceled")
    assert [name in tickets for name in "abc"] == [False, True, True]


# ---- refusals: bodies of the trading API, section 3 -------------------------------------------------------------


def test_a_client_id_is_unique_for_ever():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "90"), 3)
    venue.cancel(venue_id("a"), 4)
    found = refusal(venue.submit, order("a", "buy", 5), 5)
    assert (found.http, found.body) == (422, {"code": 40010001, "message": "client_order_id must be unique"})


def test_more_than_the_position_has_is_refused_and_never_flips_it():
    venue = exchange()
    venue.submit(order("a", "buy", 5), 3)
    found = refusal(venue.submit, order("b", "sell", 19), 4)
    assert found.http == 403
    assert found.body == {
        "code": 40310000,
        "message": "insufficient qty available for order (requested: 19, available: 5)",
        "available": "5",
        "existing_qty": "5",
        "held_for_orders": "0",
        "symbol": "SPY",
    }


def test_open_sells_hold_the_shares_they_would_sell():
    venue = exchange()
    venue.submit(order("a", "buy", 5), 3)
    venue.submit(order("b", "sell", 4, "110"), 4)
    found = refusal(venue.submit, order("c", "sell", 2, "110"), 5)
    assert (found.extra["available"], found.extra["held_for_orders"]) == ("1", "4")


def test_buying_back_more_than_the_short_is_refused():
    venue = exchange()
    venue.submit(order("a", "sell", 5), 3)
    assert venue.account.shares("SPY") == -5
    assert refusal(venue.submit, order("b", "buy", 6), 4).message.endswith("(requested: 6, available: 5)")
    assert story(venue.submit(order("c", "buy", 5), 4))[-1] == "filled"


def test_buying_power_is_four_times_equity_less_positions_and_open_orders():
    venue = exchange(99.0, 100.0, cash=10_000)
    assert venue.funds.buying_power() == 40_000
    venue.submit(order("a", "buy", 100), 3)
    # Bought 100 at 100, worth 99.5 (no print, so the middle of the quote): equity 9,950, gross 9,950.
    assert venue.funds.buying_power() == 4 * D(9950) - D(9950)
    venue.submit(order("b", "buy", 10, "90"), 3)
    assert venue.funds.buying_power() == 3 * D(9950) - 900
    found = refusal(venue.submit, order("c", "buy", 400), 4)
    assert found.body == {
        "code": 40310000, "message": "insufficient buying power", "buying_power": "28950", "cost_basis": "40000",
    }  # fmt: skip
    assert found.http == 403


def test_a_small_account_trades_with_its_own_money():
    assert exchange(cash=1999).funds.buying_power() == 1999


def test_an_opening_short_costs_three_percent_more_than_the_ask():
    venue = exchange(99.0, 100.0, cash=2000)
    assert refusal(venue.submit, order("a", "sell", 78), 3).extra["cost_basis"] == "8034"
    assert refusal(venue.submit, order("b", "sell", 77, "105"), 3).extra["cost_basis"] == "8085"
    assert story(venue.submit(order("c", "sell", 77), 3))[-1] == "filled"


@pytest.mark.parametrize(
    ("resting", "coming", "kind"),
    [
        (order("a", "buy", 5, "99"), order("b", "sell", 5, "99"), "limit"),
        (order("a", "buy", 5, "99"), order("b", "sell", 5), "limit"),
    ],
)
def test_an_order_that_could_meet_ones_own_is_a_wash_trade(resting, coming, kind):
    venue = exchange()
    venue.submit(resting, 3)
    found = refusal(venue.submit, coming, 4)
    assert found.http == 403
    assert found.body == {
        "code": 40310000,
        "message": "potential wash trade detected. use complex orders",
        "existing_order_id": venue_id("a"),
        "reject_reason": f"opposite side {kind} order exists",
    }


def test_any_order_against_ones_own_waiting_market_order_is_a_wash_trade():
    venue = Exchange(D(100_000))
    venue.submit(order("a", "buy", 5), 3)
    found = refusal(venue.submit, order("b", "sell", 5, "200"), 4)
    assert found.extra["reject_reason"] == "opposite side market order exists"


def test_opposite_limits_that_cannot_meet_stand_side_by_side():
    venue = exchange()
    venue.submit(order("a", "buy", 5, "99"), 3)
    assert story(venue.submit(order("b", "sell", 5, "101"), 4)) == ["accepted"]


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (order("a", "buy", 1, "290.123"), 42210000,
         "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria"),
        (order("a", "buy", "1.5", None, "gtc"), 42210000, "fractional orders must be DAY orders"),
        (order("a", "buy", 0), 40010001, "qty must be > 0"),
        (order("a", "buy", -1), 40010001, "qty must be > 0"),
        (order("a", "buy", "0.0000000001"), 42210000, "qty must be limited to 9 decimal places"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_order_itself(asked, code, message):
    found = refusal(exchange().submit, asked, 3)
    assert (found.http, found.body) == (422, {"code": code, "message": message})


def test_prices_below_a_dollar_may_have_four_decimals():
    assert story(exchange(0.5, 0.51).submit(order("a", "buy", 1, "0.5011"), 3)) == ["accepted"]
    assert refusal(exchange().submit, order("b", "buy", 1, "0.50111"), 3).code == 42210000


def test_fractions_cannot_be_sold_short_but_can_be_sold():
    venue = exchange()
    assert refusal(venue.submit, order("a", "sell", "0.5"), 3).message == "fractional orders cannot be sold short"
    venue.submit(order("b", "buy", "1.5"), 3)
    assert story(venue.submit(order("c", "sell", "0.5"), 3))[-1] == "filled"


def test_only_limit_orders_trade_in_extended_hours():
    with pytest.raises(Rejection, match="extended hours order must be DAY or GTC limit orders"):
        check_form(order("a", "buy", 1), None, extended=True)


def test_a_notional_order_buys_what_the_dollars_buy():
    venue = exchange(99.0, 100.0)
    filled = story(venue.submit(order("a", "buy", 0), 3, notional=D("250.50")))
    assert filled == ["accepted", (D("2.505"), D("100.0")), "filled"]
    assert venue.account.cash == D("99749.5")
    assert refusal(venue.submit, order("b", "buy", 0), 3, notional=D("0.99")).message == "notional must be >= 1.00"
    assert refusal(venue.submit, order("c", "sell", 0), 3, notional=D(300)).code == 40310000


# ---- positions -------------------------------------------------------------------------------------------------


def test_average_price_by_hand():
    held = Holding()
    held.take(D(10), D(100))
    held.take(D(10), D(110))
    assert held.average == 105
    held.take(D(-5), D(120))
    assert (held.shares, held.average, held.realized) == (15, 105, 75)
    held.take(D(-20), D(100))
    assert (held.shares, held.average, held.realized) == (-5, 100, 0)


@pytest.mark.parametrize(
    ("figure", "text"), [("150.00", "150"), ("1E+3", "1000"), ("0.50", "0.5"), ("-2.5", "-2.5"), ("0", "0")]
)
def test_figures_are_written_without_exponent_or_trailing_zeros(figure, text):
    assert plain(D(figure)) == text
