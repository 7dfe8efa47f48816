"""The market-data WebSocket over a real socket: login, sessions, codecs, pings, slow and silent readers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import msgpack
import pytest
from aiohttp import WSMsgType

from hftd.core.events import Trade
from hftd.core.session import Day, Phase
from hftd.venues.sim.venue import Setup, SimVenue

SECOND = 1_000_000_000
OPEN = 1_767_623_400 * SECOND  # 2026-01-05 14:30 UTC
CLOSE = OPEN + 23_400 * SECOND
DAY = Day("2026-01-05", (Phase("regular", OPEN, CLOSE),))
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
MSGPACK = {"Content-Type": "application/msgpack"}
AUTH = {"action": "auth", "key": "k", "secret": "s"}


def tape(count: int = 3) -> Iterable[Trade]:
    return [Trade("SPY", 100.5, 10 + number, OPEN + number, OPEN + number, id=number) for number in range(count)]


class Client:
    """One session as a client sees it; ``times`` are the clock pings it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, pongs: bool = True) -> None:
        self.socket = socket
        self.times: list[int] = []
        self.pongs = pongs

    async def hear(self) -> Any:
        """The next message; pings are answered and noted."""
        while True:
            got = await asyncio.wait_for(self.socket.receive(), 60)
            if got.type == WSMsgType.PING:
                self.times.append(int(got.data.removeprefix(b"hftd-clock ")))
                with suppress(ConnectionError):
                    if self.pongs:
                        await self.socket.pong(got.data)
            elif got.type == WSMsgType.TEXT:
                return json.loads(got.data)
            elif got.type == WSMsgType.BINARY:
                return msgpack.unpackb(got.data)
            else:
                return got.type

    async def say(self, **message: Any) -> Any:
        await self.socket.send_str(json.dumps(message))
        return await self.hear()


@asynccontextmanager
async def stopping(made: SimVenue) -> AsyncIterator[None]:
    """Stop the venue whatever happens."""
    try:
        yield
    finally:
        await made.stop()


@asynccontextmanager
async def venue(events: Iterable[Trade] = (), **chosen: Any) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """A venue, and a way to connect to it that has heard the welcome."""
    made = SimVenue(Setup(**({"speed": None} | chosen)), iter(list(events)), [DAY])
    port = await made.start()
    async with stopping(made), aiohttp.ClientSession() as http:

        async def connect(path: str = "/v2/iex", **headers: str) -> Client:
            address = f"ws://127.0.0.1:{port}{path}"
            client = Client(await http.ws_connect(address, headers=headers, autoping=False))
            assert await client.hear() == [{"T": "success", "msg": "connected"}]
            return client

        connect.venue = made  # type: ignore[attr-defined]
        connect.port = port  # type: ignore[attr-defined]
        connect.http = http  # type: ignore[attr-defined]
        yield connect


def test_login_by_message_and_by_headers():
    async def run() -> None:
        async with venue() as connect:
            assert await (await connect()).say(**AUTH) == [{"T": "success", "msg": "authenticated"}]
            assert await (await connect("/v2/sip", **KEYS)).hear() == [{"T": "success", "msg": "authenticated"}]

    asyncio.run(run())


def test_a_wrong_key_is_refused_when_keys_are_set():
    async def run() -> None:
        async with venue(key="right", secret="one") as connect:
            client = await connect()
            assert (await client.say(**AUTH))[0]["code"] == 402
            assert (await client.say(action="auth", key="right", secret="one"))[0]["msg"] == "authenticated"

    asyncio.run(run())


def test_silence_is_told_auth_timeout_and_closed():
    async def run() -> None:
        async with venue(auth_seconds=0.02) as connect:
            client = await connect()
            assert await client.hear() == [{"T": "error", "code": 404, "msg": "auth timeout"}]
            assert await client.hear() == WSMsgType.CLOSE

    asyncio.run(run())


def test_one_session_a_key_and_path_and_the_next_one_may_try_again():
    async def run() -> None:
        async with venue() as connect:
            first, second, other = await connect(), await connect(), await connect("/v2/sip")
            await first.say(**AUTH)
            refused = await second.say(**AUTH)
            assert refused == [{"T": "error", "code": 406, "msg": "connection limit exceeded"}]
            assert (await other.say(**AUTH))[0]["T"] == "success"
            assert (await first.say(action="subscribe", bars=["X"]))[0]["bars"] == ["X"]
            await first.socket.close()
            while (answer := (await second.say(**AUTH))[0])["T"] == "error":
                assert answer["code"] == 406
            assert answer["msg"] == "authenticated"

    asyncio.run(run())


def test_a_fragmented_subscription_is_put_together():
    async def run() -> None:
        async with venue(tape()) as connect:
            client = await connect(**MSGPACK)
            await client.socket.send_bytes(msgpack.packb(AUTH))
            assert (await client.hear())[0]["msg"] == "authenticated"
            said = msgpack.packb({"trades": ["SPY"], "action": "subscribe"})
            write = client.socket._writer.transport.write
            # As the vendor's client sends it: FIN=0 opcode 2, FIN=0 opcode 0, then an empty FIN=1 opcode 0; mask 0.
            for head, part in ((0x02, said[:9]), (0x00, said[9:]), (0x80, b"")):
                write(bytes((head, 0x80 | len(part))) + bytes(4) + part)
            assert (await client.hear())[0]["trades"] == ["SPY"]

    asyncio.run(run())


