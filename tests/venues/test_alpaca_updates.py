"""Alpaca's order updates: the conversation, the life of an order, and frames that make no sense."""

import copy
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.events import Event, FeedDown, FeedUp, Fill, OrderUpdate
from hftd.plugin.keys import Keys
from hftd.venues.alpaca.updates import Updates

SEEN = 1_800_000_000_000_000_000
DATA = Path(__file__).parents[2].parent / "shared" / "data"
calm = settings(deadline=None)  # a busy machine is no fault of the code
# 2026-11-20T15:00:00Z, by `date -u -d … +%s`.
AT = 1_795_186_800_000_000_250


def feed() -> Updates:
    made = Updates("wss://paper.example/stream", Keys("KEY", "SECRET"))
    made.opened()
    made.outbox.clear()
    return made


def order(**other: Any) -> dict[str, Any]:
    """An order as the trading API's documentation shows one."""
    whole = {
        "id": "7b08df51", "client_order_id": "20261120-abc123-000001", "symbol": "AAPL", "side": "buy", "qty": "2",
        "filled_qty": "0", "filled_avg_price": None, "limit_price": "150", "status": "new", "legs": None,
        "asset_class": "us_equity", "time_in_force": "day", "created_at": "2026-11-20T14:59:59.1Z",
    }  # fmt: skip
    return {**whole, **other}


def update(event: str, /, **other: Any) -> dict[str, Any]:
    whole = {"event": event, "timestamp": "2026-11-20T15:00:00.00000025Z", "order": order(), "execution_id": "ex-1"}
    return {"stream": "trade_updates", "data": {**whole, **other}}


def fill(**other: Any) -> dict[str, Any]:
    done = order(status="filled", filled_qty="2", filled_avg_price="149.99")
    return update("fill", **{"order": done, "price": "149.99", "qty": "2", "position_qty": "2", **other})


def hear(market: Updates, frame: Any) -> list[Event]:
    return list(market.decode(json.dumps(frame).encode(), SEEN))


def vectors(name: str) -> list[dict[str, str]]:
    """Shared frames; skips where they are absent, except in CI."""
    path = DATA / "vectors" / name
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{path} is missing")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ---- the conversation ------------------------------------------------------------------------------------------


def test_we_speak_first_then_listen_then_the_stream_is_up() -> None:
    """Trading API, section "trade_updates WebSocket": no welcome, authenticate, listen, listening."""
    updates = Updates("wss://paper.example/stream", Keys("KEY", "SECRET"))
    updates.opened()

    login = {"action": "authenticate", "data": {"key_id": "KEY", "secret_key": "SECRET"}}
    assert [json.loads(each) for each in updates.outbox] == [login]
    updates.outbox.clear()
    said = {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}
    assert hear(updates, said) == []
    listen = {"action": "listen", "data": {"streams": ["trade_updates"]}}
    assert [json.loads(each) for each in updates.outbox] == [listen]
    updates.outbox.clear()
    up = FeedUp("order updates", SEEN, orders=True)
    assert hear(updates, {"stream": "listening", "data": {"streams": ["trade_updates"]}}) == [up]
    assert (updates.outbox, updates.oddities, updates.refusal) == ([], 0, "")


@pytest.mark.parametrize("action", ["authenticate", "listen"])
def test_a_refused_login_takes_the_feed_down(action: str) -> None:
    updates = feed()
    events = hear(updates, {"stream": "authorization", "data": {"status": "unauthorized", "action": action}})

    assert events == [FeedDown("order updates", "the venue says unauthorized: are the keys right?", SEEN)]
    assert (updates.refusal, updates.outbox) == ("402", [])
    updates.opened()
    assert updates.refusal == ""


def test_listening_to_nothing_takes_the_feed_down() -> None:
    events = hear(feed(), {"stream": "listening", "data": {"streams": []}})

    assert events == [FeedDown("order updates", "the venue does not send trade_updates", SEEN)]


@pytest.mark.data
def test_the_quoted_login_frames_are_understood() -> None:
    frames = [each["raw"].encode() for each in vectors("alpaca_ws_frames.jsonl")][19:22]
    kinds = [[type(event) for event in feed().decode(frame, SEEN)] for frame in frames]

    assert kinds == [[], [FeedDown], [FeedUp]]


# ---- the life of an order --------------------------------------------------------------------------------------


