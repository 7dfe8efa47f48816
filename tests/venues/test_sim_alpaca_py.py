"""The unmodified alpaca-py client against the simulated venue: every answer is parsed by it and checked for value."""

import asyncio
import queue
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.live import StockDataStream
from alpaca.data.requests import (
    StockBarsRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockQuotesRequest,
    StockSnapshotRequest,
    StockTradesRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, OrderStatus, PositionSide, QueryOrderStatus, TimeInForce
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetCalendarRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
)
from alpaca.trading.stream import TradingStream

from hftd.core.events import Quote, Trade
from hftd.core.session import Day, Phase
from hftd.venues.sim.venue import Setup, SimVenue

SECOND = 1_000_000_000


def at(text: str) -> int:
    """A UTC moment of January 2026 in ns."""
    return int(datetime.fromisoformat(f"2026-01-{text}+00:00").timestamp()) * SECOND


def day(number: int) -> Day:
    """A full New York session in winter."""
    return Day(
        f"2026-01-{number:02d}",
        (
            Phase("pre", at(f"{number:02d}T09:00:00"), at(f"{number:02d}T14:30:00")),
            Phase("regular", at(f"{number:02d}T14:30:00"), at(f"{number:02d}T21:00:00")),
            Phase("post", at(f"{number:02d}T21:00:00"), at(f"{number + 1:02d}T01:00:00")),
        ),
    )


DAYS = (day(5), day(6))
OPEN = at("05T14:30:00")