def test_data_is_batched_and_begins_with_the_first_subscription():
    async def run() -> None:
        async with venue(tape()) as connect:
            client = await connect()
            await client.say(**AUTH)
            await client.say(action="subscribe", trades=["SPY"])
            frame = await client.hear()
            assert [(each["T"], each["i"], each["s"]) for each in frame] == [("t", 0, 10), ("t", 1, 11), ("t", 2, 12)]
            assert frame[0]["t"] == "2026-01-05T14:30:00Z"
            assert client.times == [OPEN - 10 * SECOND, OPEN]

    asyncio.run(run())


def test_sessions_get_only_what_they_want_in_their_own_encoding():
    async def run() -> None:
        async with venue() as connect:
            binary, text = await connect("/v2/iex", **MSGPACK), await connect("/v2/sip")
            for message in (AUTH, {"action": "subscribe", "trades": ["AAA"]}):
                await binary.socket.send_bytes(msgpack.packb(message))
                await binary.hear()
            await text.say(**AUTH)
            await text.say(action="subscribe", trades=["*"])
            await connect.venue.audience.show([Trade(name, 1.0, 1, OPEN, OPEN) for name in ("AAA", "BBB", "AAA")])
            assert [each["S"] for each in await text.hear()] == ["AAA", "BBB", "AAA"]
            frame = await binary.hear()
            assert [each["S"] for each in frame] == ["AAA", "AAA"]
            assert frame[0]["t"].to_unix_nano() == OPEN

    asyncio.run(run())


def test_the_tape_waits_for_a_reader_that_has_not_answered_pings():
    async def run() -> None:
        async with venue(tape(10_000)) as connect:
            client = await connect()
            await client.say(**AUTH)
            client.pongs = False
            await client.say(action="subscribe", trades=["*"])
            quiet = asyncio.create_task(client.hear())
            done, _ = await asyncio.wait([quiet], timeout=0.1)
            # The ping at the start is not answered: not one event has been sent.
            assert not done
            assert connect.venue.clock.now() == OPEN - 10 * SECOND
            quiet.cancel()

    asyncio.run(run())


def test_the_whole_tape_arrives_in_order_and_then_the_close():
    async def run() -> None:
        async with venue(tape(5000)) as connect:
            client = await connect()
            await client.say(**AUTH)
            await client.say(action="subscribe", trades=["SPY"])
            seen: list[int] = []
            while len(seen) < 5000:
                frame = await client.hear()
                assert len(frame) <= 50
                seen += [each["i"] for each in frame]
            assert seen == list(range(5000))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.hear(), 0.2)
            assert client.times[-3:] == [CLOSE, CLOSE + 10 * SECOND, CLOSE + 3600 * SECOND]

    asyncio.run(run())


def test_a_slow_client_of_a_running_clock_is_told_and_cut_off(monkeypatch):
    monkeypatch.setattr("hftd.venues.sim.audience.BACKLOG", -1)

    async def run() -> None:
        async with venue(tape(), speed=1000.0) as connect:
            client = await connect()
            await client.say(**AUTH)
            await client.say(action="subscribe", trades=["SPY"])
            assert (await client.hear())[0]["T"] == "t"
            assert (await client.hear())[0]["code"] == 407
            assert await client.hear() in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)

    asyncio.run(run())


def test_pings_of_the_client_are_answered():
    async def run() -> None:
        async with venue() as connect:
            client = await connect()
            await client.socket.ping(b"there?")
            got = await asyncio.wait_for(client.socket.receive(), 60)
            assert (got.type, bytes(got.data)) == (WSMsgType.PONG, b"there?")

    asyncio.run(run())


def test_rest_wants_credentials_and_names_every_answer():
    async def run() -> None:
        async with venue() as connect:
            base = f"http://127.0.0.1:{connect.port}"
            strangers = (("/v2/clock", 401, "unauthorized."), ("/v2/stocks/trades", 403, "forbidden."))
            for path, status, message in strangers:
                async with connect.http.get(base + path) as answer:
                    assert (answer.status, await answer.json()) == (status, {"message": message})
                    assert answer.headers["X-Request-ID"]
            async with connect.http.get(base + "/v2/nowhere", headers=KEYS) as answer:
                assert (answer.status, await answer.json()) == (404, {"code": 40410000, "message": "not found"})
            async with connect.http.get(base + "/v2/clock", headers={"Authorization": "Bearer token"}) as answer:
                assert answer.status == 200
            async with connect.http.get(base + "/v2/clock", headers={"Authorization": "Basic azpz"}) as answer:
                assert answer.status == 200
            async with connect.http.post(base + "/v2/orders", headers=KEYS, data=b"no json") as answer:
                assert (answer.status, (await answer.json())["code"]) == (422, 40010001)

    asyncio.run(run())
