"""Alpaca's history as tapes, from the simulated venue: page after page, broken off and gone on with."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import StockTradesRequest

from hftd.core.events import Bar, Quote, Trade
from hftd.errors import HftdError, Unavailable
from hftd.lab.tapes import history as module
from hftd.lab.tapes.history import History, Kind, Wish
from hftd.plugin.keys import Keys
from hftd.tape import open_tape
from hftd.venues.sim.data_api import DataApi
from hftd.venues.sim.history import History as Played

SECOND = 1_000_000_000
OPEN = int(datetime(2026, 11, 20, 14, 30, tzinfo=UTC).timestamp()) * SECOND
COUNT = 2_500
TRADES = [
    Trade("SPY", 100 + n / 100, 1 + n, OPEN + n * 1_000_000_007, OPEN + n * 1_000_000_007, ("@", "I"), "V", "B", n)
    for n in range(COUNT)
]
QUOTES = [
    Quote("SPY", 99.0, n, 101.0, 2 * n, OPEN + n * SECOND, OPEN + n * SECOND, ("R",), "V", "Q", "B")
    for n in range(1, 6)
]
BARS = [
    Bar("SPY", 100.0, 102.0, 99.0, 101.0, 50, at, at + 60 * SECOND, "minute", 3, 100.5)
    for at in range(OPEN, OPEN + 180 * SECOND, 60 * SECOND)
]


class Venue:
    """The simulated venue's market-data API with a past of its own, and a list of what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[web.Response] = []
        """What it says instead, first come first said."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> str:
        played = Played()
        for event in (*TRADES, *QUOTES, *BARS):
            played.add(event)

        @web.middleware
        async def listed(request: web.Request, handler: Any) -> web.StreamResponse:
            self.asked.append({"path": request.path, **request.query})
            return self.answers.pop(0) if self.answers else await handler(request)

        app = web.Application(middlewares=[listed])
        app.add_routes(DataApi(played).routes())
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Desk:
    """A venue, its history, and how long was waited between tries."""

    def __init__(self) -> None:
        self.venue = Venue()
        self.pauses: list[float] = []
        self.history = History(self.venue.url, Keys("key", "secret"), self.pauses.append)
        self.told: list[tuple[int, int]] = []

    def fetch(self, wish: Wish, into: Path) -> module.Fetched:
        return self.history.fetch(wish, into, lambda _, rows, reached: self.told.append((rows, reached)))


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.history.close()
    made.venue.close()


def wish(kind: Kind = "trades", symbol: str = "SPY", since: int = OPEN, until: int = OPEN + 3600 * SECOND) -> Wish:
    return Wish(symbol, kind, since, until, "iex")


@pytest.mark.parametrize(("kind", "expected"), [("trades", TRADES), ("quotes", QUOTES), ("bars", BARS)])
def test_history_comes_as_the_venue_played_it(desk: Desk, tmp_path: Path, kind: Kind, expected: list[Any]) -> None:
    fetched = desk.fetch(wish(kind), tmp_path)
    assert fetched.tape is not None
    assert fetched.tape.name == f"SPY_{kind}_2026-11-20T143000Z_2026-11-20T153000Z"
    assert list(open_tape([fetched.tape])) == expected
    assert [path.name for path in tmp_path.iterdir()] == [fetched.tape.name]


def test_it_is_what_alpaca_py_itself_fetches(desk: Desk, tmp_path: Path) -> None:
    client = StockHistoricalDataClient("key", "secret", url_override=desk.venue.url)
    start, end = datetime(2026, 11, 20, 14, 40, tzinfo=UTC), datetime(2026, 11, 20, 14, 45, tzinfo=UTC)
    theirs: Any = client.get_stock_trades(StockTradesRequest(symbol_or_symbols="SPY", start=start, end=end))
    client._session.close()
    ours = desk.fetch(wish(since=OPEN + 600 * SECOND, until=OPEN + 900 * SECOND + 1), tmp_path)
    assert ours.tape is not None
    told = [(each.id, each.price, each.size, each.conditions) for each in open_tape([ours.tape])]
    assert told == [(each.id, each.price, int(each.size), tuple(each.conditions)) for each in theirs["SPY"]]
    assert len(told) == 300


def test_pages_are_asked_for_one_after_the_other_and_the_way_is_told(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 1_000)
    assert desk.fetch(wish(), tmp_path).pages == 3
    assert [each.get("page_token") for each in desk.venue.asked] == [None, "1000", "2000"]
    assert {each["path"] for each in desk.venue.asked} == {"/v2/stocks/trades"}
    assert desk.told == [(1000, TRADES[999].ts), (2000, TRADES[1999].ts), (2500, OPEN + 3600 * SECOND)]


def test_a_download_that_was_broken_off_goes_on_where_it_was(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue turns us away at the third page; the next process asks for the third page first."""
    monkeypatch.setattr(module, "PAGE", 1_000)

    def stop(_: Wish, rows: int, __: int) -> None:
        if rows == 2_000:
            desk.venue.answers.append(web.json_response({"message": "forbidden."}, status=403))

    with pytest.raises(HftdError, match="the venue says 403"):
        desk.history.fetch(wish(), tmp_path, stop)
    assert [path.name[0] for path in tmp_path.iterdir()] == ["."]
    desk.venue.asked.clear()
    fetched = desk.fetch(wish(), tmp_path)
    assert fetched.tape is not None
    assert [each.get("page_token") for each in desk.venue.asked] == ["2000"]
    assert list(open_tape([fetched.tape])) == TRADES
    assert desk.fetch(wish(), tmp_path).kept
    assert len(desk.venue.asked) == 1


