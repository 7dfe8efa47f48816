"""Troubled order updates, seen from a plain WebSocket client, and the pure decisions behind them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import WSMsgType
from hypothesis import given
from hypothesis import strategies as st
from standing_clock import stop_time

from hftd.core.events import Quote
from hftd.core.session import Day, Phase
from hftd.venues.sim.chaos.scenario import Scenario
from hftd.venues.sim.chaos.updates import (
    CutUpdates,
    DoubledUpdates,
    LateUpdates,
    LostUpdates,
    ReorderedUpdates,
    UpdateFate,
    UpdateFates,
)
from hftd.venues.sim.venue import Setup, SimVenue

OPEN = 1_767_623_400 * 10**9  # 2026-01-05 14:30 UTC
DAY = Day("2026-01-05", (Phase("regular", OPEN, OPEN + 23_400 * 10**9),))
AUTHENTICATE = {"action": "authenticate", "data": {"key_id": "k", "secret_key": "s"}}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


class Bench:
    """A venue with a quote of 99 at 101, and followers of its account."""

    def __init__(self, venue: SimVenue, http: aiohttp.ClientSession, port: int) -> None:
        self.venue = venue
        self._http = http
        self._port = port

    async def follow(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self._http.ws_connect(f"ws://127.0.0.1:{self._port}/stream")
        for message in (AUTHENTICATE, LISTEN):
            await socket.send_str(json.dumps(message))
            await socket.receive(60)
        return socket

    def buy(self, name: str) -> None:
        order = {"symbol": "SPY", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
        self.venue.brokerage.submit(order | {"client_order_id": name}, OPEN)


@asynccontextmanager
async def bench(*chaos: Scenario, seed: int = 7) -> AsyncIterator[Bench]:
    setup = Setup(speed=1.0, lead=0.0, cash=10**6, partial_fills=False, chaos=chaos, chaos_seed=seed)
    venue = SimVenue(setup, iter([]), [DAY])
    port = await venue.start()
    venue.brokerage.open(OPEN)
    venue.brokerage.feed(Quote("SPY", 99.0, 1, 101.0, 1, OPEN, OPEN))
    try:
        async with aiohttp.ClientSession() as http:
            yield Bench(venue, http, port)
    finally:
        await venue.stop()


async def heard(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    """So many updates."""
    return [json.loads((await socket.receive()).data)["data"] for _ in range(count)]


async def silent(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether nothing comes, however often we look."""
    reading = asyncio.create_task(socket.receive())
    for _ in range(200):
        await asyncio.sleep(0)
    found = not reading.done()
    reading.cancel()
    await asyncio.wait((reading,))
    return found


def steps(updates: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["order"]["client_order_id"], each["event"]) for each in updates]


ONE = [("one", "pending_new"), ("one", "new"), ("one", "fill")]


def test_lost_updates_never_arrive_and_the_order_filled_all_the_same():
    async def work() -> None:
        async with bench(LostUpdates(1.0)) as found:
            socket = await found.follow()
            found.buy("one")
            assert await silent(socket)
            assert found.venue.brokerage.by_client_id("one")["status"] == "filled"

    asyncio.run(work())


def test_doubled_updates_arrive_twice_word_for_word(monkeypatch):
    async def work() -> None:
        async with bench(DoubledUpdates(1.0, seconds=5.0)) as found:
            socket = await found.follow()
            clock = stop_time(monkeypatch)
            found.buy("one")
            clock.turn(5.0)
            updates = await heard(socket, 6)
            monkeypatch.undo()
            assert await silent(socket)
            assert sorted(steps(updates)) == sorted(ONE * 2)
            fills = [each for each in updates if each["event"] == "fill"]
            assert fills[0] == fills[1]
            # What is under way keeps what it said, though the order went on.
            assert {each["order"]["status"] for each in updates if each["event"] == "new"} == {"new"}

    asyncio.run(work())


def test_late_updates_come_after_a_while_saying_what_they_said(monkeypatch):
    async def work() -> None:
        async with bench(LateUpdates(1.0, seconds=2.0)) as found:
            socket = await found.follow()
            clock = stop_time(monkeypatch)
            found.buy("one")
            clock.turn(0.9)
            assert await silent(socket)
            clock.turn(2.1)
            updates = await heard(socket, 3)
            monkeypatch.undo()
            assert sorted(steps(updates)) == sorted(ONE)
            told = {each["event"]: each["order"]["status"] for each in updates}
            assert told == {"pending_new": "pending_new", "new": "new", "fill": "filled"}

    asyncio.run(work())


def test_reordered_updates_change_places_and_the_last_one_is_not_kept_for_ever(monkeypatch):
    async def work() -> None:
        async with bench(ReorderedUpdates(0.5, seconds=5.0), seed=1) as found:
            socket = await found.follow()
            clock = stop_time(monkeypatch)
            for number in range(10):
                found.buy(str(number))
            clock.turn(5.0)
            updates = steps(await heard(socket, 30))
            monkeypatch.undo()
            sent = [(str(number), event) for number in range(10) for _, event in ONE]
            assert sorted(updates) == sorted(sent)
            assert updates != sent
            # Nothing moves further than the one place it changed, and those behind it make way.
            assert max(abs(updates.index(each) - sent.index(each)) for each in sent) <= 30
            assert any(updates.index((str(n), "fill")) < updates.index((str(n), "new")) for n in range(10))

    asyncio.run(work())


def test_cut_updates_reset_the_socket_and_what_comes_before_the_next_login_is_lost():
    async def work() -> None:
        async with bench(CutUpdates(1.0)) as found:
            socket = await found.follow()
            found.buy("one")
            assert (await socket.receive(60)).type in (WSMsgType.ERROR, WSMsgType.CLOSED, WSMsgType.CLOSE)
            socket = await found.follow()
            assert await silent(socket)

    asyncio.run(work())


def test_the_shares_are_kept():
    fates = UpdateFates([LostUpdates(0.1), DoubledUpdates(0.1), CutUpdates(0.05)], 3)
    found = [fates.next() for _ in range(2000)]
    # Means 200, 180 and 81; standard deviations below 14.
    assert 150 <= sum(not each.delays and not each.cut for each in found) <= 250
    assert 130 <= sum(len(each.delays) == 2 for each in found) <= 230
    assert 50 <= sum(each.cut for each in found) <= 115


ALL = [LostUpdates(0.2), DoubledUpdates(0.2), LateUpdates(0.2), ReorderedUpdates(0.2), CutUpdates(0.1)]


@given(st.integers())
def test_the_same_seed_gives_the_same_fates_in_bounds(seed):
    one, two = UpdateFates(ALL, seed), UpdateFates(ALL, seed)
    found = [one.next() for _ in range(50)]
    assert found == [two.next() for _ in range(50)]
    assert all(0.0 <= delay <= 4.5 for each in found for delay in each.delays)


def test_without_a_scenario_every_update_arrives_once_at_once():
    assert UpdateFates([], 1).next() == UpdateFate((0.0,), swapped=False, cut=False)
