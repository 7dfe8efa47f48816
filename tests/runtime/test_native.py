"""The compiled steps beside their twins in Python: whatever goes in, the same comes out, or it is left to the twin."""

import json
import struct
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zlib import crc32

import msgpack
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.events import Event, Quote, Trade
from hftd.core.stretch import Unheeded
from hftd.plugin.keys import Keys
from hftd.runtime.past import record
from hftd.runtime.wire import framing
from hftd.venues.alpaca.market_data import MarketData

if native.wire is None:
    pytest.skip("hftd was installed without a compiler", allow_module_level=True)

calm = settings(deadline=None)  # a busy machine is no fault of the code
often = settings(deadline=None, max_examples=500)
WIRE: Any = native.wire
SEEN = 1_800_000_000_000_000_000

TRADE: dict[str, Any] = {
    "T": "t", "S": "SPY", "i": 52983625699126, "x": "P", "p": 562.17, "s": 35, "t": "2026-11-20T15:00:00.123456789Z",
    "c": ["@", "I"], "z": "B",
}  # fmt: skip
QUOTE: dict[str, Any] = {
    "T": "q", "S": "SPY", "bx": "K", "bp": 562.1, "bs": 2, "ax": "P", "ap": 562.2, "as": 3,
    "t": "2026-11-20T15:00:00Z", "c": ["R"], "z": "B",
}  # fmt: skip


def compact(value: Any) -> bytes:
    """JSON as the venue writes it: no spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def ticks(frame: bytes, seen: int = SEEN) -> list[Event] | None:
    return WIRE.ticks(frame, seen, Trade, Quote)


@pytest.fixture(scope="module")
def plain() -> MarketData:
    """The feed without the compiled reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "wire", None)
        return MarketData("wss://stream.example/v2/iex", Keys("KEY", "SECRET"), "json")


def agrees(plain: MarketData, frame: bytes, seen: int = SEEN) -> list[Event] | None:
    """What the compiled reader made of a frame, which is what msgspec makes of it, if it made anything."""
    found, odd = ticks(frame, seen), plain.oddities
    if found is not None:
        assert found == list(plain.decode(frame, seen))
        assert plain.oddities == odd
        assert [list(map(type, event.__rich_repr__())) for event in found] == [
            list(map(type, event.__rich_repr__())) for event in plain.decode(frame, seen)
        ]
    return found


# ---- trades and quotes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [SEEN, 0])
def test_what_the_venue_sends_every_day_is_read(plain: MarketData, seen: int) -> None:
    frame = compact([TRADE, QUOTE, {**TRADE, "c": [], "S": "BRK.B"}])

    assert len(agrees(plain, frame, seen) or ()) == 3


@pytest.mark.parametrize("key", ["i", "x", "c", "z"])
def test_a_trade_may_lack_what_it_may_lack(plain: MarketData, key: str) -> None:
    assert agrees(plain, compact([{name: value for name, value in TRADE.items() if name != key}]))


LEFT: dict[str, bytes] = {
    "nothing": b"",
    "no array": compact(TRADE),
    "an empty array": b"[]",
    "an array that goes on": compact([TRADE])[:-1] + b",]",
    "two arrays": compact([TRADE]) * 2,
    "spaces": json.dumps([TRADE]).encode(),
    "a bar": compact([{**TRADE, "T": "b"}]),
    "an unknown key": compact([{**TRADE, "r": 1}]),
    "a key twice": compact([TRADE])[:-2] + b',"s":1}]',
    "a key of a quote": compact([{**TRADE, "bp": 1.0}]),
    "an escape": compact([{**TRADE, "x": "\n"}]),
    "a letter beyond ASCII": json.dumps([{**TRADE, "x": "é"}], separators=(",", ":"), ensure_ascii=False).encode(),
    "a size with a point": compact([{**TRADE, "s": 35.0}]),
    "a size of nobody": compact([{**TRADE, "s": 0}]),
    "a size beyond 53 bits": compact([{**TRADE, "s": 2**53}]),
    "a size with a zero before it": compact([TRADE]).replace(b'"s":35', b'"s":035'),
    "an id of 19 digits": compact([{**TRADE, "i": 10**18}]),
    "a price with an exponent": compact([TRADE]).replace(b"562.17", b"56217e-2"),
    "a price of 16 digits": compact([TRADE]).replace(b"562.17", b"562.1700000000001"),
    "a price below zero": compact([{**TRADE, "p": -1}]),
    "a price that ends in its point": compact([TRADE]).replace(b"562.17", b"562."),
    "a price beyond any share": compact([{**TRADE, "p": 10000000}]),
    "a price of zero": compact([{**TRADE, "p": 0}]),
    "no price": compact([{key: value for key, value in TRADE.items() if key != "p"}]),
    "nine conditions": compact([{**TRADE, "c": ["@"] * 9}]),
    "no conditions at all": compact([{**TRADE, "c": None}]),
    "a symbol of nothing": compact([{**TRADE, "S": ""}]),
    "an endless symbol": compact([{**TRADE, "S": "S" * 33}]),
    "a crossed quote": compact([{**QUOTE, "bp": 562.3}]),
    "a leap second": compact([{**TRADE, "t": "2016-12-31T23:59:60Z"}]),
    "the 29th of February of a common year": compact([{**TRADE, "t": "2100-02-29T00:00:00Z"}]),
    "ten decimals": compact([{**TRADE, "t": "2026-11-20T15:00:00.1234567891Z"}]),
    "a point without decimals": compact([{**TRADE, "t": "2026-11-20T15:00:00.Z"}]),
    "a year beyond 64 bits": compact([{**TRADE, "t": "2262-01-01T00:00:00Z"}]),
    "a year before 1970": compact([{**TRADE, "t": "1969-12-31T23:59:59Z"}]),
}


