"""Whatever goes wrong on the wire, the venue's books are right and REST shows them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from hftd.core.events import Quote, Trade
from hftd.core.session import Day, Phase
from hftd.venues.sim.chaos import SCENARIOS, Scenario, plan
from hftd.venues.sim.venue import Setup, SimVenue

SECOND = 1_000_000_000
OPEN = 1_767_623_400 * SECOND  # 2026-01-05 14:30 UTC
DAY = Day("2026-01-05", (Phase("regular", OPEN, OPEN + 23_400 * SECOND),))
KEYS = {"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
CASH = Decimal(100_000)
LENGTH = 400
"""Seconds of the tape."""
INTENSE = {
    "rate-limit": "0.1", "rate-limit-reads": "0.3", "mute-feed": "50", "cut-feed": "0.05", "half-open": "0.05",
    "slow-consumer": "0.05", "crowded": "0.05", "halt": "60", "bust": "0.2", "late-prints": "0.2", "half-day": "13",
    "clock-skew": "30", "restart": "0.1", "stranger": "5", "nonsense-frames": "0.5",
}  # fmt: skip


def intense(kind: type[Scenario]) -> Scenario:
    """A scenario at full blast whose delays are short."""
    (found,) = plan(f"{kind.word()}={INTENSE.get(kind.word(), '0.4')}")
    delayed = getattr(found, "seconds", 0.0) > 0 and kind.word() not in ("crowded", "clock-skew", "mute-feed", "halt")
    return type(found)(found.share if hasattr(found, "share") else found.every, 0.03) if delayed else found


def tape() -> Iterator[Trade | Quote]:
    """A random walk in cents: a quote and a print a second."""
    random = Random(11)
    cents = 10_000
    for number in range(LENGTH):
        at = OPEN + number * SECOND
        cents += random.choice((-3, -1, 0, 1, 3))
        yield Quote("SPY", (cents - 1) / 100, 1, (cents + 1) / 100, 1, at, at)
        yield Trade("SPY", cents / 100, 10, at, at, ("@",), "V", "C", number)


class Client:
    """Trades at random, watches and follows as well as it can, and reads until it is answered."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._random = Random(12)

    async def read(self, path: str) -> Any:
        while True:
            with suppress(aiohttp.ClientConnectionError, aiohttp.ServerDisconnectedError):
                async with self._http.get(path) as reply:
                    if reply.status == 200:
                        return await reply.json()
                    assert reply.status == 429
            await asyncio.sleep(0.01)

    async def write(self, method: str, path: str, body: Any = None) -> None:
        """Ask for something, whatever is said about it."""
        with suppress(aiohttp.ClientError):
            async with self._http.request(method, path, json=body) as reply:
                await reply.read()

    async def trade(self, number: int) -> None:
        """One order of a few shares, at the market or resting, or the withdrawal of all orders."""
        random = self._random
        if number % 10 == 9:
            return await self.write("DELETE", "/v2/orders")
        order = {"symbol": "SPY", "qty": random.randint(1, 3), "side": random.choice(("buy", "sell")),
                 "type": "market", "time_in_force": "day", "client_order_id": f"mine-{number}"}  # fmt: skip
        if random.random() < 0.3:
            order |= {"type": "limit", "limit_price": 99 if order["side"] == "buy" else 101}
        return await self.write("POST", "/v2/orders", order)

    async def listen(self, path: str, *said: Any) -> None:
        """Keep a stream, and come back when it is gone."""
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                async with self._http.ws_connect(path, headers={"Connection": "Upgrade"}) as socket:
                    for each in said:
                        await socket.send_json(each)
                    while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                        pass
            await asyncio.sleep(0.01)


