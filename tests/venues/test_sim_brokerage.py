"""Order objects at the simulated venue: each message shows the order as of its event (trading API, 2, 5 and 7)."""

import json
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.events import Quote, Trade
from hftd.core.matching import Exchange, Rejection
from hftd.core.matching.ticket import venue_id
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.listing import listing
from hftd.venues.sim.statements import account, portfolio_history, position, positions

SECOND = 1_000_000_000
ORDER = {"symbol": "SPY", "qty": 10, "side": "buy", "type": "market", "time_in_force": "day"}


class Desk:
    """An open brokerage with a quote of 99 to 101, and every message it publishes as it was at that moment."""

    def __init__(self, partial_fills: bool = False) -> None:
        self.told: list[dict[str, Any]] = []
        exchange = Exchange(Decimal(100_000), partial_fills=partial_fills)
        self.brokerage = Brokerage(exchange, lambda data: self.told.append(json.loads(json.dumps(data))))
        self.brokerage.open(0)
        self.brokerage.feed(Quote("SPY", 99.0, 1, 101.0, 1, 0, 0))

    def submit(self, now: int = SECOND, **change: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.brokerage.submit(ORDER | change, now))
        return answer

    def events(self) -> list[str]:
        return [each["event"] for each in self.told]


def first_partial() -> str:
    """A client id that gets a part first, by the rule of the matching engine."""
    return next(name for name in map(str, range(1000)) if int(venue_id(name)[:8], 16) % 10 == 0)


def test_a_partial_fill_is_told_with_running_figures():
    desk = Desk(partial_fills=True)
    desk.submit(client_order_id=first_partial())
    desk.brokerage.feed(Quote("SPY", 99.0, 1, 102.0, 1, 2 * SECOND, 2 * SECOND))
    assert desk.events() == ["pending_new", "new", "partial_fill", "fill"]
    part, rest = desk.told[2], desk.told[3]
    first = Decimal(part["qty"])
    assert part["order"]["status"] == "partially_filled"
    assert (part["order"]["filled_qty"], part["position_qty"]) == (part["qty"], part["qty"])
    assert part["order"]["filled_avg_price"] == "101"
    assert (rest["price"], Decimal(rest["qty"]), rest["position_qty"]) == ("102", 10 - first, "10")
    average = (first * 101 + (10 - first) * 102) / 10
    assert Decimal(rest["order"]["filled_avg_price"]) == average
    assert rest["order"]["filled_at"] == rest["timestamp"] == "1970-01-01T00:00:02Z"
    assert part["execution_id"] != rest["execution_id"]


def test_the_answer_is_the_order_before_anything_happened_to_it():
    desk = Desk()
    answer = desk.submit(client_order_id="a")
    assert (answer["status"], answer["filled_qty"], answer["filled_avg_price"]) == ("pending_new", "0", None)
    assert answer["submitted_at"] == answer["created_at"] == "1970-01-01T00:00:01Z"
    assert (answer["type"], answer["order_type"], answer["order_class"]) == ("market", "market", "")
    assert desk.brokerage.by_client_id("a")["status"] == "filled"


def test_an_order_has_every_field_of_the_documented_one():
    documented = (
        "id client_order_id created_at updated_at submitted_at filled_at expired_at canceled_at failed_at replaced_at "
        "replaced_by replaces asset_id symbol asset_class notional qty filled_qty filled_avg_price order_class "
        "order_type type side position_intent time_in_force limit_price stop_price status extended_hours legs "
        "trail_percent trail_price hwm expires_at subtag source"
    )
    assert list(Desk().submit()) == documented.split()


def test_orders_without_an_id_get_different_ones():
    desk = Desk()
    assert desk.submit()["client_order_id"] != desk.submit()["client_order_id"]


def test_a_replaced_order_points_to_its_successor_and_back():
    desk = Desk()
    old = desk.submit(type="limit", limit_price=90)
    new = json.loads(desk.brokerage.replace(old["id"], {"limit_price": 91}, 2 * SECOND))
    assert (new["replaces"], new["qty"], new["limit_price"]) == (old["id"], "10", "91")
    assert desk.events() == ["pending_new", "new", "replaced", "new"]
    assert desk.told[2]["order"]["replaced_by"] == new["id"]
    assert desk.told[2]["order"]["replaced_at"] == "1970-01-01T00:00:02Z"


