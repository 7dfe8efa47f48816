"""Alpaca's market-data feed: documented and captured frames, the login, and frames that make no sense."""

import copy
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.events import Band, Bar, Bust, Correction, Declined, Event, FeedDown, FeedUp, Quote, Status, Trade
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Wanted
from hftd.venues.alpaca.market_data import MarketData

SEEN = 1_800_000_000_000_000_000
ENCODINGS = ("json", "msgpack")
DATA = Path(__file__).parents[2].parent / "shared" / "data"
calm = settings(deadline=None)  # a busy machine is no fault of the code
both = pytest.mark.parametrize("encoding", ENCODINGS)


@pytest.fixture(autouse=True, scope="module", params=["python", "compiled"] if native.wire else ["python"])
def twin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test with and without the compiled reader of trades and quotes."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "python":
            patch.setattr(native, "wire", None)
        yield


def feed(encoding: str = "json", wanted: Wanted | None = None) -> MarketData:
    made = MarketData("wss://stream.example/v2/iex", Keys("KEY", "SECRET"), encoding)
    made.wanted = wanted or Wanted(trades=("SPY",))
    made.opened()
    return made


def ns(second: str, nanoseconds: int = 0) -> int:
    """``second`` of UTC, and so many nanoseconds of it."""
    return int(datetime.fromisoformat(second).replace(tzinfo=UTC).timestamp()) * 10**9 + nanoseconds


def packed(value: Any) -> bytes:
    """The same message as msgpack, made by the msgpack package: every ``t`` a Timestamp."""

    def stamped(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: stamp(each) if key == "t" else stamped(each) for key, each in part.items()}
        return [stamped(each) for each in part] if isinstance(part, list) else part

    return bytes(msgpack.packb(stamped(value)))