@pytest.mark.parametrize("what", LEFT)
def test_anything_else_is_left_to_msgspec(what: str) -> None:
    assert ticks(LEFT[what]) is None


def test_a_frame_cut_anywhere_is_left() -> None:
    whole = compact([TRADE, QUOTE])

    assert [ticks(whole[:end]) for end in range(len(whole))] == [None] * len(whole)


DIGITS = st.text("0123456789", min_size=1, max_size=17)
STAMPS = st.builds(
    lambda moment, decimals: f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if decimals else ''}{decimals}Z",
    st.datetimes(datetime(1900, 1, 1), datetime(2300, 1, 1)), st.text("0123456789", max_size=9),
)  # fmt: skip


@often
@given(whole=DIGITS, decimals=DIGITS, point=st.booleans())
def test_every_price_is_the_double_python_reads(plain: MarketData, whole: str, decimals: str, point: bool) -> None:
    text = f"{whole}.{decimals}" if point else whole
    found = agrees(plain, compact([TRADE]).replace(b"562.17", text.encode()))

    short = len(text) - point <= 15 and (whole == "0" or whole[0] != "0")
    assert (found is not None) == (short and 0 < Decimal(text) < 10**7)
    if found:
        assert isinstance(found[0], Trade)
        assert struct.pack("d", found[0].price) == struct.pack("d", float(text))


@often
@given(stamp=STAMPS)
@example(stamp="2000-02-29T00:00:00Z")
@example(stamp="2261-12-31T23:59:59.999999999Z")
def test_every_time_is_the_nanosecond_msgspec_s_path_reads(plain: MarketData, stamp: str) -> None:
    found = agrees(plain, compact([{**TRADE, "t": stamp}]))

    assert (found is not None) == ("1970" <= stamp[:4] <= "2261")


@often
@given(data=st.data())
def test_any_bytes_changed_are_read_alike_or_left(plain: MarketData, data: st.DataObject) -> None:
    frame = bytearray(compact(data.draw(st.lists(st.sampled_from([TRADE, QUOTE]), min_size=1, max_size=3))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(frame) - 1))
        frame[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b'"', b"0", b"9", b".", b",", b"}", b"]", b"[", b"\0", b"T", b""]) | st.binary(max_size=2)
        )

    agrees(plain, bytes(frame))


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**63), st.floats(), st.text(max_size=5), STAMPS,
    st.lists(st.text("@TI", max_size=2), max_size=9),
)  # fmt: skip


@often
@given(data=st.data())
def test_any_value_in_any_field_is_read_alike_or_left(plain: MarketData, data: st.DataObject) -> None:
    message = dict(data.draw(st.sampled_from([TRADE, QUOTE])))
    key = data.draw(st.sampled_from(sorted(message)))
    order = data.draw(st.permutations(sorted(message)))
    message[key] = data.draw(VALUES)

    agrees(plain, compact([{name: message[name] for name in order}, TRADE]))


# ---- many frames, and prints nobody heeds ----------------------------------------------------------------------