def check(books: dict[str, Any]) -> None:
    """Orders, executions, positions and cash add up (the ledger's own arithmetic, done again)."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    cash = CASH
    assert len({each["client_order_id"] for each in books["orders"]}) == len(books["orders"])
    executions = [fill["id"] for each in books["orders"] for fill in each["executions"]]
    assert len(set(executions)) == len(executions)
    for each in books["orders"]:
        filled = sum((Decimal(fill["qty"]) for fill in each["executions"]), Decimal(0))
        assert Decimal(each["filled_qty"]) == filled
        assert filled <= Decimal(each["qty"])
        assert (each["status"] == "filled") == (filled == Decimal(each["qty"]))
        for fill in each["executions"]:
            assert fill["side"] == each["side"]
            signed = Decimal(fill["qty"]) * (1 if fill["side"] == "buy" else -1)
            held[each["symbol"]] += signed
            cash -= signed * Decimal(fill["price"])
    assert {name: Decimal(each["qty"]) for name, each in books["positions"].items()} == dict(held)
    assert (Decimal(books["cash"]), Decimal(books["cash_start"])) == (cash, CASH)


async def compare(client: Client) -> dict[str, Any]:
    """Everything REST says of the account against the books. Nothing moves any more."""
    books: dict[str, Any] = await client.read("/sim/books")
    check(books)
    orders = [{key: each[key] for key in each if key != "executions"} for each in books["orders"]]
    assert await client.read("/v2/orders?status=all&direction=asc&limit=500") == orders[:500]
    for each in orders[:5]:
        assert await client.read(f"/v2/orders/{each['id']}") == each
        named = await client.read(f"/v2/orders:by_client_order_id?client_order_id={each['client_order_id']}")
        assert named == each
    positions = {each["symbol"]: each["qty"] for each in await client.read("/v2/positions")}
    assert positions == {name: each["qty"] for name, each in books["positions"].items() if each["qty"] != "0"}
    cash = (await client.read("/v2/account"))["cash"]
    assert abs(Decimal(cash) - Decimal(books["cash"])) <= Decimal("0.005")
    return books


async def session(*chaos: Scenario) -> dict[str, Any]:
    """A short day under ``chaos``; the books at its end."""
    venue = SimVenue(Setup(speed=2000.0, lead=0.0, chaos=chaos, cash=CASH), tape(), [DAY])
    port = await venue.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=KEYS) as http:
            client = Client(http)
            subscribe = {"action": "subscribe", "trades": ["*"], "bars": ["*"]}
            streams = [
                asyncio.create_task(client.listen("/v2/iex", subscribe)),
                asyncio.create_task(
                    client.listen(
                        "/stream",
                        {"action": "authenticate", "data": {"key_id": "k", "secret_key": "s"}},
                        {"action": "listen", "data": {"streams": ["trade_updates"]}},
                    )
                ),
            ]
            number = 0
            while (await client.read("/sim/books"))["now"] < OPEN + LENGTH * SECOND:
                await client.trade(number)
                number += 1
                # A session that may not subscribe starts no tape.
                venue.audience.watched.set()
            for each in streams:
                each.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
            return await compare(client)
    finally:
        await venue.stop()


@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.word())
def test_rest_never_lies(kind):
    books = asyncio.run(session(intense(kind)))
    assert any(each["executions"] for each in books["orders"])


def test_rest_never_lies_when_everything_goes_wrong_at_once():
    books = asyncio.run(session(*map(intense, SCENARIOS)))
    assert any(each["client_order_id"].startswith("stranger-") for each in books["orders"])


def test_the_books_are_read_only_and_ask_for_keys():
    async def work() -> None:
        venue = SimVenue(Setup(), iter([]), [DAY])
        port = await venue.start()
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            async with http.get("/sim/books") as reply:
                assert reply.status == 401
            async with http.post("/sim/books", headers=KEYS) as reply:
                assert reply.status == 405
            async with http.get("/sim/books", headers=KEYS) as reply:
                assert json.loads(await reply.read()) == {
                    "now": OPEN - 10 * SECOND, "cash": "100000", "cash_start": "100000", "positions": {}, "orders": [],
                }  # fmt: skip
        await venue.stop()

    asyncio.run(work())
