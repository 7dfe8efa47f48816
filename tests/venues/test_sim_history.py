"""What was played, as the market-data REST API tells it (trading API, section 10)."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hftd.core.events import Bar, Quote, Trade
from hftd.venues.sim.answers import gate
from hftd.venues.sim.data_api import DataApi
from hftd.venues.sim.history import TICKS, History, fold

MINUTE = 60_000_000_000
SECOND = 1_000_000_000


def bar(start: int, *, price: float = 10.0, volume: int = 100, span: Any = "minute") -> Bar:
    return Bar("SPY", price, price + 1, price - 1, price + 0.5, volume, start, start, span, 2, price)


def played() -> History:
    history = History()
    for number in range(10):
        history.add(Trade("SPY", 100.0 + number, number, number * SECOND, 0, id=number))
        history.add(Trade("QQQ", 50.0, 1, number * SECOND, 0, id=number))
    history.add(Quote("SPY", 99.0, 1, 101.0, 2, 0, 0))
    for number in range(7):
        history.add(bar(number * MINUTE, price=10.0 + number))
    history.add(bar(0, span="day"))
    history.add(bar(0, volume=300, span="day"))
    return history


def get(*paths: str) -> list[Any]:
    """The status and body of each path, from one server."""

    async def run() -> list[Any]:
        app = web.Application(middlewares=[gate(lambda key, secret: True)])
        app.add_routes(DataApi(played()).routes())
        found = []
        async with TestClient(TestServer(app)) as client:
            for path in paths:
                async with client.get(path) as answer:
                    found.append((answer.status, await answer.json()))
        return found

    return asyncio.run(run())


def test_ticks_are_bounded_and_the_oldest_goes_first():
    history = History()
    for number in range(TICKS + 5):
        history.add(Trade("SPY", 1.0, 1, number, 0))
    assert (len(history.of("SPY").trades), history.of("SPY").trades[0].ts) == (TICKS, 5)


def test_a_daily_bar_grows_and_a_minute_is_corrected_in_place():
    history = played()
    assert [each.volume for each in history.bars("SPY", 0)] == [300]
    history.add(bar(5 * MINUTE, volume=999, span="updated"))
    assert [each.volume for each in history.bars("SPY", 1)][4:] == [100, 999, 100]


def test_minutes_fold_into_longer_bars_by_hand():
    first, second = fold([bar(number * MINUTE, price=10.0 + number) for number in range(7)], 5)
    assert (first.ts, first.open, first.high, first.low, first.close) == (0, 10.0, 15.0, 9.0, 14.5)
    assert (first.volume, first.trades, first.vwap) == (500, 10, 12.0)
    assert (second.ts, second.open, second.close, second.volume) == (5 * MINUTE, 15.0, 16.5, 200)


def test_trades_come_in_pages_symbol_by_symbol():
    path = "/v2/stocks/trades?symbols=SPY,QQQ&limit=12"
    status, first = get(path)[0]
    assert status == 200
    assert {name: len(ticks) for name, ticks in first["trades"].items()} == {"QQQ": 10, "SPY": 2}
    _, second = get(f"{path}&page_token={first['next_page_token']}")[0]
    assert [each["i"] for each in second["trades"]["SPY"]] == list(range(2, 10))
    assert second["next_page_token"] is None


def test_times_bound_what_is_told():
    path = "/v2/stocks/trades?symbols=SPY&start=1970-01-01T00:00:03Z&end=1970-01-01T00:00:05Z"
    assert [each["p"] for each in get(path)[0][1]["trades"]["SPY"]] == [103.0, 104.0, 105.0]
    assert [each["i"] for each in get(path + "&sort=desc")[0][1]["trades"]["SPY"]] == [5, 4, 3]


def test_a_tick_has_the_names_of_the_stream_without_its_type_and_symbol():
    trade, quote = get("/v2/stocks/trades/latest?symbols=SPY", "/v2/stocks/quotes/latest?symbols=SPY")
    assert trade[1] == {
        "trades": {"SPY": {"i": 9, "x": "", "p": 109.0, "s": 9, "t": "1970-01-01T00:00:09Z", "c": [], "z": ""}}
    }
    assert quote[1]["quotes"]["SPY"]["as"] == 2


def test_one_symbol_has_paths_of_its_own():
    past, latest, shot = get(
        "/v2/stocks/SPY/bars?timeframe=1Day", "/v2/stocks/SPY/trades/latest", "/v2/stocks/SPY/snapshot"
    )
    assert (past[1]["symbol"], past[1]["bars"][0]["v"]) == ("SPY", 300)
    assert latest[1]["trade"]["i"] == 9
    assert (shot[1]["dailyBar"]["v"], shot[1]["prevDailyBar"]) == (300, None)


def test_what_was_not_played_is_empty():
    past, latest, shot = get(
        "/v2/stocks/trades?symbols=XYZ", "/v2/stocks/bars/latest?symbols=XYZ", "/v2/stocks/snapshots?symbols=XYZ"
    )
    assert (past[1], latest[1], shot[1]) == ({"trades": {}, "next_page_token": None}, {"bars": {}}, {})


@pytest.mark.parametrize(
    "query",
    ["", "symbols=SPY&timeframe=1Week", "symbols=SPY&limit=0", "symbols=SPY&limit=10001", "symbols=SPY&start=x"],
)
def test_a_question_that_makes_no_sense_is_refused(query):
    assert get(f"/v2/stocks/bars?{query}")[0][0] == 400