SPOKEN = st.builds(
    lambda message, symbol, second: {**message, "S": symbol, "t": f"2026-11-20T15:00:{second:02}Z"},
    st.sampled_from([TRADE, QUOTE]), st.sampled_from(["SPY", "QQQ", "A", "BRK.B"]), st.integers(0, 59),
)  # fmt: skip
FRAMES = st.lists(
    st.lists(SPOKEN, min_size=1, max_size=6).map(compact) | st.sampled_from([LEFT["a bar"], LEFT["a size of nobody"]]),
    max_size=5,
)


def told_apart(events: list[Event], heeded: dict[str, object]) -> list[Event]:
    """The same events, but for prints of other symbols: how many there were in a row, and when the last was seen."""
    told: list[Event] = []
    for event in events:
        if not isinstance(event, Trade) or event.symbol in heeded:
            told.append(event)
        elif told and isinstance(told[-1], Unheeded):
            told[-1] = Unheeded(told[-1].count + 1, max(told[-1].seen, event.seen))
        else:
            told.append(Unheeded(1, event.seen))
    return told


@often
@given(frames=FRAMES, heeded=st.sets(st.sampled_from(["SPY", "QQQ", "A", "BRK.B"])), seen=st.sampled_from([SEEN, 0]))
def test_many_frames_are_read_as_one_after_the_other(frames: list[bytes], heeded: set[str], seen: int) -> None:
    """Up to the first that is left to msgspec; where nobody heeds a symbol, its prints are counted."""
    lines: dict[str, object] = dict.fromkeys(heeded)
    events: list[Event] = []
    ends: list[int] = []
    for frame in frames:
        found = ticks(frame, seen)
        if found is None:
            break
        events += told_apart(found, lines)
        ends.append(len(events))

    assert WIRE.stretch(Trade, Quote, Unheeded, frames, seen, lines) == (events, ends)