def stamp(text: Any) -> Any:
    if not isinstance(text, str) or not text.endswith("Z"):
        return text
    second, _, decimals = text[:-1].partition(".")
    return msgpack.Timestamp(ns(second) // 10**9, int(decimals.ljust(9, "0")))


def encoded(value: Any, encoding: str) -> bytes:
    return packed(value) if encoding == "msgpack" else json.dumps(value).encode()


def trade(**other: Any) -> dict[str, Any]:
    whole = {"T": "t", "S": "SPY", "i": 7, "x": "P", "p": 562.17, "s": 35, "c": ["@"], "z": "B"}
    return {**whole, "t": "2026-11-20T15:00:00.000000001Z", **other}


def quote(**other: Any) -> dict[str, Any]:
    whole = {"T": "q", "S": "SPY", "bx": "K", "bp": 562.1, "bs": 2, "ax": "P", "ap": 562.2, "as": 3, "c": ["R"]}
    return {**whole, "z": "B", "t": "2026-11-20T15:00:00Z", **other}


def bar(**other: Any) -> dict[str, Any]:
    whole = {"T": "b", "S": "SPY", "o": 10.0, "h": 12.0, "l": 9.0, "c": 11.0, "v": 100, "n": 3, "vw": 10.5}
    return {**whole, "t": "2026-11-20T15:00:00Z", **other}


TRADE = Trade("SPY", 562.17, 35, ns("2026-11-20T15:00:00", 1), SEEN, ("@",), "P", "B", 7)


# ---- what the documentation and a capture show -----------------------------------------------------------------

SOME = Wanted(statuses=("AAPL",))
# By line of the file, written by hand from the frames themselves and the fields' documentation.
GOLDEN: dict[int, list[Event]] = {
    0: [],
    1: [],
    2: [FeedUp("market data", SEEN)],
    3: [FeedDown("market data", "the venue says 400 invalid syntax", SEEN)],
    4: [
        Trade("SPY", 779.87, 4, ns("2026-10-06T22:36:01", 216274112), SEEN, (" ", "F", "T", "I"), "P", "B",
              52983625699126),
        Quote("SPY", 779.8, 480, 779.87, 1000, ns("2026-10-06T22:35:56", 179976636), SEEN, ("R",), "K", "P", "B"),
        Quote("SPY", 779.81, 280, 779.87, 1000, ns("2026-10-06T22:35:56", 180096716), SEEN, ("R",), "M", "P", "B"),
    ],
    6: [FeedUp("market data", SEEN)],
    7: [Quote("AMD", 91.95, 2, 91.98, 1, ns("2023-04-06T11:54:21", 670905508), SEEN, ("R",), "K", "Q", "C")],
    8: [
        Trade("AAPL", 162.92, 3, ns("2023-04-06T11:54:26", 838232225), SEEN, ("@", "F", "T", "I"), "K", "C", 628),
        Trade("AAPL", 162.92, 3, ns("2023-04-06T11:54:26", 838562809), SEEN, ("@", "F", "T", "I"), "Z", "C", 75),
        Trade("AAPL", 162.91, 71, ns("2023-04-06T11:54:26", 839159730), SEEN, ("@", "F", "T", "I"), "P", "C", 1465),
    ],
    9: [Quote("AMD", 91.9, 1, 91.98, 1, ns("2023-04-06T11:54:27", 924933876), SEEN, ("R",), "P", "Q", "C")],
    10: [Trade("AAPL", 126.55, 1, ns("2021-02-22T15:51:44", 208000000), SEEN, ("@", "I"), "D", "C", 96921)],
    11: [Quote("AMD", 87.66, 1, 87.68, 4, ns("2021-02-22T15:51:45", 335689322), SEEN, ("R",), "U", "Q", "C")],
    12: [Bar("SPY", 388.985, 389.13, 388.975, 389.12, 49378, ns("2021-02-22T19:15:00"), SEEN, "minute", 461,
             389.062639)],
    13: [Correction("EEM", 52983525033527, 39.1582, 440000, 52983525034326, 39.1809, 440000,
                    ns("2023-04-06T14:25:06", 542305024), SEEN)],
    14: [Bust("GOOGL", 465, 105.31, 300, "C", ns("2023-04-06T13:15:42", 835409580), SEEN)],
    15: [Band("IONM", 2.65, 3.24, "B", ns("2023-04-06T13:34:45", 565004401), SEEN)],
    16: [Status("AAPL", True, "H", "T12", ns("2021-02-22T19:15:00"), SEEN,
                "Trading Halted; For information requested by NASDAQ")],
    17: [],
}  # fmt: skip


def vectors() -> list[dict[str, str]]:
    """The shared frames; skips where they are absent, except in CI."""
    path = DATA / "vectors" / "alpaca_ws_frames.jsonl"
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{path} is missing")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.data
@both
@pytest.mark.parametrize("line", GOLDEN)
def test_documented_frames_give_the_events_read_off_them_by_hand(line: int, encoding: str) -> None:
    """Each frame, as JSON and as the msgpack package writes it, to the nanosecond."""
    vector = vectors()[line]
    content = json.loads(vector["raw"])
    frame = [content] if vector["dir"] == "element" else content
    market = feed(encoding, SOME)

    assert GOLDEN[line] == list(market.decode(encoded(frame, encoding), SEEN))
    assert market.oddities == 0


@pytest.mark.data
def test_raw_frames_are_read_as_they_stand() -> None:
    """The captured bytes themselves, spaces and all."""
    for line, vector in enumerate(vectors()):
        if line in GOLDEN and vector["dir"] == "server":
            assert GOLDEN[line] == list(feed("json", SOME).decode(vector["raw"].encode(), SEEN))


@pytest.mark.data
def test_we_subscribe_as_the_documentation_does() -> None:
    """The documented request, less the daily bars hftd has no use for."""
    asked = json.loads(vectors()[5]["raw"])
    del asked["dailyBars"]
    market = feed("json", Wanted(trades=("AAPL",), quotes=("AMD", "CLDR"), bars=("*",), statuses=("*",)))
    market.decode(b'[{"T":"success","msg":"authenticated"}]', SEEN)

    assert asked == json.loads(market.outbox[0])


@both
def test_a_status_says_halted_only_where_its_tape_says_so(encoding: str) -> None:
    """Tapes A and B speak in digits, C and O in letters; other codes say nothing of halts."""
    cases = {("A", "2"): True, ("B", "3"): False, ("C", "H"): True, ("C", "P"): True, ("O", "T"): False,
             ("C", "Q"): None, ("C", "HP"): None, ("A", "H"): None, ("C", "2"): None, ("N", "H"): None,
             ("A", ""): None}  # fmt: skip
    frame = [
        {"T": "s", "S": "SPY", "sc": code, "sm": "x", "rc": "", "rm": "", "z": tape, "t": "2026-11-20T15:00:00Z"}
        for tape, code in cases
    ]
    events = feed(encoding).decode(encoded(frame, encoding), SEEN)

    assert list(cases.values()) == [event.halted for event in events if isinstance(event, Status)]


@both
def test_daily_and_updated_bars_are_told_apart(encoding: str) -> None:
    events = feed(encoding).decode(encoded([bar(T="d"), bar(T="u"), bar()], encoding), SEEN)

    assert [event.span for event in events if isinstance(event, Bar)] == ["day", "updated", "minute"]


@both
def test_where_the_venue_keeps_time_an_event_is_seen_when_it_happened(encoding: str) -> None:
    (event,) = feed(encoding).decode(encoded([trade()], encoding), 0)

    assert isinstance(event, Trade)
    assert event.ts == event.seen == TRADE.ts


@both
def test_unknown_keys_nulls_and_one_sided_quotes_are_taken(encoding: str) -> None:
    """The venue adds keys; conditions may be null; a side nobody quotes is price 0, size 0."""
    frame = [trade(r="2026", c=None, zzz={"a": [1]}), quote(bp=0, bs=0, bx=" "), quote(bp=562.2)]
    one, empty, locked = feed(encoding).decode(encoded(frame, encoding), SEEN)

    assert isinstance(one, Trade)
    assert isinstance(empty, Quote)
    assert isinstance(locked, Quote)
    assert one.conditions == ()
    assert (empty.bid, empty.bid_size, empty.ask) == (0.0, 0, 562.2)
    assert locked.bid == locked.ask == 562.2


# ---- the conversation ------------------------------------------------------------------------------------------


def read(message: bytes, encoding: str) -> Any:
    return msgpack.unpackb(message) if encoding == "msgpack" else json.loads(message)


@both
def test_the_login_goes_welcome_auth_subscribe_echo(encoding: str) -> None:
    """Section "Session flow": only after the echo of everything asked for is the stream up."""
    market = feed(encoding, Wanted(trades=("SPY", "QQQ"), quotes=("SPY",), statuses=("SPY",), lulds=("SPY",)))

    def hear(message: dict[str, Any]) -> list[Event]:
        market.outbox.clear()
        return list(market.decode(encoded([message], encoding), SEEN))

    assert market.outbox == []
    assert hear({"T": "success", "msg": "connected"}) == []
    assert [read(each, encoding) for each in market.outbox] == [{"action": "auth", "key": "KEY", "secret": "SECRET"}]
    assert hear({"T": "success", "msg": "authenticated"}) == []
    assert [read(each, encoding) for each in market.outbox] == [
        {"action": "subscribe", "trades": ["SPY", "QQQ"], "quotes": ["SPY"], "statuses": ["SPY"], "lulds": ["SPY"]}
    ]
    echo = {"T": "subscription", "trades": ["QQQ", "SPY"], "quotes": ["SPY"], "bars": []}
    assert hear(echo) == [FeedUp("market data", SEEN)]
    assert (market.outbox, market.oddities, market.binary) == ([], 0, encoding == "msgpack")


@both
def test_the_header_asks_for_the_encoding(encoding: str) -> None:
    assert feed(encoding).endpoint().headers == {"Content-Type": f"application/{encoding}"}
    assert feed(encoding).endpoint().url == "wss://stream.example/v2/iex"


@both
def test_an_echo_that_lacks_something_is_no_subscription(encoding: str) -> None:
    market = feed(encoding, Wanted(trades=("SPY", "QQQ"), bars=("SPY",)))
    events = market.decode(encoded([{"T": "subscription", "trades": ["SPY"]}], encoding), SEEN)

    reason = "the venue does not send trades of QQQ, bars of SPY"
    assert list(events) == [FeedDown("market data", reason, SEEN)]


@both
def test_nothing_wanted_is_up_without_a_subscription(encoding: str) -> None:
    """A subscribe without a channel would be answered with an error."""
    market = feed(encoding, Wanted())
    events = market.decode(encoded([{"T": "success", "msg": "authenticated"}], encoding), SEEN)

    assert (list(events), market.outbox) == ([FeedUp("market data", SEEN)], [])


@both
@pytest.mark.parametrize(
    ("code", "words"),
    [(402, "auth failed"), (406, "connection limit exceeded"),
     (407, "slow client"), (409, "insufficient subscription"), (500, "internal error")],
)  # fmt: skip
def test_an_error_takes_the_feed_down_and_leaves_its_code(encoding: str, code: int, words: str) -> None:
    """Section "Errors"; a new connection forgets the code."""
    market = feed(encoding)
    events = market.decode(encoded([{"T": "error", "code": code, "msg": words}], encoding), SEEN)

    assert list(events) == [FeedDown("market data", f"the venue says {code} {words}", SEEN)]
    assert market.refusal == str(code)
    market.opened()
    assert market.refusal == ""


@both
def test_too_many_symbols_are_counted_for_whoever_has_to_choose(encoding: str) -> None:
    market = feed(encoding)
    market.wanted = Wanted(trades=("A", "B", "C"), quotes=("A", "B"))
    (declined,) = market.decode(encoded([{"T": "error", "code": 405, "msg": "symbol limit exceeded"}], encoding), SEEN)

    words = "the venue says 405 symbol limit exceeded: 3 symbols' trades and 2 symbols' quotes are wanted"
    assert (declined, market.refusal) == (Declined("market data", words, SEEN), "405")
    assert market.wanted == Wanted(trades=("A", "B", "C"), quotes=("A", "B"))


@both
def test_a_welcome_beside_nonsense_is_answered_once(encoding: str) -> None:
    """A bad time is found only after the welcome was heard; the second pass must not log in twice."""
    market = feed(encoding)
    market.decode(encoded([{"T": "success", "msg": "connected"}, trade(t="soon")], encoding), SEEN)

    assert (len(market.outbox), market.oddities) == (1, 1)


# ---- nonsense --------------------------------------------------------------------------------------------------

HUGE = 10**400
ODD: dict[str, dict[str, Any]] = {
    "an unknown type": trade(T="zz"),
    "no type": {key: value for key, value in trade().items() if key != "T"},
    "a type that is no word": trade(T=5),
    "no price": {key: value for key, value in trade().items() if key != "p"},
    "no time": {key: value for key, value in trade().items() if key != "t"},
    "a price that is no number": trade(p=float("nan")),
    "an infinite price": trade(p=float("inf")),
    "an infinite negative price": trade(p=float("-inf")),
    "a negative price": trade(p=-1.0),
    "a price of zero": trade(p=0),
    "a price beyond any share": trade(p=1e7),
    "a price in words": trade(p="562.17"),
    "a price that is a truth": trade(p=True),
    "no price at all": trade(p=None),
    "a trade of no shares": trade(s=0),
    "a negative size": trade(s=-35),
    "half a share": trade(s=0.5),
    "a size in words": trade(s="35"),
    "a size beyond counting": trade(s=2**60),
    "an id beyond 63 bits": trade(i=2**63),
    "a negative id": trade(i=-1),
    "a symbol that is a number": trade(S=5),
    "a symbol that is a list": trade(S=["SPY"]),
    "no symbol": trade(S=None),
    "an empty symbol": trade(S=""),
    "an endless symbol": trade(S="S" * 33),
    "conditions in one word": trade(c="@"),
    "conditions that are numbers": trade(c=[1]),
    "a time in words": trade(t="soon"),
    "an empty time": trade(t=""),
    "a time that is a number": trade(t=1_800_000_000),
    "a time in another zone": trade(t="2026-11-20T15:00:00-05:00"),
    "a day that does not exist": trade(t="2026-02-30T15:00:00,0"),
    "a crossed quote": quote(bp=562.3),
    "a quote of negative price": quote(bp=-1.0),
    "a quote of negative size": quote(bs=-1),
    "a quote of endless price": quote(ap=float("inf")),
    "a quote that is no number": quote(ap=float("nan")),
    "a quote without a size": {key: value for key, value in quote().items() if key != "as"},
    "a bar upside down": bar(h=9.0, l=12.0),
    "a bar opened above its high": bar(o=12.5),
    "a bar closed below its low": bar(c=8.5),
    "a bar of zero": bar(l=0),
    "a bar of negative volume": bar(v=-1),
    "a bar that is no number": bar(c=float("nan")),
    "a bar of endless volume": bar(v=float("inf")),
    "a band upside down": {"T": "l", "S": "SPY", "u": 1.0, "d": 2.0, "i": "B", "z": "B", "t": "2026-11-20T15:00:00Z"},
    "a status without a code": {"T": "s", "S": "SPY", "t": "2026-11-20T15:00:00Z"},
    "an error without a code": {"T": "error", "msg": "?"},
    "an echo of numbers": {"T": "subscription", "trades": [1]},
}


@both
@pytest.mark.parametrize("what", ODD)
def test_nonsense_is_counted_and_the_rest_of_the_frame_counts(what: str, encoding: str) -> None:
    """One message of three makes no sense: it is counted, the two beside it are events."""
    market = feed(encoding)
    frame = encoded([trade(), ODD[what], trade()], encoding)

    assert list(market.decode(frame, SEEN)) == [TRADE, TRADE]
    assert market.oddities == 1


@both
@pytest.mark.parametrize("part", [None, 5, "t", [], [trade()], {}, True, 1.5])
def test_what_is_no_message_is_counted_and_the_rest_counts(part: Any, encoding: str) -> None:
    market = feed(encoding)

    assert list(market.decode(encoded([part, trade()], encoding), SEEN)) == [TRADE]
    assert market.oddities == 1


def test_numbers_python_would_not_print_are_counted() -> None:
    """JSON may hold a size of four hundred digits."""
    market = feed()

    assert list(market.decode(json.dumps([trade(s=HUGE), trade()]).encode(), SEEN)) == [TRADE]
    assert market.oddities == 1


@both
def test_bad_utf_8_costs_its_own_message_only(encoding: str) -> None:
    market = feed(encoding)
    frame = encoded([trade(S="SPX"), trade()], encoding).replace(b"SPX", b"S\xffX")

    assert list(market.decode(frame, SEEN)) == [TRADE]
    assert market.oddities == 1


def test_half_a_character_in_json_costs_its_own_message_only() -> None:
    market = feed()
    frame = encoded([trade(S="SPX"), trade()], "json").replace(b"SPX", rb"\ud800")

    assert list(market.decode(frame, SEEN)) == [TRADE]
    assert market.oddities == 1


BAD_STAMPS: dict[str, tuple[int, bytes]] = {
    "another extension": (5, (1_700_000_000).to_bytes(4, "big")),
    "no bytes": (-1, b""),
    "nanoseconds of more than a second": (-1, ((10**9 << 34) | 1_700_000_000).to_bytes(8, "big")),
    "three bytes": (-1, b"\0\0\0"),
    "before 1970": (-1, (0).to_bytes(4, "big") + (-1).to_bytes(8, "big", signed=True)),
    "the far future": (-1, (0).to_bytes(4, "big") + (2**62).to_bytes(8, "big")),
}


@pytest.mark.parametrize("what", BAD_STAMPS)
def test_a_bad_timestamp_extension_costs_its_own_message_only(what: str) -> None:
    """The msgpack package will not write extension -1 by hand, so its bytes are put in here."""
    code, content = BAD_STAMPS[what]
    ext = b"\xc7" + len(content).to_bytes(1, "big") + code.to_bytes(1, "big", signed=True) + content
    odd = packed(trade(t=None)).replace(b"\xa1t\xc0", b"\xa1t" + ext)
    market = feed("msgpack")

    assert list(market.decode(b"\x92" + odd + packed(trade()), SEEN)) == [TRADE]
    assert market.oddities == 1


@both
@pytest.mark.parametrize("frame", [b"", b"not json", b"\xff\xfe", b"{}", b"5", b"[", b"\xc1", b"\x80", b"[[[", b"nul"])
def test_what_is_no_array_is_counted_once(frame: bytes, encoding: str) -> None:
    market = feed(encoding)

    assert list(market.decode(frame, SEEN)) == []
    assert market.oddities == 1


@both
def test_a_frame_cut_at_any_byte_is_counted_once(encoding: str) -> None:
    whole = encoded([trade(), quote(), bar()], encoding)
    for end in range(len(whole)):
        market = feed(encoding)
        assert list(market.decode(whole[:end], SEEN)) == []
        assert market.oddities == 1


@pytest.mark.parametrize("depth", [900, 5_000, 200_000])
def test_nesting_beyond_the_stack_is_counted(depth: int) -> None:
    """A key hftd does not know may hold anything: it must not bring the process down."""
    market = feed()
    deep = json.dumps(trade(zz=0)).encode().replace(b'"zz": 0', b'"zz": ' + b"[" * depth + b"]" * depth)
    events = list(market.decode(b"[" + deep + b"]", SEEN))

    assert events in ([TRADE], [])
    assert market.oddities == 1 - len(events)


def test_nesting_beyond_the_stack_in_msgpack_is_counted() -> None:
    market = feed("msgpack")
    deep = packed(trade(zz=None)).replace(b"\xa2zz\xc0", b"\xa2zz" + b"\x91" * 5_000 + b"\xc0")

    assert list(market.decode(b"\x91" + deep, SEEN)) == []
    assert market.oddities == 1


# ---- fuzz ------------------------------------------------------------------------------------------------------

WHOLE = [trade(), quote(), bar(), {"T": "subscription", "trades": ["SPY"]}, {"T": "error", "code": 400}]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=5),
    st.lists(st.text(max_size=2), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=2),
)  # fmt: skip
TREES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def sane(events: list[Event]) -> Iterator[bool]:
    """What every event must keep to, however odd the frame was."""
    for event in events:
        match event:
            case Trade():
                yield 0 < event.price < 1e7 and event.size >= 1 and 0 <= event.ts < 2**63 and bool(event.symbol)
            case Quote():
                yield event.bid >= 0 and event.ask >= 0 and (event.ask == 0 or event.bid <= event.ask)
            case Bar():
                yield 0 < event.low <= event.open <= event.high and event.low <= event.close <= event.high
            case _:
                yield isinstance(event, Event)


