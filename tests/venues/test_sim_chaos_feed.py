"""A troubled market-data stream, seen from a plain client, and the pure decisions behind it."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import aiohttp
import msgpack
import pytest
from aiohttp import WSMsgType
from hypothesis import given
from hypothesis import strategies as st
from standing_clock import stop_time

from hftd.core.events import Trade
from hftd.core.session import Day, Phase
from hftd.plugin.keys import Keys
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.sim.chaos.feeds import (
    Crowded,
    CutFeed,
    FeedFates,
    HalfOpen,
    LockedOut,
    MuteFeed,
    NonsenseFrames,
    SlowConsumer,
    SymbolLimit,
)
from hftd.venues.sim.chaos.nonsense import CHANGES, STRAY_BINARY, STRAY_TEXT, spoiled, stray
from hftd.venues.sim.chaos.scenario import Luck, Scenario
from hftd.venues.sim.chaos.spells import Spells
from hftd.venues.sim.venue import Setup, SimVenue
from hftd.venues.sim.wire import JsonCodec, MsgpackCodec, message

SECOND = 1_000_000_000
OPEN = 1_767_623_400 * SECOND  # 2026-01-05 14:30 UTC
DAY = Day("2026-01-05", (Phase("regular", OPEN, OPEN + 23_400 * SECOND),))
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
AUTH = {"action": "auth", "key": "k", "secret": "s"}
GONE = (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)


def tape(count: int, gap: int = 1) -> Iterable[Trade]:
    """Prints ``gap`` seconds apart, numbered from 0."""
    times = [OPEN + number * gap * SECOND for number in range(count)]
    return [Trade("SPY", 100.5, 10, at, at, ("@",), "V", "C", number) for number, at in enumerate(times)]


class Client:
    """One session as a client sees it; ``times`` are the clock pings it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.times: list[int] = []

    async def hear(self, patience: float = 60) -> Any:
        """The next frame, decoded where it is JSON; the kind of message where the connection ends."""
        while True:
            got = await asyncio.wait_for(self.socket.receive(), patience)
            if got.type == WSMsgType.PING:
                self.times.append(int(got.data.removeprefix(b"hftd-clock ")))
                with suppress(ConnectionError):
                    await self.socket.pong(got.data)
            elif got.type == WSMsgType.TEXT:
                try:
                    return json.loads(got.data)
                except json.JSONDecodeError:
                    return got.data
            elif got.type == WSMsgType.BINARY:
                return got.data
            else:
                return got.type

    async def say(self, **said: Any) -> Any:
        await self.socket.send_str(json.dumps(said))
        return await self.hear()

    async def ids(self, count: int) -> list[int]:
        """The numbers of prints until there are ``count`` or the connection ends."""
        found: list[int] = []
        while len(found) < count:
            frame = await self.hear()
            if frame in GONE:
                break
            found += [each["i"] for each in frame if each["T"] == "t"]
        return found


@asynccontextmanager
async def venue(*chaos: Scenario, events: Iterable[Trade] = (), **chosen: Any) -> AsyncIterator[Any]:
    """A way to connect to a venue; what it gives has heard the welcome and logged in."""
    made = SimVenue(Setup(**({"speed": None, "chaos": chaos} | chosen)), iter(list(events)), [DAY])
    port = await made.start()
    try:
        async with aiohttp.ClientSession() as http:

            async def connect(login: bool = True) -> Client:
                socket = await http.ws_connect(f"ws://127.0.0.1:{port}/v2/iex", autoping=False, autoclose=False)
                client = Client(socket)
                await client.hear()
                if login:
                    assert (await client.say(**AUTH))[0]["T"] == "success"
                return client

            connect.port = port  # type: ignore[attr-defined]
            yield connect
    finally:
        await made.stop()


Connect = Callable[..., Awaitable[Client]]


def test_a_mute_feed_tells_the_time_and_nothing_else_for_its_spell():
    async def work() -> None:
        # Spells of 600 tape seconds, 300 to 900 between; a print a second for most of two hours.
        async with venue(MuteFeed(600.0, seconds=600.0), events=tape(6000)) as connect:
            client = await connect()
            await client.say(action="subscribe", trades=["SPY"])
            found: list[int] = []
            while not found or found[-1] < 5900:
                found += [each["i"] for each in await client.hear() if each["T"] == "t"]
            gaps = [after - before for before, after in pairwise(found) if after - before > 1]
            # 6000 s hold four to seven rounds of 900 to 1500 s; a spell ends within a frame of 50 prints.
            assert 3 <= len(gaps) <= 7
            assert all(550 <= gap <= 651 for gap in gaps)
            # The time went on: a ping at least every thousand events.
            assert max(after - before for before, after in pairwise(client.times[1:])) <= 1050 * SECOND

    asyncio.run(work())