@pytest.mark.parametrize("few", [0, 1, 15, 16, 17, 400])
def test_however_many_are_heeded_none_of_them_is_lost(few: int) -> None:
    """Of 2,000 symbols, some share whatever a few are told apart by."""
    names = [f"S{number}" for number in range(2_000)]
    lines: dict[str, object] = dict.fromkeys(names[:: 2_000 // few][:few] if few else ())
    frames = [compact([{**TRADE, "S": name} for name in names[at : at + 50]]) for at in range(0, 2_000, 50)]
    events, ends = WIRE.stretch(Trade, Quote, Unheeded, frames, SEEN, lines)

    assert [event.symbol for event in events if isinstance(event, Trade)] == list(lines)
    assert sum(event.count for event in events if isinstance(event, Unheeded)) == 2_000 - few
    assert len(ends) == len(frames)


def test_a_frame_that_turns_out_to_be_unusual_leaves_nothing_behind() -> None:
    """What it had before that is msgspec's too; of a print that was counted, nothing is left either."""
    odd = compact([TRADE, {**TRADE, "S": "QQQ"}, {**TRADE, "s": 0}])
    frames = [compact([TRADE]), odd, compact([TRADE])]

    assert [len(part) for part in WIRE.stretch(Trade, Quote, Unheeded, frames, SEEN, {"SPY": None})] == [1, 1]
    frames[1] = compact([{**TRADE, "S": "QQQ"}])
    assert WIRE.stretch(Trade, Quote, Unheeded, frames, SEEN, {"SPY": None})[0][1] == Unheeded(1, SEEN)


def test_classes_that_refuse_are_heard_in_the_midst_of_frames() -> None:
    frames = [compact([TRADE])] * 2
    for classes in ((lambda *_: 1 / 0, Quote, Unheeded), (Trade, Quote, lambda *_: 1 / 0)):
        with pytest.raises(ZeroDivisionError):
            WIRE.stretch(*classes, frames, SEEN, {"SPY": None} if classes[0] is not Trade else {})


def test_far_more_symbols_than_are_kept_are_read_alike() -> None:
    """Names and letters that came before are kept, each until another takes its place."""
    names = [f"{letter}{number}" for letter in "ABCDEFGHIJ" for number in range(1_000)]
    for name in [*names, *reversed(names)]:
        found = ticks(compact([{**TRADE, "S": name, "c": [name[:1], name[1:]]}])) or []

        assert [(trade.symbol, trade.conditions) for trade in found] == [(name, (name[:1], name[1:]))]


# ---- messages out of a buffer ----------------------------------------------------------------------------------

PIECES = st.one_of(
    st.binary(max_size=12),
    st.tuples(st.sampled_from([0x81, 0x82, 0x01, 0x89]), st.sampled_from([0, 1, 3, 125, 126, 127, 0x83]),
              st.binary(max_size=140)).map(lambda parts: bytes(parts[:2]) + parts[2]),
    st.binary(max_size=125).map(lambda data: bytes((0x81, len(data))) + data),
    st.sampled_from([0, 1, 126, 700]).map(lambda length: b"\x82\x7e" + length.to_bytes(2, "big") + bytes(length)),
)  # fmt: skip


@often
@given(st.lists(PIECES, max_size=5).map(b"".join), st.integers(0, 10))
def test_any_buffer_is_split_alike(buffer: bytes, at: int) -> None:
    at = min(at, len(buffer))

    assert WIRE.split(buffer, at) == framing.split_in_python(buffer, at)


@pytest.mark.parametrize("given_", [(b"abc", 4), (b"abc", -1), (b"abc", 2**70)])
def test_a_place_outside_is_refused(given_: tuple[bytes, int]) -> None:
    with pytest.raises((ValueError, OverflowError)):
        WIRE.split(*given_)


@pytest.mark.parametrize("name", ["split", "ticks", "stretch", "add_frames", "append"])
@pytest.mark.parametrize(
    "given_",
    [
        (), (b"",), ("", 0), (1, 2, 3, 4), (b"", 0, "", 0, ""), (bytearray(), 1, 2, 3, 4), (bytearray(), ""),
        (bytearray(), 1, "", 3, [""]), ([], 0, Trade, Quote, Unheeded, ()), ([], "", Trade, Quote, Unheeded, {}),
    ],
)  # fmt: skip
def test_what_it_does_not_take_is_a_type_error(name: str, given_: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError)):
        getattr(native.wire, name)(*given_)


def test_classes_that_refuse_are_heard() -> None:
    with pytest.raises(ZeroDivisionError):
        WIRE.ticks(compact([TRADE]), SEEN, lambda *_: 1 / 0, Quote)


# ---- records ---------------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32])
FEEDS = st.text(max_size=8) | st.sampled_from(["a" * 31, "a" * 32, "é" * 128, "a" * 300, "a" * 70_000])
DATA = st.binary(max_size=40) | st.sampled_from([255, 256, 65_535, 65_536]).map(bytes)


@calm
@given(st.integers(0, 2**64 - 4), FEEDS, NUMBERS, st.lists(DATA, max_size=3), st.binary(max_size=5))
def test_the_records_of_frames_are_the_twin_s_and_the_msgpack_package_s(
    number: int, feed: str, seen: int, frames: list[bytes], before: bytes
) -> None:
    compiled, plain = bytearray(before), bytearray(before)
    WIRE.add_frames(compiled, number, feed, seen, frames)
    record.add_frames_in_python(plain, number, feed, seen, frames)
    bodies = [msgpack.packb([number + place, "frame", [feed, seen, data]]) for place, data in enumerate(frames)]

    assert compiled == plain
    assert compiled == before + b"".join(struct.pack("<II", len(body), crc32(body)) + body for body in bodies)


@calm
@given(st.binary(max_size=300) | st.just(bytes(70_000)), st.binary(max_size=5))
def test_a_record_of_any_body_is_the_twin_s(body: bytes, before: bytes) -> None:
    compiled, plain = bytearray(before), bytearray(before)
    WIRE.append(compiled, body)
    record.append_in_python(plain, body)

    assert compiled == plain == before + struct.pack("<II", len(body), crc32(body)) + body


@pytest.mark.parametrize(("number", "seen"), [(-1, 0), (0, -1), (2**64, 0), (0, 2**64)])
def test_a_number_of_another_size_is_refused_and_nothing_is_added(number: int, seen: int) -> None:
    buffer = bytearray(b"before")
    with pytest.raises(OverflowError):
        WIRE.add_frames(buffer, number, "feed", seen, [b"data"])

    assert buffer == b"before"


def test_a_buffer_that_is_being_looked_at_is_not_moved() -> None:
    """Python forbids it, and nothing is added then."""
    buffer = bytearray(b"before")
    add_frames = partial(WIRE.add_frames, buffer, 1, "feed", 1, [b"x" * 100])
    with memoryview(buffer):
        for add in (lambda: WIRE.append(buffer, b"x" * 100), add_frames):
            with pytest.raises(BufferError):
                add()

    assert buffer == b"before"