@pytest.mark.data
def test_the_real_fill_is_read_off_to_the_cent() -> None:
    """A captured frame; the expected values were read off it by hand."""
    (raw,) = [each["raw"] for each in vectors("alpaca_ws_frames.jsonl") if each["src"].startswith("real fill")]
    at = int(datetime(2024, 11, 19, 14, 47, 5, tzinfo=UTC).timestamp()) * 10**9 + 721_000_000
    expected = Fill(
        "REDACTED", "d93c6c67-e216-4053-acfa-7967692a1a34", "GNL", "sell", Decimal(4), Decimal("7.1831"), at, SEEN,
        "6a7f7003-57fc-4ec5-bb8d-aa7730c49213",
    )  # fmt: skip

    assert list(feed().decode(raw.encode(), SEEN)) == [expected]


@pytest.mark.data
def test_every_order_of_the_client_libraries_tests_is_understood() -> None:
    """Their order bodies, put into an update: the status as the body says it, none counted as odd."""
    found = []
    for vector in vectors("alpaca_rest_and_stream_from_sdk_tests.jsonl"):
        body = json.loads(vector["raw"])
        bodies = body if isinstance(body, list) else [body]
        found += [each for each in bodies if isinstance(each, dict) and "client_order_id" in each]
    updates = feed()
    events = [event for each in found for event in hear(updates, update("new", order=each))]

    assert len(found) >= 8
    assert updates.oddities == 0
    assert [event.order for event in events if isinstance(event, OrderUpdate)] == [
        each["client_order_id"] for each in found
    ]


@pytest.mark.parametrize("event", ["fill", "partial_fill"])
def test_a_fill_is_this_execution_s_shares_and_price(event: str) -> None:
    """Not the order's running total and average."""
    frame = fill(event=event, order=order(status="partially_filled", filled_qty="7", filled_avg_price="1"), qty="0.5")
    expected = Fill(
        "20261120-abc123-000001", "ex-1", "AAPL", "buy", Decimal("0.5"), Decimal("149.99"), AT, SEEN, "7b08df51"
    )

    assert hear(feed(), frame) == [expected]


@pytest.mark.parametrize(
    ("event", "state", "expected", "reason"),
    [("new", "new", "accepted", ""), ("accepted", "accepted", "accepted", ""),
     ("pending_new", "pending_new", "accepted", ""), ("canceled", "canceled", "canceled", "canceled"),
     ("expired", "expired", "expired", "expired"), ("rejected", "rejected", "rejected", "rejected"),
     ("replaced", "replaced", "replaced", "replaced"),
     ("pending_cancel", "pending_cancel", "accepted", "pending_cancel"),
     ("order_cancel_rejected", "filled", "filled", "order_cancel_rejected"),
     ("order_replace_rejected", "new", "accepted", "order_replace_rejected"),
     ("done_for_day", "done_for_day", "accepted", "done_for_day"), ("held", "held", "accepted", "held"),
     ("canceled", "partially_filled", "partially_filled", "canceled"),
     ("an event of tomorrow", "a state of tomorrow", "accepted", "an event of tomorrow")],
)  # fmt: skip
def test_what_is_no_fill_says_where_the_order_stands(event: str, state: str, expected: Any, reason: str) -> None:
    """Section "Order states": terminal are filled, canceled, expired, replaced and rejected; the rest may trade."""
    frame = update(event, order=order(status=state), execution_id=None)

    assert hear(feed(), frame) == [OrderUpdate("20261120-abc123-000001", expected, AT, SEEN, "7b08df51", reason)]


def test_an_observed_market_order_gives_three_events() -> None:
    """pending_new, new, fill, as seen in September 2025."""
    updates = feed()
    frames = [
        update("pending_new", order=order(status="pending_new"), execution_id=None),
        update("new", price=None, qty=None),
        fill(),
    ]

    assert [type(event) for frame in frames for event in hear(updates, frame)] == [OrderUpdate, OrderUpdate, Fill]
    assert updates.oddities == 0


# ---- nonsense --------------------------------------------------------------------------------------------------


def without(frame: dict[str, Any], *keys: str) -> dict[str, Any]:
    data = {key: value for key, value in frame["data"].items() if key not in keys}
    return {**frame, "data": data}


