"""Order requests: what each field means and what is refused, in the words of the trading API, sections 2 and 3."""

from decimal import Decimal
from typing import Any

import pytest

from hftd.core.matching import Rejection
from hftd.core.orders import Order
from hftd.venues.sim.tickets import amended, ask

D = Decimal
LIMIT = {
    "symbol": "AAPL", "qty": 1.0, "side": "buy", "type": "limit", "time_in_force": "gtc", "limit_price": 189.1,
    "extended_hours": True, "client_order_id": "abc",
}  # fmt: skip
MARKET = {"symbol": "AAPL", "qty": "2", "side": "sell", "type": "market", "time_in_force": "day"}
OLD = Order("old", "", "AAPL", "buy", D(10), D(100), "gtc", 1)


def refused(body: dict[str, Any]) -> Rejection:
    with pytest.raises(Rejection) as caught:
        ask(body, "made-up", body["symbol"], 7)
    return caught.value


def test_a_limit_order_as_the_client_library_sends_it():
    asked = ask(LIMIT, "made-up", "AAPL", 7)
    assert asked.order == Order("abc", "", "AAPL", "buy", D("1.0"), D("189.1"), "gtc", 7)
    assert (asked.notional, asked.extended) == (None, True)


def test_an_order_without_an_id_gets_one():
    assert ask(MARKET, "made-up", "AAPL", 7).order.id == "made-up"


def test_an_order_for_dollars():
    asked = ask({**MARKET, "qty": None, "notional": 100.5}, "x", "AAPL", 7)
    assert (asked.order.shares, asked.notional) == (0, D("100.5"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"qty": None}, "qty or notional is required"),
        ({"notional": 5}, "only one of qty or notional is accepted"),
        ({"type": "stop"}, "invalid order type"),
        ({"type": "limit"}, "limit orders require a limit price"),
        ({"limit_price": 5}, "market orders require no stop or limit price"),
        ({"stop_price": 5}, "market orders require no stop or limit price"),
        ({"time_in_force": "forever"}, "invalid time_in_force"),
        ({"side": "hold"}, "invalid side"),
        ({"order_class": "bracket"}, "invalid order_class"),
        ({"qty": "many"}, "invalid qty"),
        ({"qty": True}, "invalid qty"),
        ({"qty": "1e999999"}, "invalid qty"),
        ({"qty": float("nan")}, "invalid qty"),
        ({"client_order_id": 5}, "invalid client_order_id"),
    ],
)
def test_a_request_that_is_no_order_is_refused(change, message):
    found = refused({**MARKET, **change})
    assert (found.http, found.body) == (422, {"code": 40010001, "message": message})


@pytest.mark.parametrize("symbol", ["", "no such", "lower", "WAYTOOLONGSYMBOL", "ÄÖ", "A;B"])
def test_what_cannot_be_a_symbol_is_refused(symbol):
    found = refused({**MARKET, "symbol": symbol})
    assert (found.http, found.body) == (422, {"code": 42210000, "message": "invalid symbol"})


def test_an_amendment_changes_what_it_names_and_takes_what_is_left():
    assert amended({"limit_price": 101}, OLD, D(4), "new", 7) == Order(
        "new", "", "AAPL", "buy", D(4), D(101), "gtc", 7
    )
    assert amended({"qty": 6, "time_in_force": "day", "client_order_id": "c"}, OLD, D(4), "new", 7) == Order(
        "c", "", "AAPL", "buy", D(6), D(100), "day", 7
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [({"qty": 1.5}, "fractional qty cannot be replaced"), ({"time_in_force": "x"}, "invalid time_in_force")],
)
def test_an_amendment_that_makes_no_sense_is_refused(body, message):
    with pytest.raises(Rejection, match=message):
        amended(body, OLD, D(4), "new", 7)


def test_a_market_order_takes_no_price_by_amendment():
    with pytest.raises(Rejection, match="market orders require no stop or limit price"):
        amended({"limit_price": 5}, Order("old", "", "A", "buy", D(1), None, "day", 1), D(1), "new", 7)