def tape() -> Iterator[Trade | Quote]:
    """One quote of 99.99 to 100.01, then a print of SPY each tenth of a second: number n is n shares at 100 + n/100."""
    yield Quote("SPY", 99.99, 300, 100.01, 500, OPEN, OPEN, ("R",), "Q", "P", "B")
    for number in range(1, 20_000):
        ts = OPEN + number * SECOND // 10 + 123_456_789
        yield Trade("SPY", 100 + number / 100, number, ts, ts, ("@",), "V", "B", number)


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.runs: list[tuple[Any, Any]] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Awaitable[Any]) -> Any:
        """Run a coroutine there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)  # type: ignore[arg-type]

    def run(self, stream: Any) -> None:
        """Run a stream as its own ``run`` does, but so that it can be ended at once."""
        self.runs.append((stream, asyncio.run_coroutine_threadsafe(stream._run_forever(), self.loop)))

    def close(self) -> None:
        """Close what runs, then the loop."""
        for stream, running in self.runs:
            running.cancel()
            self.do(stream.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Bench:
    """A venue and the clients that watch it."""

    def __init__(self) -> None:
        self.server, self.clients = Loop(), Loop()
        self.port = self.server.do(self._start())
        self.trading = TradingClient("key", "secret", url_override=f"http://127.0.0.1:{self.port}")
        self.data = StockHistoricalDataClient("key", "secret", url_override=f"http://127.0.0.1:{self.port}")

    async def _start(self) -> int:
        setup = Setup(speed=60.0, lead=0.1, symbols=("SPY", "AAPL"), partial_fills=False)
        self.venue = SimVenue(setup, tape(), DAYS)
        return await self.venue.start()

    def open(self) -> None:
        """Let the clock run, and wait until the market has a quote and a print."""

        async def opened() -> None:
            self.venue.audience.watched.set()
            while "SPY" not in self.venue.brokerage.exchange.market.trades:
                await asyncio.sleep(0.001)

        self.server.do(opened())

    def stream(self) -> StockDataStream:
        """A market-data stream, not running yet."""
        return StockDataStream("key", "secret", url_override=f"ws://127.0.0.1:{self.port}/v2/iex")

    def updates(self) -> "queue.Queue[Any]":
        """Trade updates of a running, listening stream."""
        heard: queue.Queue[Any] = queue.Queue()
        stream = TradingStream("key", "secret", url_override=f"ws://127.0.0.1:{self.port}/stream")
        stream.subscribe_trade_updates(into(heard))
        self.clients.run(stream)

        async def listening() -> None:
            while not any(each.listening for each in self.venue.followers._sessions):
                await asyncio.sleep(0.001)

        self.server.do(listening())
        return heard

    def close(self) -> None:
        self.clients.close()
        self.trading._session.close()
        self.data._session.close()
        self.server.do(self.venue.stop())
        self.server.close()


def into(heard: "queue.Queue[Any]") -> Callable[[Any], Awaitable[None]]:
    async def put(message: Any) -> None:
        heard.put(message)

    return put


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def market(side: OrderSide, shares: float, **more: Any) -> MarketOrderRequest:
    return MarketOrderRequest(symbol="SPY", qty=shares, side=side, time_in_force=TimeInForce.DAY, **more)


def limit(side: OrderSide, shares: float, price: float, tif: TimeInForce = TimeInForce.DAY) -> LimitOrderRequest:
    return LimitOrderRequest(symbol="SPY", qty=shares, side=side, time_in_force=tif, limit_price=price)


# ---- market data -----------------------------------------------------------------------------------------------


def test_stream_delivers_trades_and_quotes_as_the_tape_has_them(bench):
    trades, quotes = queue.Queue(), queue.Queue()
    stream = bench.stream()
    stream.subscribe_trades(into(trades), "SPY")
    stream.subscribe_quotes(into(quotes), "SPY")
    bench.clients.run(stream)
    quote, first, second = quotes.get(timeout=60), trades.get(timeout=60), trades.get(timeout=60)
    assert (quote.symbol, quote.bid_price, quote.bid_size) == ("SPY", 99.99, 300)
    assert (quote.ask_price, quote.ask_size) == (100.01, 500)
    assert (quote.bid_exchange, quote.ask_exchange, quote.conditions, quote.tape) == ("Q", "P", ["R"], "B")
    assert quote.timestamp == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    assert (first.symbol, first.price, first.size, first.id, second.id) == ("SPY", 100.01, 1, 1, 2)
    assert (first.exchange, first.conditions, first.tape) == ("V", ["@"], "B")
    assert first.timestamp == datetime(2026, 1, 5, 14, 30, 0, 223456, tzinfo=UTC)


def test_stream_delivers_bars_of_what_was_traded(bench):
    minutes, days = queue.Queue(), queue.Queue()
    stream = bench.stream()
    stream.subscribe_bars(into(minutes), "*")
    stream.subscribe_daily_bars(into(days), "SPY")
    bench.clients.run(stream)
    bar, so_far = minutes.get(timeout=60), days.get(timeout=60)
    # Prints 1 to 598 fall into the first minute: number n comes n/10 + 0.123... seconds after the open.
    volume = 598 * 599 // 2
    vwap = sum(n * (100 + n / 100) for n in range(1, 599)) / volume
    for each in (bar, so_far):
        assert (each.symbol, each.open, each.high, each.low, each.close) == ("SPY", 100.01, 105.98, 100.01, 105.98)
        assert (each.volume, each.trade_count) == (volume, 598)
        assert each.vwap == pytest.approx(vwap)
    assert bar.timestamp == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    assert so_far.timestamp == datetime(2026, 1, 5, 5, 0, tzinfo=UTC)


def test_subscribing_and_unsubscribing_while_running(bench):
    trades, quotes = queue.Queue(), queue.Queue()
    stream = bench.stream()
    stream.subscribe_bars(into(quotes), "SPY")
    bench.clients.run(stream)

    async def subscribed() -> None:
        while not stream._running:
            await asyncio.sleep(0.001)

    bench.clients.do(subscribed())
    stream.subscribe_trades(into(trades), "SPY")
    assert trades.get(timeout=60).symbol == "SPY"
    stream.unsubscribe_trades("SPY")

    async def forgotten() -> None:
        while any(each.talk.wanted["trades"] for each in bench.venue.audience._watchers):
            await asyncio.sleep(0.001)

    bench.server.do(forgotten())
    assert [each.talk.wanted["bars"] for each in bench.venue.audience._watchers] == [{"SPY"}]


def test_history_knows_what_was_played(bench):
    bench.open()
    stream, minutes = bench.stream(), queue.Queue()
    stream.subscribe_bars(into(minutes), "SPY")
    bench.clients.run(stream)
    minutes.get(timeout=60)
    start = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    bars = bench.data.get_stock_bars(
        StockBarsRequest(symbol_or_symbols="SPY", timeframe=TimeFrame.Minute, start=start)
    ).data["SPY"]
    assert (bars[0].timestamp, bars[0].open, bars[0].close, bars[0].trade_count) == (start, 100.01, 105.98, 598)
    longer = StockBarsRequest(symbol_or_symbols="SPY", timeframe=TimeFrame(5, TimeFrameUnit.Minute), start=start)
    assert bench.data.get_stock_bars(longer).data["SPY"][0].open == 100.01
    asked = StockTradesRequest(symbol_or_symbols="SPY", start=start, end=datetime(2026, 1, 5, 14, 30, 2, tzinfo=UTC))
    trades = bench.data.get_stock_trades(asked).data["SPY"]
    # Within two seconds: numbers 1 to 18, at 0.223... to 1.923... seconds.
    assert [each.id for each in trades] == list(range(1, 19))
    assert (trades[-1].price, trades[-1].size) == (100.18, 18)
    quotes = bench.data.get_stock_quotes(StockQuotesRequest(symbol_or_symbols="SPY", start=start)).data["SPY"]
    assert [(each.bid_price, each.ask_price) for each in quotes] == [(99.99, 100.01)]


def test_latest_values_and_snapshots(bench):
    bench.open()
    trade = bench.data.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="SPY"))["SPY"]
    assert trade.price == pytest.approx(100 + trade.id / 100)
    quote = bench.data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols="SPY"))["SPY"]
    assert (quote.bid_price, quote.ask_price) == (99.99, 100.01)
    shot = bench.data.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols="SPY"))["SPY"]
    assert shot.latest_quote.ask_size == 500
    assert shot.latest_trade.id >= trade.id


# ---- orders ----------------------------------------------------------------------------------------------------


def test_market_order_from_request_to_fill(bench):
    bench.open()
    updates = bench.updates()
    order = bench.trading.submit_order(market(OrderSide.BUY, 10, client_order_id="first"))
    assert (order.status, order.filled_qty, order.qty, order.symbol) == (OrderStatus.PENDING_NEW, "0", "10", "SPY")
    told = [updates.get(timeout=60) for _ in range(3)]
    assert [each.event for each in told] == ["pending_new", "new", "fill"]
    assert [each.order.status for each in told] == [OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.FILLED]
    assert told[0].execution_id is None
    assert {each.order.id for each in told} == {order.id}
    fill = told[2]
    assert (fill.price, fill.qty, fill.position_qty) == (100.01, 10, 10)
    assert (fill.order.filled_qty, fill.order.filled_avg_price) == ("10", "100.01")
    found = bench.trading.get_order_by_client_id("first")
    assert (found.id, found.status, found.filled_avg_price) == (order.id, OrderStatus.FILLED, "100.01")
    assert found.filled_at == fill.timestamp
    assert bench.trading.get_order_by_id(order.id).client_order_id == "first"


def test_limit_order_rests_is_replaced_and_canceled(bench):
    bench.open()
    updates = bench.updates()
    order = bench.trading.submit_order(limit(OrderSide.BUY, 5, 90.0))
    assert [updates.get(timeout=60).event for _ in range(2)] == ["pending_new", "new"]
    better = bench.trading.replace_order_by_id(order.id, ReplaceOrderRequest(qty=7, limit_price=91.5))
    assert (better.replaces, better.qty, better.limit_price) == (order.id, "7", "91.5")
    replaced, new = updates.get(timeout=60), updates.get(timeout=60)
    assert (replaced.event, replaced.order.id, replaced.order.replaced_by) == ("replaced", order.id, better.id)
    assert (new.event, new.order.id, new.order.status) == ("new", better.id, OrderStatus.NEW)
    assert [each.id for each in bench.trading.get_orders()] == [better.id]
    bench.trading.cancel_order_by_id(better.id)
    canceled = updates.get(timeout=60)
    assert (canceled.event, canceled.order.id, canceled.order.status) == ("canceled", better.id, OrderStatus.CANCELED)
    assert bench.trading.get_orders() == []


def test_ioc_that_hits_nothing_is_canceled(bench):
    bench.open()
    order = bench.trading.submit_order(limit(OrderSide.BUY, 5, 90.0, TimeInForce.IOC))
    assert bench.trading.get_order_by_id(order.id).status == OrderStatus.CANCELED


def test_notional_order_buys_for_dollars(bench):
    bench.open()
    asked = MarketOrderRequest(symbol="SPY", notional=500.05, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
    order = bench.trading.submit_order(asked)
    assert (order.notional, order.qty) == ("500.05", None)
    found = bench.trading.get_order_by_id(order.id)
    assert (found.status, found.filled_qty, found.filled_avg_price) == (OrderStatus.FILLED, "5", "100.01")


def test_a_second_use_of_a_client_id_is_refused(bench):
    bench.open()
    bench.trading.submit_order(market(OrderSide.BUY, 1, client_order_id="once"))
    with pytest.raises(APIError) as refused:
        bench.trading.submit_order(market(OrderSide.BUY, 1, client_order_id="once"))
    assert refused.value.status_code == 422
    assert (refused.value.code, refused.value.message) == (40010001, "client_order_id must be unique")


def test_what_cannot_be_done_is_refused_in_the_venues_words(bench):
    bench.open()
    filled = bench.trading.submit_order(market(OrderSide.BUY, 1))
    cases = [
        (lambda: bench.trading.submit_order(market(OrderSide.BUY, 5000)), 403, 40310000),
        (lambda: bench.trading.submit_order(market(OrderSide.SELL, 2)), 403, 40310000),
        (lambda: bench.trading.cancel_order_by_id(filled.id), 422, 42210000),
        (lambda: bench.trading.get_order_by_id(uuid.UUID(int=7)), 404, 40410000),
        (lambda: bench.trading.get_open_position("AAPL"), 404, 40410000),
        (lambda: bench.trading.get_asset("no such"), 404, 40410000),
    ]
    for call, status, code in cases:
        with pytest.raises(APIError) as refused:
            call()
        assert (refused.value.status_code, refused.value.code) == (status, code)


def test_cancel_all_names_every_open_order(bench):
    bench.open()
    orders = [bench.trading.submit_order(limit(OrderSide.BUY, 1, price)) for price in (90.0, 91.0)]
    answers = bench.trading.cancel_orders()
    assert {each.id for each in answers} == {each.id for each in orders}
    assert {each.status for each in answers} == {200}
    closed = bench.trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.CLOSED, nested=True))
    assert [each.status for each in closed] == [OrderStatus.CANCELED] * 2


def test_orders_are_listed_by_status_symbol_side_and_direction(bench):
    bench.open()
    filled = bench.trading.submit_order(market(OrderSide.BUY, 1))
    low = bench.trading.submit_order(limit(OrderSide.BUY, 1, 90.0))
    high = bench.trading.submit_order(limit(OrderSide.SELL, 1, 120.0))

    def listed(**more: Any) -> list[uuid.UUID]:
        return [each.id for each in bench.trading.get_orders(GetOrdersRequest(**more))]

    assert listed() == [high.id, low.id]
    assert listed(status=QueryOrderStatus.ALL, direction="asc") == [filled.id, low.id, high.id]
    assert listed(status=QueryOrderStatus.ALL, limit=1) == [high.id]
    assert listed(side=OrderSide.SELL) == [high.id]
    assert listed(symbols=["AAPL"]) == []
    assert listed(status=QueryOrderStatus.ALL, after=low.submitted_at + timedelta(microseconds=1)) == [high.id]
    assert listed(status=QueryOrderStatus.CLOSED) == [filled.id]


# ---- account ---------------------------------------------------------------------------------------------------


def test_positions_and_account_after_a_fill(bench):
    bench.open()
    bench.trading.submit_order(market(OrderSide.BUY, 10))
    position = bench.trading.get_open_position("SPY")
    assert (position.qty, position.side, position.avg_entry_price, position.cost_basis) == (
        "10", PositionSide.LONG, "100.01", "1000.1",
    )  # fmt: skip
    assert [each.symbol for each in bench.trading.get_all_positions()] == ["SPY"]
    account = bench.trading.get_account()
    assert (account.cash, account.status, account.multiplier) == ("98999.9", "ACTIVE", "4")
    assert float(account.equity) == pytest.approx(98999.9 + float(account.long_market_value), abs=0.01)
    assert float(account.buying_power) == pytest.approx(
        4 * float(account.equity) - float(account.long_market_value), abs=0.05
    )


def test_a_position_is_closed_in_part_and_whole(bench):
    bench.open()
    bench.trading.submit_order(market(OrderSide.SELL, 10))
    assert bench.trading.get_open_position("SPY").qty == "-10"
    part = bench.trading.close_position("SPY", ClosePositionRequest(percentage="40"))
    assert (part.side, part.qty) == (OrderSide.BUY, "4")
    assert bench.trading.get_open_position("SPY").qty == "-6"
    answers = bench.trading.close_all_positions(cancel_orders=True)
    assert [(each.symbol, each.status, each.body.qty) for each in answers] == [("SPY", 200, "6")]
    assert bench.trading.get_all_positions() == []
    # Sold 10 at the bid of 99.99, bought 10 at the ask of 100.01.
    assert bench.trading.get_account().cash == "99999.8"


def test_clock_stands_before_the_open_until_somebody_watches(bench):
    clock = bench.trading.get_clock()
    assert clock.timestamp == datetime(2026, 1, 5, 14, 29, 59, 900000, tzinfo=UTC)
    assert not clock.is_open
    assert clock.next_open == datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    bench.open()
    clock = bench.trading.get_clock()
    assert clock.is_open
    assert clock.next_open == datetime(2026, 1, 6, 14, 30, tzinfo=UTC)
    assert clock.next_close == datetime(2026, 1, 5, 21, 0, tzinfo=UTC)


def test_calendar_and_assets(bench):
    days = bench.trading.get_calendar(GetCalendarRequest(start=date(2026, 1, 6), end=date(2026, 1, 9)))
    assert [(each.date, each.open, each.close) for each in days] == [
        (date(2026, 1, 6), datetime(2026, 1, 6, 9, 30), datetime(2026, 1, 6, 16, 0))
    ]
    asset = bench.trading.get_asset("AAPL")
    assert (asset.symbol, asset.tradable, asset.fractionable) == ("AAPL", True, True)
    assert [each.symbol for each in bench.trading.get_all_assets()] == ["AAPL", "SPY"]
    assert bench.trading.get_asset(asset.id).symbol == "AAPL"


def test_configuration_and_portfolio_history(bench):
    settings = bench.trading.get_account_configurations()
    assert settings.max_margin_multiplier == "4"
    settings.suspend_trade = True
    assert bench.trading.set_account_configurations(settings).suspend_trade is True
    history = bench.trading.get_portfolio_history()
    assert (history.equity, history.base_value) == ([100_000.0], 100_000.0)