async def shaken(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw connection, upgraded, logged in by headers and subscribed to prints of SPY."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = {"Host": "x", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} | KEYS  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"GET /v2/iex HTTP/1.1\r\n{lines}\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    said = json.dumps({"action": "subscribe", "trades": ["SPY"]}).encode()
    writer.write(bytes((0x81, 0x80 | len(said), 0, 0, 0, 0)) + said)
    return reader, writer


async def read_all(reader: asyncio.StreamReader, into: bytearray) -> None:
    """Read until the other side closes."""
    while more := await asyncio.wait_for(reader.read(1024), 60):
        into += more


def test_a_cut_feed_is_reset_in_the_middle_of_a_frame():
    async def work() -> None:
        async with venue(CutFeed(0.0), events=tape(500), speed=1000.0) as connect:
            reader, writer = await shaken(connect.port)
            got = bytearray()
            with pytest.raises(ConnectionResetError):
                await read_all(reader, got)
            place, frames = 0, []
            while len(got) - place >= 4:
                first, length = got[place], got[place + 1] & 127
                place += 2
                if length == 126:
                    (length,) = struct.unpack(">H", got[place : place + 2])
                    place += 2
                frames.append((first, length, got[place : place + length]))
                place += length
            first, length, part = frames[-1]
            assert first == 0x81
            assert part.startswith(b'[{"T":"t"')
            assert len(part) < length
            writer.close()

    asyncio.run(work())


def test_cut_feeds_come_back_and_the_prints_between_are_gone(monkeypatch):
    async def work() -> None:
        async with venue(CutFeed(5.0), events=tape(20_000)) as connect:
            clock = stop_time(monkeypatch)
            found: list[int] = []
            for _ in range(2):
                client = await connect()
                await client.say(action="subscribe", trades=["SPY"])
                found += await client.ids(100)
                clock.turn(7.5)
                found += await client.ids(20_000)
            monkeypatch.undo()
            assert found == sorted(set(found))
            assert len(found) < found[-1] + 1

    asyncio.run(work())


def test_a_half_open_session_answers_nothing_keeps_its_seat_and_is_dropped_at_last(monkeypatch):
    async def work() -> None:
        async with venue(HalfOpen(0.0, seconds=5.0), events=tape(5000)) as connect:
            client, second = await connect(), await connect(login=False)
            clock = stop_time(monkeypatch)
            await client.say(action="subscribe", trades=["SPY"])
            answered: Any = WSMsgType.PONG
            while answered == WSMsgType.PONG:  # it is alive until the first print
                hearing = asyncio.create_task(client.hear())
                await client.socket.ping(b"there?")
                for _ in range(20):
                    assert (await second.say(**AUTH))[0]["code"] == 406
                answered = hearing.result() if hearing.done() else None
            assert answered is None
            clock.turn(4.9)
            for _ in range(20):
                assert (await second.say(**AUTH))[0]["code"] == 406
            assert not hearing.done()
            clock.turn(0.1)
            assert await hearing in GONE
            monkeypatch.undo()
            while (answer := (await second.say(**AUTH))[0])["T"] == "error":
                assert answer["code"] == 406

    asyncio.run(work())


def test_a_slow_consumer_is_told_407_and_dropped():
    async def work() -> None:
        async with venue(SlowConsumer(0.0), events=tape(100)) as connect:
            client = await connect()
            await client.say(action="subscribe", trades=["SPY"])
            assert await client.hear() == [{"T": "error", "code": 407, "msg": "slow client"}]
            assert await client.hear() in GONE

    asyncio.run(work())


def test_after_a_drop_it_is_crowded_for_a_while(monkeypatch):
    async def work() -> None:
        async with venue(Crowded(5.0)) as connect:
            first = await connect()
            clock = stop_time(monkeypatch)
            await first.socket.close()
            second = await connect(login=False)
            codes = []
            while (answer := (await second.say(**AUTH))[0])["T"] == "error":
                codes.append(answer["code"])
                clock.turn(1.0)
            monkeypatch.undo()
            assert set(codes) == {406}
            assert answer["msg"] == "authenticated"

    asyncio.run(work())


def test_the_first_login_is_let_in_and_those_after_a_drop_are_locked_out():
    async def work() -> None:
        async with venue(LockedOut(1.0)) as connect:
            first = await connect()
            second = await connect(login=False)
            assert (await second.say(**AUTH))[0]["code"] == 406
            await first.socket.close()
            # Until the venue has noticed that the seat is free it is 406, then 402.
            while (answer := (await second.say(**AUTH))[0])["code"] == 406:
                pass
            assert answer == {"T": "error", "code": 402, "msg": "auth failed"}

    asyncio.run(work())


def test_a_symbol_limit_refuses_prints_and_quotes_but_not_bars():
    async def work() -> None:
        async with venue(SymbolLimit(1.0)) as connect:
            client = await connect()
            refused = [{"T": "error", "code": 405, "msg": "symbol limit exceeded"}]
            assert await client.say(action="subscribe", trades=["SPY"]) == refused
            assert await client.say(action="subscribe", quotes=["SPY"]) == refused
            assert (await client.say(action="subscribe", bars=["SPY"]))[0]["bars"] == ["SPY"]

    asyncio.run(work())


def test_nonsense_comes_among_the_good_and_takes_nothing_away():
    async def work() -> None:
        async with venue(NonsenseFrames(0.5), events=tape(5000)) as connect:
            client = await connect()
            await client.say(action="subscribe", trades=["SPY"])
            found, strays, bad = [], 0, 0
            while not found or found[-1] < 4999:
                frame = await client.hear()
                if not isinstance(frame, list) or not frame or not isinstance(frame[0], dict):
                    strays += 1
                    continue
                good = [each for each in frame if each.get("p") == 100.5 and each.get("s") == 10]
                bad += len(frame) - len(good)
                found += [each["i"] for each in good]
            assert found == list(range(5000))
            # 100 frames, half of them spoiled, 7 kinds in 21 of which are frames of their own.
            assert 5 <= strays <= 30
            assert 15 <= bad <= 55

    asyncio.run(work())


@pytest.mark.parametrize("codec", [JsonCodec(), MsgpackCodec()], ids=lambda codec: codec.name)
@pytest.mark.parametrize("number", range(len(STRAY_TEXT) + len(CHANGES)))
def test_every_nonsense_is_one_and_the_daemon_takes_none_of_it(number, codec):
    feed = MarketData("ws://127.0.0.1/v2/iex", Keys("k", "s"), codec.name, keeps_time=True)
    good = Trade("SPY", 100.5, 10, OPEN, OPEN, ("@",), "V", "C", 1)
    alone = stray(number, codec)
    if alone is not None:
        assert list(feed.decode(alone, 0)) == []
    else:
        frame = spoiled(number, codec, "SPY", OPEN, [message(good, codec.stamp)])
        assert len(msgpack.unpackb(frame) if codec.binary else json.loads(frame)) == 2
        assert list(feed.decode(frame, 0)) == [good]
    assert feed.oddities == 1


def test_both_encodings_have_the_same_number_of_strays():
    assert len(STRAY_TEXT) == len(STRAY_BINARY)


@given(st.integers(), st.floats(0, 100), st.floats(0, 100))
def test_spells_keep_their_length_and_their_distance(seed, every, seconds):
    spells = Spells(Luck(seed, MuteFeed()), every, seconds)
    begun = [now for now in range(1000) if spells.begins(float(now))]
    pauses = [after - before for before, after in pairwise(begun)]
    # Asked once a second, a spell begins up to a second late.
    assert all(seconds + every / 2 <= pause <= seconds + every * 1.5 + 1 for pause in pauses)


def test_a_spell_is_on_from_its_beginning_to_its_end():
    spells = Spells(Luck(1, MuteFeed()), 0.0, 2.0)
    assert [spells.on(now) for now in (10.0, 11.9)] == [True, True]
    assert spells.until == 12.0


EVERY = [MuteFeed(3.0, 1.0), CutFeed(2.0), HalfOpen(2.0), SlowConsumer(2.0), NonsenseFrames(0.3), LockedOut(0.5)]


@given(st.integers(), st.lists(st.floats(0, 2), max_size=40))
def test_the_same_seed_and_questions_have_the_same_fates(seed, steps):
    one, two = FeedFates(EVERY, seed), FeedFates(EVERY, seed)
    now = 0.0
    for step in steps:
        now += step
        assert one.frame(now, now) == two.frame(now, now)
        one.dropped(now)
        two.dropped(now)
        assert one.refusal(now) == two.refusal(now)
        assert one.symbol_limit() == two.symbol_limit() is None
