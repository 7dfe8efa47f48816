"""The trade_updates stream: its manners, section 7 of the trading API, and what followers receive."""

import asyncio
import json
from typing import Any

import aiohttp
import msgpack
import pytest
from aiohttp import WSMsgType

from hftd.core.events import Quote
from hftd.core.session import Day, Phase
from hftd.venues.sim.followers import Follower
from hftd.venues.sim.venue import Setup, SimVenue
from hftd.venues.sim.wire import JsonCodec, MsgpackCodec

OPEN = 1_767_623_400_000_000_000
DAY = Day("2026-01-05", (Phase("regular", OPEN, OPEN + 23_400_000_000_000),))
AUTHENTICATE = {"action": "authenticate", "data": {"key_id": "k", "secret_key": "s"}}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates", "account_updates"]}}


def follower(admitted: bool = True) -> Follower:
    return Follower(JsonCodec(), lambda key, secret: admitted)


def say(one: Follower, message: Any) -> Any:
    return json.loads(one.hear(json.dumps(message)))


@pytest.mark.parametrize(("admitted", "status"), [(True, "authorized"), (False, "unauthorized")])
def test_authentication(admitted, status):
    answer = {"stream": "authorization", "data": {"status": status, "action": "authenticate"}}
    assert say(follower(admitted), AUTHENTICATE) == answer


def test_the_older_login_is_understood():
    assert say(follower(), {"action": "auth", "key": "k", "secret": "s"})["data"]["status"] == "authorized"


def test_listening_needs_a_login():
    one = follower()
    assert say(one, LISTEN) == {"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}}
    assert not one.listening


def test_a_list_of_streams_replaces_the_one_before():
    one = follower()
    say(one, AUTHENTICATE)
    assert say(one, LISTEN) == {"stream": "listening", "data": {"streams": ["trade_updates"]}}
    assert one.listening
    assert say(one, {"action": "listen", "data": {"streams": []}}) == {"stream": "listening", "data": {"streams": []}}
    assert not one.listening


@pytest.mark.parametrize("frame", ["nonsense", "[]", '{"action":"sing"}', "7"])
def test_what_it_does_not_understand_it_does_not_answer(frame):
    assert follower().hear(frame) == b""


def test_msgpack_is_spoken_to_who_asks_for_it():
    one = Follower(MsgpackCodec(), lambda key, secret: True)
    assert msgpack.unpackb(one.hear(msgpack.packb(AUTHENTICATE)))["data"]["status"] == "authorized"


def test_followers_hear_each_step_of_an_order_in_binary_frames_after_silence():
    async def run() -> None:
        venue = SimVenue(Setup(speed=1.0, lead=0.0, partial_fills=False), iter([]), [DAY])
        port = await venue.start()
        venue.brokerage.open(OPEN)
        venue.brokerage.feed(Quote("SPY", 99.0, 1, 101.0, 1, OPEN, OPEN))
        async with aiohttp.ClientSession() as http, http.ws_connect(f"ws://127.0.0.1:{port}/stream") as socket:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.receive(), 0.05)
            for message in (AUTHENTICATE, LISTEN):
                await socket.send_str(json.dumps(message))
                await socket.receive(5)
            order = {"symbol": "SPY", "qty": 2, "side": "sell", "type": "market", "time_in_force": "day"}
            answer = json.loads(venue.brokerage.submit(order, OPEN))
            frames = [await socket.receive(60) for _ in range(3)]
        await venue.stop()
        assert {each.type for each in frames} == {WSMsgType.BINARY}
        told = [json.loads(each.data) for each in frames]
        assert {each["stream"] for each in told} == {"trade_updates"}
        steps = [each["data"] for each in told]
        assert [each["event"] for each in steps] == ["pending_new", "new", "fill"]
        assert [each["order"]["status"] for each in steps] == ["pending_new", "new", "filled"]
        assert [each["order"]["filled_qty"] for each in steps] == ["0", "0", "2"]
        assert steps[0]["execution_id"] is None
        assert steps[1]["execution_id"] != steps[2]["execution_id"]
        last = steps[2]
        assert (last["price"], last["qty"], last["position_qty"]) == ("99", "2", "-2")
        assert last["timestamp"] == "2026-01-05T14:30:00Z"
        assert {each["order"]["id"] for each in steps} == {answer["id"]}

    asyncio.run(run())
