"""Alpaca's REST side through alpaca-py: against the simulated venue, and against a server that answers by script."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest

from hftd.core.events import LookedUp, Quote, Snapshot, Trade, VenueOrder, VenuePosition
from hftd.core.session import Day, Phase
from hftd.errors import TooOften
from hftd.plugin.keys import Keys
from hftd.venues.alpaca.office import AlpacaOffice
from hftd.venues.sim.venue import Setup, SimVenue

SECOND = 1_000_000_000
KEYS = Keys("PKCANARY0000KEY00000", "canarysecretcanarysecret")


def at(text: str) -> int:
    """A UTC moment of 2026-01-05 in ns."""
    return int(datetime.fromisoformat(f"2026-01-05T{text}+00:00").timestamp()) * SECOND


OPEN = at("14:30:00")
DAY = Day("2026-01-05", (Phase("regular", OPEN, at("21:00:00")),))


def tape() -> Iterator[Trade | Quote]:
    """A quote of 99.99 to 100.01, and two minutes of prints: number n, n seconds after the open, at 100 + n/100."""
    yield Quote("SPY", 99.99, 300, 100.01, 500, OPEN, OPEN, ("R",), "Q", "P", "B")
    for number in range(1, 150):
        ts = OPEN + number * SECOND
        yield Trade("SPY", 100 + number / 100, 10, ts, ts, ("@",), "V", "B", number)


class Bench:
    """A simulated venue that has played its tape, and an office that asks it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        url = f"http://127.0.0.1:{self._do(self._start())}"
        self.office = AlpacaOffice(url, url, "iex", KEYS)
        self.client = self.office._trading

    async def _start(self) -> int:
        self.venue = SimVenue(Setup(speed=20_000.0, lead=0.1, symbols=("SPY",), partial_fills=False), tape(), (DAY,))
        port = await self.venue.start()
        self.venue.audience.watched.set()
        market = self.venue.brokerage.exchange.market
        while "SPY" not in market.trades or market.trades["SPY"].id < 149:
            await asyncio.sleep(0.001)
        return port

    def _do(self, work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    def close(self) -> None:
        close(self.office)
        self._do(self.venue.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def close(office: AlpacaOffice) -> None:
    office._trading._session.close()
    office._data._session.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def buy(shares: int, name: str, limit: float | None = None) -> Any:
    common = {"symbol": "SPY", "qty": shares, "side": OrderSide.BUY, "time_in_force": TimeInForce.DAY}
    if limit is None:
        return MarketOrderRequest(client_order_id=name, **common)
    return LimitOrderRequest(client_order_id=name, limit_price=limit, **common)


# ---- the simulated venue ---------------------------------------------------------------------------------------


def test_an_untouched_account_is_its_cash(bench: Bench) -> None:
    snapshot = bench.office.snapshot(5)

    assert isinstance(snapshot, Snapshot)
    assert (snapshot.asked, snapshot.seen, snapshot.cash) == (5, 5, Decimal(100_000))
    assert snapshot.buying_power >= snapshot.cash
    assert (snapshot.account != "", snapshot.positions, snapshot.orders) == (True, (), ())


def test_orders_and_positions_are_in_the_snapshot(bench: Bench) -> None:
    """Bought 10 at the ask of 100.01: one order filled, one resting at 90, one position, so much less cash."""
    bench.client.submit_order(buy(10, "first"))
    bench.client.submit_order(buy(5, "second", 90.0))
    snapshot = bench.office.snapshot(5)
    resting, filled = snapshot.orders

    assert snapshot.positions == (VenuePosition("SPY", Decimal(10), Decimal("100.01")),)
    assert snapshot.cash == Decimal("98999.9")
    assert filled == VenueOrder(
        "first", filled.venue_id, "SPY", "buy", Decimal(10), Decimal(10), Decimal("100.01"), "filled", None
    )
    assert resting == VenueOrder(
        "second", resting.venue_id, "SPY", "buy", Decimal(5), Decimal(0), Decimal(0), "accepted", Decimal(90)
    )


def test_a_short_position_is_negative(bench: Bench) -> None:
    bench.client.submit_order(
        MarketOrderRequest(symbol="SPY", qty=4, side=OrderSide.SELL, time_in_force=TimeInForce.DAY)
    )

    assert bench.office.snapshot(5).positions == (VenuePosition("SPY", Decimal(-4), Decimal("99.99")),)


def test_one_order_is_looked_up_by_our_name_for_it(bench: Bench) -> None:
    bench.client.submit_order(buy(10, "first"))
    looked_up = bench.office.order("first", 6)

    assert isinstance(looked_up, LookedUp)
    assert looked_up.found is not None
    assert (looked_up.order, looked_up.seen, looked_up.found.status) == ("first", 6, "filled")
    assert bench.office.order("never sent", 7) == LookedUp("never sent", None, 7)


def test_one_order_is_withdrawn_by_the_venues_own_id(bench: Bench) -> None:
    """Others stay; one that has ended, and one the venue never heard of, are told in words."""
    for number in range(3):
        bench.client.submit_order(buy(1, f"order {number}", 90.0))
    bench.client.submit_order(buy(1, "done"))
    names = {order.order: order.venue_id for order in bench.office.snapshot(5).orders}

    assert {order.order for order in bench.office.open_orders()} == {"order 0", "order 1", "order 2"}
    assert bench.office.cancel(names["order 1"]) == ""
    assert {order.order for order in bench.office.open_orders()} == {"order 0", "order 2"}
    assert "filled" in bench.office.cancel(names["done"])
    assert bench.office.cancel("7b08df51-5680-4c4b-aaaa-000000000001") != ""


@pytest.mark.parametrize("account", ["PA1", "PA3S8XL0VPZE", "PASIMULATED1"])
def test_accounts_that_begin_with_pa_are_paper(bench: Bench, account: str) -> None:
    assert bench.office.is_paper(account)
    assert bench.office.is_paper(bench.office.snapshot(5).account)


@pytest.mark.parametrize("account", ["", "P", "123456789", "010203ABCD", "pa1", " PA1", "9PA1"])
def test_every_other_account_is_not(bench: Bench, account: str) -> None:
    """A number of the form real accounts have, and what only looks like a paper one."""
    assert not bench.office.is_paper(account)


def test_cancel_all_leaves_nothing_open(bench: Bench) -> None:
    for number in range(3):
        bench.client.submit_order(buy(1, f"order {number}", 90.0))

    assert bench.office.cancel_all() == 3
    assert {order.status for order in bench.office.snapshot(5).orders} == {"canceled"}
    assert bench.office.cancel_all() == 0


def test_the_venue_s_clock_is_told_in_utc_nanoseconds(bench: Bench) -> None:
    """The answer carries New York's offset; the tape's day is the fifth of January."""
    assert OPEN <= bench.office.clock() < at("23:59:59")


def test_the_calendar_is_dates_and_times_of_new_york(bench: Bench) -> None:
    assert list(bench.office.calendar("2026-01-01", "2026-01-31")) == [
        {"date": "2026-01-05", "open": "09:30", "close": "16:00"}
    ]


def test_what_may_be_traded(bench: Bench) -> None:
    assert bench.office.tradable("SPY") == ""
    assert bench.office.tradable("no such") == "the venue does not know no such"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_minute_bars_do_not_depend_on_the_machine_s_zone(
    bench: Bench, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prints 1 to 59 are the first minute, 60 to 119 the second."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        bars = bench.office.bars("SPY", OPEN, OPEN + 60 * SECOND)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [(each.symbol, each.ts, each.span, each.seen) for each in bars] == [
        ("SPY", OPEN, "minute", OPEN + 60 * SECOND), ("SPY", OPEN + 60 * SECOND, "minute", OPEN + 60 * SECOND)
    ]  # fmt: skip
    first = bars[0]
    assert (first.open, first.high, first.low, first.close) == (100.01, 100.59, 100.01, 100.59)
    assert (first.volume, first.trades) == (590, 59)
    assert first.vwap == pytest.approx(100.30)  # the mean of 100.01 … 100.59


def test_a_symbol_without_bars_has_none(bench: Bench) -> None:
    assert list(bench.office.bars("QQQ", OPEN, OPEN + 60 * SECOND)) == []


def test_the_last_trade_is_as_old_as_the_last_print(bench: Bench) -> None:
    assert bench.office.last_trade("SPY") == OPEN + 149 * SECOND


# ---- a server that answers by script ---------------------------------------------------------------------------


class Scripted:
    """Answers every request of one path alike, and remembers how often and with which headers it was asked."""

    def __init__(self, answers: dict[str, tuple[int, Any]], headers: dict[str, str] | None = None) -> None:
        asked: list[tuple[str, str]] = []

        class Turn(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                asked.append((path, self.headers.get("APCA-API-SECRET-KEY", "")))
                status, body = answers[path]
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Turn)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}"
        self.office = AlpacaOffice(url, url, "iex", KEYS)

    def close(self) -> None:
        close(self.office)
        self.server.shutdown()
        self.server.server_close()


ORDER = {
    "id": "v1", "client_order_id": "ours", "symbol": "SPY", "side": "sell", "qty": "5", "filled_qty": "0",
    "filled_avg_price": None, "limit_price": None, "status": "new",
}  # fmt: skip
ACCOUNT = {"account_number": "PA1", "cash": "-12.34", "buying_power": "0"}


@pytest.mark.parametrize("status", [401, 403, 500, 502, 503, 504])
def test_only_404_means_there_is_no_such_order(status: int) -> None:
    """Anything else is no answer at all, and is raised."""
    scripted = Scripted({
        "/v2/orders:by_client_order_id": (status, {"message": "x"}), "/v2/assets/SPY": (status, b"<html></html>"),
    })  # fmt: skip
    with pytest.raises(APIError):
        scripted.office.order("ours", 1)
    with pytest.raises(APIError):
        scripted.office.tradable("SPY")
    scripted.close()

    assert len(scripted.asked) == 2  # nothing is asked for again
    assert {secret for _, secret in scripted.asked} == {KEYS.secret}


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [(429, {"Retry-After": "7"}, 7.0), (429, {}, 0.0), (429, {"Retry-After": "soon"}, 0.0),
     (429, {"Retry-After": "Fri, 20 Nov 2026 14:30:00 GMT"}, 0.0), (503, {"Retry-After": "30"}, 30.0)],
)  # fmt: skip
def test_a_venue_that_is_asked_too_often_is_asked_once_and_heard(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    """RFC 9110 section 10.2.3; alpaca-py would ask again after three seconds, whatever the venue says."""
    answer = (status, {"code": 42910000, "message": "rate limit exceeded"})
    scripted = Scripted({"/v2/orders": answer, "/v2/stocks/trades/latest": answer}, headers)
    for ask in (lambda: scripted.office.snapshot(1), lambda: scripted.office.last_trade("SPY")):
        with pytest.raises(TooOften, match=f"^{status} ") as caught:
            ask()
        assert caught.value.seconds == seconds
    scripted.close()

    assert len(scripted.asked) == 2


def test_orders_hftd_cannot_have_placed_do_not_spoil_the_snapshot() -> None:
    """A multi-leg options order has no symbol and no side; a dollar order has no shares."""
    legs = {**ORDER, "symbol": None, "side": "", "qty": None, "client_order_id": "by hand"}
    dollars = {**ORDER, "qty": None, "client_order_id": "for dollars"}
    scripted = Scripted({
        "/v2/orders": (200, [legs, dollars, ORDER]), "/v2/positions": (200, []), "/v2/account": (200, ACCOUNT),
    })  # fmt: skip
    snapshot = scripted.office.snapshot(5)
    scripted.close()

    assert [(order.order, order.shares) for order in snapshot.orders] == [("for dollars", 0), ("ours", 5)]
    assert (snapshot.account, snapshot.cash, snapshot.buying_power) == ("PA1", Decimal("-12.34"), Decimal(0))


@pytest.mark.parametrize(
    ("text", "moment"),
    [("2026-11-20T10:00:00.123456789-05:00", datetime(2026, 11, 20, 15, 0, 0, 123456, UTC)),
     ("2026-07-20T10:00:00-04:00", datetime(2026, 7, 20, 14, 0, tzinfo=UTC)),
     ("2026-07-20T14:00:00.5Z", datetime(2026, 7, 20, 14, 0, 0, 500000, UTC))],
)  # fmt: skip
def test_the_documented_clock_is_read_to_the_microsecond(text: str, moment: datetime) -> None:
    scripted = Scripted({"/v2/clock": (200, {"timestamp": text, "is_open": True})})
    found = scripted.office.clock()
    scripted.close()

    assert abs(found - round(moment.timestamp() * 1e6) * 1000) <= 1000


def test_an_asset_that_is_not_tradable_says_why() -> None:
    scripted = Scripted({"/v2/assets/OLD": (200, {"tradable": False, "status": "inactive"})})
    said = scripted.office.tradable("OLD")
    scripted.close()

    assert said == "OLD is inactive, not tradable"
