"""A world in trouble: half days, clocks that are off, restarts, strangers; seen from plain clients."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from standing_clock import StandingClock

from hftd.core.events import Quote, Trade
from hftd.core.matching import Exchange
from hftd.core.session import Day, Phase
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.chaos import mischief
from hftd.venues.sim.chaos.outage import Outage
from hftd.venues.sim.chaos.scenario import Luck, Scenario
from hftd.venues.sim.chaos.stranger import Interloper
from hftd.venues.sim.chaos.world import ClockSkew, HalfDay, Restart, Stranger, shortened
from hftd.venues.sim.venue import Setup, SimVenue

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}


def at(text: str) -> int:
    """A UTC moment in ns."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * SECOND


def day(date: str, opens: int) -> Day:
    """A full session that opens at ``opens`` ns: 5.5 hours before, 6.5 regular, 4 after."""
    close = opens + 13 * HOUR // 2
    phases = (Phase("pre", opens - 11 * HOUR // 2, opens), Phase("regular", opens, close))
    return Day(date, (*phases, Phase("post", close, close + 4 * HOUR)))


OPEN = at("2026-11-27T14:30:00")
DAYS = (day("2026-11-25", OPEN - 48 * HOUR), day("2026-11-27", OPEN), day("2026-11-30", OPEN + 72 * HOUR))


@asynccontextmanager
async def venue(*chaos: Scenario, tape: Sequence[Trade | Quote] = (), **chosen: Any) -> AsyncIterator[Any]:
    setup = Setup(**({"speed": 1.0, "lead": 0.0, "chaos": chaos} | chosen))
    made = SimVenue(setup, iter(tape), DAYS[1:], DAYS)
    port = await made.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=KEYS) as http:
            yield made, http
    finally:
        await made.stop()


async def read(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as reply:
        return await reply.json()


def test_a_half_day_is_in_clock_and_calendar_from_the_first_day_played_on():
    async def work() -> None:
        async with venue(HalfDay()) as (_, http):
            # The calendar item of the trading API's reference, section 6; after hours end at five instead of eight.
            found = {each["date"]: each for each in await read(http, "/v2/calendar")}
            assert found["2026-11-27"] == {
                "date": "2026-11-27", "open": "09:30", "close": "13:00", "session_open": "0400",
                "session_close": "1700", "settlement_date": "2026-11-30",
            }  # fmt: skip
            assert (found["2026-11-25"]["close"], found["2026-11-30"]["close"]) == ("16:00", "13:00")
            assert (await read(http, "/v2/clock"))["next_close"] == "2026-11-27T13:00:00-05:00"

    asyncio.run(work())


def test_the_venue_closes_when_it_says_it_does():
    async def work() -> None:
        times = (OPEN, OPEN + 7 * HOUR // 2 - SECOND, OPEN + 4 * HOUR)
        tape = [Trade("SPY", 100.0, 1, each, each, ("@",), "V", "C", 1) for each in times]
        async with venue(HalfDay(), tape=tape, speed=None) as (made, http):
            async with http.ws_connect("/v2/iex") as socket:
                await socket.receive()
                await socket.receive()
                await socket.send_json({"action": "subscribe", "trades": ["*"]})
                await asyncio.wait_for(until_over(socket, made), 60)
            assert not made.brokerage.exchange.open
            order = {"symbol": "SPY", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
            async with http.post("/v2/orders", json=order) as reply:
                assert (await reply.json())["status"] == "accepted"

    asyncio.run(work())


async def until_over(socket: aiohttp.ClientWebSocketResponse, made: SimVenue) -> None:
    """Read until the venue has closed for the day."""
    ended = asyncio.create_task(made.ended())
    while not ended.done():
        reading = asyncio.create_task(socket.receive())
        await asyncio.wait((reading, ended), return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
    await ended


def test_days_that_end_earlier_anyway_and_days_before_stay_as_they_are():
    early = Day("2026-12-24", (Phase("regular", OPEN, OPEN + 2 * HOUR),))
    assert shortened([early], "2026-01-01", 13.0) == (early,)
    assert shortened(DAYS, "2027-01-01", 13.0) == DAYS
    assert shortened(DAYS, "2026-01-01", 16.0) == DAYS
    no_regular = Day("2026-12-25", (Phase("pre", OPEN, OPEN + HOUR),))
    assert shortened([no_regular], "2026-01-01", 13.0) == (no_regular,)


def test_half_days_follow_new_york_s_summer_time():
    summer = day("2026-07-06", at("2026-07-06T13:30:00"))
    (found,) = shortened([summer], "2026-01-01", 12.5)
    regular, post = found.phase("regular"), found.phase("post")
    assert regular is not None
    assert post is not None
    assert (regular.end, post.start, post.end) == (
        at("2026-07-06T16:30:00"), at("2026-07-06T16:30:00"), at("2026-07-06T20:30:00"),
    )  # fmt: skip


@pytest.mark.parametrize("seconds", [7.0, -90.0])
def test_a_skewed_clock_is_off_in_body_and_date_and_nowhere_else(seconds):
    async def work() -> None:
        async with venue(ClockSkew(seconds)) as (made, http):
            before = datetime.now(UTC).replace(microsecond=0)
            async with http.get("/v2/clock") as reply:
                told = datetime.fromisoformat((await reply.json())["timestamp"][:19] + "-05:00")
                date = parsedate_to_datetime(reply.headers["Date"])
            # The venue's clock stands at the open while nobody watches.
            assert (told - datetime.fromtimestamp(OPEN // SECOND, UTC)).total_seconds() == seconds
            assert before <= date - timedelta(seconds=seconds) <= datetime.now(UTC)
            assert (await read(http, "/sim/books"))["now"] == OPEN
            made.brokerage.open(OPEN)
            order = {"symbol": "SPY", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
            async with http.post("/v2/orders", json=order) as reply:
                assert (await reply.json())["submitted_at"] == "2026-11-27T14:30:00Z"

    asyncio.run(work())


async def refused(http: aiohttp.ClientSession, path: str) -> bool:
    """Whether a fresh connection that asks for ``path`` is reset."""
    try:
        async with http.get(path, headers={"Connection": "close"}):
            return False
    except aiohttp.ClientConnectionError:
        return True


def test_a_restart_drops_everybody_stays_away_and_comes_back_with_its_books(monkeypatch):
    clock = StandingClock()
    monkeypatch.setattr(mischief, "Outage", partial(Outage, now=clock.read))

    async def work() -> None:
        async with venue(Restart(4.0, seconds=4.0)) as (made, http):
            made.brokerage.open(OPEN)
            made.brokerage.feed(Quote("SPY", 99.0, 1, 101.0, 1, OPEN, OPEN))
            order = {"symbol": "SPY", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
            async with http.post("/v2/orders", json=order) as reply:
                assert reply.status == 200
            before = await read(http, "/sim/books")
            streams = [await http.ws_connect(path) for path in ("/v2/iex", "/stream")]
            clock.turn(6.0)
            for stream in streams:
                while (await stream.receive(60)).type == WSMsgType.TEXT:
                    pass
                assert stream.closed
            assert await refused(http, "/v2/orders")
            with pytest.raises(aiohttp.ClientError):
                await http.ws_connect("/stream")
            assert await read(http, "/sim/books") == before
            clock.turn(4.0)
            while await refused(http, "/v2/orders"):
                assert await read(http, "/sim/books") == before
            assert len(await read(http, "/v2/orders?status=all")) == 1
            assert await read(http, "/sim/books") == before

    asyncio.run(work())


def prints(count: int) -> list[Trade]:
    times = [OPEN + number * SECOND for number in range(count)]
    return [Trade("SPY", 100.0, 10, each, each, ("@",), "V", "C", 1) for each in times]


def test_a_stranger_trades_now_and_then_and_everybody_hears_of_it():
    told: list[dict[str, Any]] = []
    brokerage = Brokerage(
        Exchange(Decimal(100_000), partial_fills=False), lambda data: told.append(json.loads(json.dumps(data)))
    )
    brokerage.feed(Quote("SPY", 99.0, 1, 101.0, 1, OPEN, OPEN))
    scenario = Stranger(60.0)
    stranger = Interloper(scenario, Luck(5, scenario), brokerage)
    stranger.see(prints(1)[0])
    brokerage.open(OPEN)
    for each in prints(1800):
        brokerage.feed(each)
        stranger.see(each)
    sheets = brokerage.sheets()
    # A turn each 30 to 90 seconds for half an hour; some of them are refused, as short sales of a part are.
    assert 10 <= len(sheets) <= 60
    assert all(each["client_order_id"].startswith("stranger-") for each in sheets)
    statuses = {each["status"] for each in sheets}
    assert {"filled", "canceled"} <= statuses <= {"filled", "canceled", "new"}
    fills = [each for each in told if each["event"] == "fill"]
    sign = {"buy": 1, "sell": -1}
    held = sum(sign[each["order"]["side"]] * Decimal(each["qty"]) for each in fills)
    assert brokerage.exchange.account.shares("SPY") == held


def test_strangers_keep_the_exchange_s_hours():
    brokerage = Brokerage(Exchange(Decimal(100_000)), lambda data: None)
    scenario = Stranger(0.0)
    stranger = Interloper(scenario, Luck(5, scenario), brokerage)
    for each in prints(10):
        stranger.see(each)
    assert brokerage.sheets() == []