ODD: dict[str, Any] = {
    "a list": [],
    "a number": 5,
    "no stream": {"data": {}},
    "no data": {"stream": "trade_updates"},
    "a stream nobody knows": {"stream": "account_updates", "data": {}},
    "an authorization in a list": {"stream": "authorization", "data": []},
    "an authorization without a status": {"stream": "authorization", "data": {}},
    "an authorization of null": {"stream": "authorization", "data": None},
    "listening without streams": {"stream": "listening", "data": {}},
    "listening to a number": {"stream": "listening", "data": {"streams": 5}},
    "no order": without(fill(), "order"),
    "no time": without(fill(), "timestamp"),
    "a time in words": fill(timestamp="soon"),
    "a fill without a price": without(fill(), "price"),
    "a fill without shares": without(fill(), "qty"),
    "a fill without an execution": fill(execution_id=None),
    "a fill of an empty execution": fill(execution_id=""),
    "a fill of nothing": fill(qty="0"),
    "a negative fill": fill(qty="-2"),
    "a fill at a negative price": fill(price="-1"),
    "a fill for free": fill(price="0"),
    "a fill of no number": fill(qty="NaN"),
    "a fill of a loud no number": fill(qty="sNaN"),
    "a fill at no number": fill(price="NaN"),
    "an endless fill": fill(qty="Infinity"),
    "a fill at an endless price": fill(price="Infinity"),
    "a fill in words": fill(qty="two"),
    "an order without an id": fill(order={key: value for key, value in order().items() if key != "id"}),
    "an order without our id": fill(order={key: value for key, value in order().items() if key != "client_order_id"}),
    "an order of no side": fill(order=order(side="")),
    "an order of no symbol": fill(order=order(symbol=None)),
    "a status that is a number": update("new", order=order(status=1)),
}


@pytest.mark.parametrize("what", ODD)
def test_nonsense_is_counted_and_nothing_else(what: str) -> None:
    updates = feed()

    assert hear(updates, ODD[what]) == []
    assert (updates.oddities, updates.outbox) == (1, [])


@pytest.mark.parametrize("frame", [b"", b"{", b"not json", b"\xff\xfe\x00", b'{"stream":"\xff","data":{}}'])
def test_what_is_no_json_is_counted(frame: bytes) -> None:
    updates = feed()

    assert list(updates.decode(frame, SEEN)) == []
    assert updates.oddities == 1


def test_a_frame_cut_at_any_byte_is_counted() -> None:
    whole = json.dumps(fill()).encode()
    for end in range(len(whole)):
        updates = feed()
        assert list(updates.decode(whole[:end], SEEN)) == []
        assert updates.oddities == 1


@pytest.mark.parametrize("stream", ["trade_updates", "authorization", "listening", "other"])
def test_nesting_beyond_the_stack_is_counted(stream: str) -> None:
    updates = feed()
    deep = b'{"stream":"%b","data":{"zz":%b}}' % (stream.encode(), b"[" * 100_000 + b"]" * 100_000)

    assert list(updates.decode(deep, SEEN)) == []
    assert updates.oddities == 1


# ---- fuzz ------------------------------------------------------------------------------------------------------

FRAMES = [fill(), update("new"), {"stream": "authorization", "data": {"status": "authorized"}},
          {"stream": "listening", "data": {"streams": ["trade_updates"]}}]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def sane(events: list[Event]) -> bool:
    fills = [event for event in events if isinstance(event, Fill)]
    return all(each.shares > 0 and each.price > 0 and each.shares.is_finite() and each.execution for each in fills)


@calm
@given(data=st.data())
def test_any_value_in_any_place_gives_an_event_or_a_count(data: st.DataObject) -> None:
    frame = copy.deepcopy(data.draw(st.sampled_from(FRAMES)))
    place: dict[str, Any] = frame
    while isinstance(place.get("data", place.get("order")), dict) and data.draw(st.booleans()):
        place = place.get("data") or place["order"]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(VALUES)
    updates = feed()
    events = hear(updates, frame)

    assert sane(events)
    assert len(events) + updates.oddities + len(updates.outbox) == 1


@calm
@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_counted(frame: bytes) -> None:
    updates = feed()

    assert list(updates.decode(frame, SEEN)) == []
    assert updates.oddities == 1


@calm
@given(st.data())
def test_any_flipped_byte_gives_a_sane_event_or_a_count(data: st.DataObject) -> None:
    frame = bytearray(json.dumps(fill()).encode())
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    updates = feed()
    events = list(updates.decode(bytes(frame), SEEN))

    assert sane(events)
    assert len(events) + updates.oddities == 1
