"""Market data as Alpaca's stream writes it: JSON text or msgpack, ``T`` first (its sections 2 and 5)."""

import struct
import time
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.msgpack import Ext

from hftd.core.events import Band, Bar, Bust, Correction, Event, Quote, Status, Trade

SECOND = 1_000_000_000
TIMESTAMP = -1
BAR_TAG = {"minute": "b", "day": "d", "updated": "u"}
BAR_CHANNEL = {"minute": "bars", "day": "dailyBars", "updated": "updatedBars"}
CHANNEL: dict[type[Event], str] = {
    Trade: "trades",
    Quote: "quotes",
    Status: "statuses",
    Band: "lulds",
    Correction: "corrections",
    Bust: "cancelErrors",
}

Market = Trade | Quote | Bar | Status | Band | Correction | Bust
Stamp = Callable[[int], Any]


class TradeMessage(Struct, tag_field="T", tag="t", gc=False):
    """A print."""

    i: int
    S: str
    x: str
    p: float
    s: int
    t: Any
    c: tuple[str, ...]
    z: str


class QuoteMessage(Struct, tag_field="T", tag="q", gc=False):
    """A best bid and offer."""

    S: str
    bx: str
    bp: float
    bs: int
    ax: str
    ap: float
    as_: int = msgspec.field(name="as")
    c: tuple[str, ...] = ()
    z: str = ""
    t: Any = None


class Codec(Protocol):
    """How one session writes and reads."""

    name: str
    binary: bool

    def stamp(self, ns: int) -> Any:
        """A time as this encoding carries it."""

    def encode(self, messages: Any) -> bytes:
        """One frame."""

    def decode(self, frame: bytes | str) -> Any:
        """What a client sent. Raises ``msgspec.DecodeError``."""


class JsonCodec:
    """JSON text frames; times as RFC 3339 with up to nine digits, trailing zeros trimmed."""

    name = "json"
    binary = False

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._second = -1
        self._text = ""

    def stamp(self, ns: int) -> str:
        """``2021-02-22T15:51:44.208Z``."""
        second, rest = divmod(ns, SECOND)
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._text}.{rest:09d}".rstrip("0") + "Z" if rest else self._text + "Z"

    def encode(self, messages: Any) -> bytes:
        """One text frame's bytes."""
        return self._encode(messages)

    def decode(self, frame: bytes | str) -> Any:
        """What a client sent. Raises ``msgspec.DecodeError``."""
        return msgspec.json.decode(frame)


class MsgpackCodec:
    """Binary msgpack frames; times as the Timestamp extension."""

    name = "msgpack"
    binary = True

    def __init__(self) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._short = struct.Struct(">I")
        self._long = struct.Struct(">Q")

    def stamp(self, ns: int) -> Ext:
        """The 4-byte form for whole seconds, else the 8-byte form: 30 bits of ns, 34 bits of seconds."""
        second, rest = divmod(ns, SECOND)
        return Ext(TIMESTAMP, self._long.pack(rest << 34 | second) if rest else self._short.pack(second))

    def encode(self, messages: Any) -> bytes:
        """One binary frame."""
        return self._encode(messages)

    def decode(self, frame: bytes | str) -> Any:
        """What a client sent. Raises ``msgspec.DecodeError``."""
        return msgspec.msgpack.decode(frame.encode() if isinstance(frame, str) else frame)


def channel(event: Market) -> str:
    """The channel an event belongs to."""
    return BAR_CHANNEL[event.span] if isinstance(event, Bar) else CHANNEL[type(event)]


def message(event: Market, stamp: Stamp) -> Any:
    """The message of one market-data event."""
    match event:
        case Trade(symbol, price, size, ts, _, conditions, exchange, tape, number):
            return TradeMessage(number, symbol, exchange, price, size, stamp(ts), conditions, tape)
        case Quote():
            return QuoteMessage(
                event.symbol, event.bid_exchange, event.bid, event.bid_size, event.ask_exchange, event.ask,
                event.ask_size, event.conditions, event.tape, stamp(event.ts),
            )  # fmt: skip
        case Bar():
            return {"T": BAR_TAG[event.span], "S": event.symbol, **bar_fields(event, stamp)}
        case Status():
            return {"T": "s", "S": event.symbol, "sc": event.code, "sm": event.text, "rc": event.reason, "rm": "",
                    "t": stamp(event.ts), "z": _plan(event.code)}  # fmt: skip
        case Band():
            return {"T": "l", "S": event.symbol, "u": event.upper, "d": event.lower, "i": event.indicator,
                    "t": stamp(event.ts), "z": ""}  # fmt: skip
        case Correction():
            return {"T": "c", "S": event.symbol, "x": "D", "oi": event.old_id, "op": event.old_price,
                    "os": event.old_size, "oc": [], "ci": event.new_id, "cp": event.new_price, "cs": event.new_size,
                    "cc": [], "z": "", "t": stamp(event.ts)}  # fmt: skip
        case Bust():
            return {"T": "x", "S": event.symbol, "i": event.id, "x": "D", "p": event.price, "s": event.size,
                    "a": event.action, "z": "", "t": stamp(event.ts)}  # fmt: skip


def _plan(code: str) -> str:
    """The tape a status code belongs to: H, P, Q and T are said on C and O, all others on A and B (section 5)."""
    return "C" if code in ("H", "P", "Q", "T") else "A"


def bar_fields(bar: Bar, stamp: Stamp) -> dict[str, Any]:
    """A bar's figures under their one-letter names."""
    return {
        "o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": bar.volume, "t": stamp(bar.ts),
        "n": bar.trades, "vw": bar.vwap,
    }  # fmt: skip