def test_a_refused_order_leaves_no_trace():
    desk = Desk()
    with pytest.raises(Rejection, match="insufficient buying power"):
        desk.submit(qty=100_000)
    assert (desk.told, desk.brokerage.sheets()) == ([], [])


def test_an_asset_id_stands_for_its_symbol():
    desk = Desk()
    first = desk.submit()
    assert desk.submit(symbol=first["asset_id"])["symbol"] == "SPY"


def test_what_became_of_unknown_orders_is_not_found():
    desk = Desk()
    for call in (desk.brokerage.sheet, desk.brokerage.by_client_id):
        with pytest.raises(Rejection, match="order not found for x") as found:
            call("x")
        assert found.value.http == 404


def test_after_the_close_orders_are_accepted_and_wait():
    desk = Desk()
    desk.brokerage.close(2 * SECOND, extended=True)
    assert desk.submit()["status"] == "accepted"
    assert desk.events() == ["accepted"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["d", "b"]),
        ({"status": "all"}, ["d", "c", "b", "a"]),
        ({"status": "closed", "direction": "asc"}, ["a", "c"]),
        ({"status": "all", "limit": "2"}, ["d", "c"]),
        ({"status": "all", "after": "1970-01-01T00:00:02Z"}, ["d", "c"]),
        ({"status": "all", "until": "1970-01-01T00:00:02Z"}, ["a"]),
        ({"status": "all", "after_order_id": venue_id("b")}, ["d", "c"]),
        ({"status": "all", "before_order_id": venue_id("b")}, ["a"]),
        ({"status": "all", "symbols": "SPY,QQQ", "side": "sell"}, ["c"]),
        ({"status": "all", "symbols": "QQQ"}, []),
    ],
)
def test_listing(query, found):
    desk = Desk()
    desk.submit(SECOND, client_order_id="a")
    desk.submit(2 * SECOND, client_order_id="b", type="limit", limit_price=90)
    desk.submit(3 * SECOND, client_order_id="c", side="sell", qty=1, type="limit", limit_price=99)
    desk.submit(4 * SECOND, client_order_id="d", type="limit", limit_price=90)
    assert [each["client_order_id"] for each in listing(desk.brokerage.sheets(), query)] == found


@pytest.mark.parametrize(
    "query",
    [{"status": "some"}, {"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"after": "x"}, {"after_order_id": "x"}],
)
def test_a_listing_that_makes_no_sense_is_refused(query):
    with pytest.raises(Rejection) as found:
        listing(Desk().brokerage.sheets(), query)
    assert found.value.http == 422


def test_a_position_long_and_short_in_figures():
    desk = Desk()
    desk.submit()
    desk.brokerage.feed(Trade("SPY", 103.0, 1, SECOND, SECOND))
    long = position(desk.brokerage.exchange, "SPY")
    assert (long["qty"], long["side"], long["avg_entry_price"], long["cost_basis"]) == ("10", "long", "101", "1010")
    assert (long["market_value"], long["unrealized_pl"], long["current_price"]) == ("1030", "20", "103")
    assert Decimal(long["unrealized_plpc"]) == Decimal("0.019802")
    desk.submit(side="sell", type="limit", limit_price=150, qty=4)
    assert position(desk.brokerage.exchange, "SPY")["qty_available"] == "6"
    short = Desk()
    short.submit(side="sell")
    held = positions(short.brokerage.exchange)[0]
    assert (held["qty"], held["side"], held["market_value"], held["cost_basis"]) == ("-10", "short", "-1000", "-990")


def test_the_account_adds_up_with_a_short():
    desk = Desk()
    desk.submit(side="sell")
    found = account(desk.brokerage.exchange, SECOND)
    # Sold 10 at 99, worth 100 (the middle of the quote): cash 100,990, short value -1,000, equity 99,990.
    assert (found["cash"], found["short_market_value"], found["equity"]) == ("100990", "-1000", "99990")
    assert found["buying_power"] == str(4 * 99_990 - 1000)
    assert found["last_equity"] == "100000"
    history = portfolio_history(desk.brokerage.exchange, SECOND)
    assert (history["equity"], history["profit_loss"], history["profit_loss_pct"]) == ([99990.0], [-10.0], [-0.0001])