def test_a_wish_the_venue_has_nothing_for_makes_no_tape(desk: Desk, tmp_path: Path) -> None:
    assert desk.fetch(wish(symbol="IBM"), tmp_path).tape is None
    assert list(tmp_path.iterdir()) == []


def test_a_venue_that_is_busy_is_asked_again_after_as_long_as_it_says(desk: Desk, tmp_path: Path) -> None:
    desk.venue.answers += [
        web.json_response({"message": "too many requests."}, status=429, headers={"Retry-After": "7"}),
        web.json_response({"message": "gateway"}, status=504),
        web.Response(text="<html>not JSON</html>"),
    ]
    assert desk.fetch(wish("quotes"), tmp_path).report.events == 5
    assert desk.pauses == [7.0, 2.0, 4.0]


def test_a_venue_that_stays_away_is_given_up_in_one_line(desk: Desk, tmp_path: Path) -> None:
    history = History("http://127.0.0.1:1", Keys("key", "secret"), desk.pauses.append)
    with pytest.raises(Unavailable, match=r": connection refused; the same command goes on from here$") as caught:
        history.fetch(wish(), tmp_path, lambda *_: None)
    history.close()
    assert "\n" not in str(caught.value)
    assert desk.pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]


def test_rows_of_nonsense_are_left_out_counted_and_named(desk: Desk, tmp_path: Path) -> None:
    good = {"t": "2026-11-20T14:30:00Z", "x": "V", "p": 100.0, "s": 10, "c": ["@"], "i": 1, "z": "B"}
    bad = [{**good, "p": -1.0}, {**good, "t": "yesterday"}, {**good, "s": "ten"}]
    desk.venue.answers.append(web.json_response({"trades": {"SPY": [good, *bad]}, "next_page_token": None}))
    fetched = desk.fetch(wish(), tmp_path)
    assert (fetched.report.rows, fetched.report.events) == (4, 1)
    assert fetched.report.faults == {"not what the venue documents": 3}
    assert "row 2" in fetched.report.examples["not what the venue documents"]


def test_an_answer_without_what_was_asked_for_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.venue.answers.append(web.json_response({"bars": {}}))
    with pytest.raises(HftdError, match="the venue's answer has no trades, expected a page of them"):
        desk.fetch(wish(), tmp_path)