@both
@calm
@given(data=st.data())
def test_any_value_in_any_field_gives_sane_events_or_a_count(encoding: str, data: st.DataObject) -> None:
    """Every message of the frame is either an event, part of the conversation, or counted."""
    frame = copy.deepcopy(data.draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4)))
    victim = data.draw(st.sampled_from(frame))
    victim[data.draw(st.sampled_from(sorted(victim)))] = data.draw(VALUES)
    market = feed(encoding)
    events = list(market.decode(encoded(frame, encoding), SEEN))

    assert all(sane(events))
    again = max(0, sum(message.get("T") == "subscription" for message in frame) - 1)  # told once a connection
    assert len(events) + market.oddities + again + (victim.get("T") in ("i", "success")) >= len(frame)
    assert market.oddities <= 1 or len(frame) > 1


@both
@calm
@given(data=st.data())
def test_any_flipped_byte_gives_sane_events_or_a_count(encoding: str, data: st.DataObject) -> None:
    frame = bytearray(encoded([trade(), quote(), bar()], encoding))
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))

    assert all(sane(list(feed(encoding).decode(bytes(frame), SEEN))))


@both
@calm
@given(frame=st.binary(max_size=200))
def test_any_bytes_at_all_give_sane_events_or_a_count(encoding: str, frame: bytes) -> None:
    market = feed(encoding)
    events = list(market.decode(frame, SEEN))

    assert all(sane(events))
    assert events or market.oddities or len(frame) < 40


@both
@calm
@given(tree=TREES)
def test_any_tree_of_values_gives_sane_events_or_a_count(encoding: str, tree: Any) -> None:
    market = feed(encoding)
    events = list(market.decode(encoded(tree, encoding), SEEN))

    assert events == []
    assert market.oddities == (len(tree) if isinstance(tree, list) else 1)
