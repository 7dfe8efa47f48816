"""Market data as bytes: compared with documented frames and read back by an independent msgpack library."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgpack
import pytest

from hftd.core.events import Band, Bar, Bust, Correction, Quote, Status, Trade
from hftd.venues.sim.wire import JsonCodec, MsgpackCodec, channel, message

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "vectors" / "alpaca_ws_frames.jsonl"


def at(text: str, fraction: int = 0) -> int:
    """A UTC moment in ns."""
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) * 1_000_000_000 + fraction


NS = at("2021-02-22T15:51:44", 208_000_000)

TRADE = Trade("AAPL", 126.55, 1, NS, 7, ("@", "I"), "D", "C", 96921)
QUOTE = Quote("AMD", 87.66, 1, 87.68, 4, at("2021-02-22T15:51:45", 335_689_322), 7, ("R",), "U", "Q", "C")


def as_json(event: Any) -> Any:
    codec = JsonCodec()
    return json.loads(codec.encode([message(event, codec.stamp)]))[0]


def as_msgpack(event: Any) -> Any:
    codec = MsgpackCodec()
    return msgpack.unpackb(codec.encode([message(event, codec.stamp)]))[0]


@pytest.mark.data
@pytest.mark.skipif(
    not VECTORS.exists() and os.environ.get("CI") != "true", reason=f"needs the market data folder: no {VECTORS.name}"
)
@pytest.mark.parametrize(
    ("event", "tag"),
    [
        (TRADE, "t"),
        (QUOTE, "q"),
        (Bar("SPY", 388.985, 389.13, 388.975, 389.12, 49378, at("2021-02-22T19:15:00"), 7, "minute", 461, 389.062639),
         "b"),
        (Correction("EEM", 52983525033527, 39.1582, 440000, 52983525034326, 39.1809, 440000,
                    at("2023-04-06T14:25:06", 542_305_024), 7), "c"),
        (Bust("GOOGL", 465, 105.31, 300, "C", at("2023-04-06T13:15:42", 835_409_580), 7), "x"),
        (Band("IONM", 2.65, 3.24, "B", at("2023-04-06T13:34:45", 565_004_401), 7), "l"),
        (Status("AAPL", True, "H", "T12", at("2021-02-22T19:15:00"), 7, "Trading Halt"), "s"),
    ],
)  # fmt: skip
def test_messages_say_what_documented_ones_say(event, tag):
    frames = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    documented = [json.loads(each["raw"]) for each in frames if each["dir"] == "element"]
    wanted = next(each for each in documented if each["T"] == tag and each["S"] == event.symbol)
    # Our events do not carry the venue or tape of statuses, corrections and busts, nor a reason's long text.
    unknown = {"x", "z", "oc", "cc", "rm"} if tag in "cxls" else set()
    made = as_json(event)
    assert {key: made[key] for key in wanted if key not in unknown} == {
        key: value for key, value in wanted.items() if key not in unknown
    }


def test_the_type_comes_first():
    codec = JsonCodec()
    for event in (TRADE, QUOTE):
        assert codec.encode([message(event, codec.stamp)]).startswith(b'[{"T":"')
    assert next(iter(as_msgpack(TRADE))) == "T"


def test_msgpack_times_are_timestamps_to_the_nanosecond():
    assert as_msgpack(QUOTE)["t"].to_unix_nano() == at("2021-02-22T15:51:45", 335_689_322)
    assert as_msgpack(TRADE)["t"].to_unix_nano() == NS


@pytest.mark.parametrize(("ns", "size"), [(5_000_000_000, 6), (5_000_000_001, 10)])
def test_msgpack_times_take_the_short_form_for_whole_seconds(ns, size):
    codec = MsgpackCodec()
    made = codec.encode(codec.stamp(ns))
    assert len(made) == size
    assert made == msgpack.packb(msgpack.Timestamp.from_unix_nano(ns))


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "1970-01-01T00:00:00Z"), (NS, "2021-02-22T15:51:44.208Z"), (NS + 1, "2021-02-22T15:51:44.208000001Z")],
)
def test_json_times_trim_trailing_zeros(ns, text):
    codec = JsonCodec()
    assert [codec.stamp(ns), codec.stamp(ns)] == [text, text]


def test_every_event_has_its_channel():
    def bar(span: Any) -> Bar:
        return Bar("A", 1, 1, 1, 1, 1, 0, 0, span)

    events = (TRADE, QUOTE, bar("minute"), bar("day"), bar("updated"), Band("A", 1, 2, "B", 0, 0))
    assert [channel(each) for each in events] == ["trades", "quotes", "bars", "dailyBars", "updatedBars", "lulds"]


def test_frames_of_the_client_are_read_as_text_and_as_bytes():
    said = {"action": "auth", "key": "k"}
    assert JsonCodec().decode(json.dumps(said)) == said
    assert MsgpackCodec().decode(msgpack.packb(said)) == said
