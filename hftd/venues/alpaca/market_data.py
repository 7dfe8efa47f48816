"""Alpaca's stock stream v2, sans I/O: log in, subscribe, turn frames into events.

Written after the vendor's "Real-time Stock Data" pages: a welcome, an answer to the login, an echo of the whole
subscription, then arrays of data messages of any mixture.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import asdict

from hftd import native
from hftd.core.events import Band, Bar, Bust, Correction, Declined, Event, FeedDown, FeedUp, Quote, Status, Trade
from hftd.core.stretch import Tick, Unheeded
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Endpoint, Wanted
from hftd.venues.alpaca import wire
from hftd.venues.alpaca.stamps import ext_ns, text_ns

TOO_MANY = 405  # section "Errors": more symbols than the plan allows; what is subscribed stays as it was

# Section "Status codes": tapes A and B speak in digits, C and O in letters. What is not listed says nothing of halts.
_HALTED = {"A": ("2",), "B": ("2",), "C": ("H", "P"), "O": ("H", "P")}
_TRADING = {"A": "3", "B": "3", "C": "T", "O": "T"}

# What a frame of nonsense makes the decoders raise; a ValueError may also be our own.
_NONSENSE = (msgspec.DecodeError, ValueError, RecursionError)

FIELDS = Wanted.__struct_fields__
_CHANNELS = {"updated_bars": "updatedBars", "daily_bars": "dailyBars"}  # the others are called as we call them
_SPANS: dict[type, Any] = {wire.MinuteBar: "minute", wire.DailyBar: "day", wire.UpdatedBar: "updated"}


Stretch = Callable[[list[bytes], int, Mapping[str, Any]], tuple[list[Tick], list[int]]]


class MarketData:
    """The market-data feed."""

    name = "market data"
    orders = False

    def __init__(self, url: str, keys: Keys, encoding: str, *, keeps_time: bool = False) -> None:
        """``url`` names feed and host; ``encoding`` is json or msgpack."""
        self.keeps_time = keeps_time
        self.wanted = Wanted()
        self.outbox: list[bytes] = []
        self.binary = encoding == "msgpack"
        self.oddities = 0
        self.refusal = ""
        self._asked: list[tuple[bool, Wanted]] = []
        """What was asked for and not answered: whether it is more or less, and of what."""
        self._sent = Wanted()
        """What the venue sends over this connection."""
        self._granted = Wanted()
        """What it last sent of all that was asked for, over this connection or one before."""
        self._told = False
        """Whether this connection was subscribed once: then it is up."""
        self._logged_in = False
        self._url = url
        self._keys = keys
        codec = msgspec.msgpack if self.binary else msgspec.json
        self._encode: Callable[[Any], bytes] = codec.encode
        # Frames of trades and quotes in their usual form; None for all else, which is msgspec's then.
        usual = None if self.binary else native.wire
        self._ticks = None if usual is None else usual.ticks
        self.stretch: Stretch = _unread if usual is None else partial(usual.stretch, Trade, Quote, Unheeded)
        """See ``hftd.plugin.protocols.SwiftFeed``."""
        self._frame = codec.Decoder(list[wire.Wire])
        self._message = codec.Decoder(wire.Wire)
        self._parts: Callable[[bytes], Sequence[Any]] = _msgpack_parts if self.binary else _json_parts
        self._ns: Callable[[Any], int] = ext_ns if self.binary else text_ns
        self._turns: dict[type, Callable[[Any, int], Event | None]] = {
            wire.Trade: self._trade, wire.Quote: self._quote,
            wire.MinuteBar: self._bar, wire.DailyBar: self._bar, wire.UpdatedBar: self._bar,
            wire.Status: self._status, wire.Luld: self._band, wire.Correction: self._correction, wire.Bust: self._bust,
            wire.Success: self._success, wire.Error: self._error, wire.Subscription: self._subscribed,
            wire.Imbalance: lambda message, seen: None,
        }  # fmt: skip

    def endpoint(self) -> Endpoint:
        """The stream's address; the header chooses the encoding."""
        return Endpoint(self._url, {"Content-Type": f"application/{'msgpack' if self.binary else 'json'}"})

    def opened(self) -> None:
        """A new connection: the venue speaks first."""
        self.outbox.clear()
        self._asked.clear()
        self._sent = Wanted()
        self.refusal, self._told, self._logged_in = "", False, False

    def want(self, wanted: Wanted) -> None:
        """Subscribe to these from now on: on a connection that is logged in, by what is new and what is over."""
        before, self.wanted = self.wanted, wanted
        if not self._logged_in or wanted == before:
            return
        self._ask(_less(before, wanted), more=False)
        self._ask(_less(wanted, before), more=True)

    def decode(self, frame: bytes, seen: int) -> Sequence[Event]:
        """One frame's events, in order. What makes no sense is counted, and the rest of the frame still counts."""
        ticks: list[Event] | None = None if self._ticks is None else self._ticks(frame, seen, Trade, Quote)
        if ticks is not None:
            return ticks
        try:
            messages = self._frame.decode(frame)
        except _NONSENSE:
            return self._piecemeal(frame, seen)
        events: list[Event] = []
        turns = self._turns
        for message in messages:
            try:
                event = turns[type(message)](message, seen)
            except _NONSENSE:
                self.oddities += 1
                continue
            if event is not None:
                events.append(event)
        return events

    def _piecemeal(self, frame: bytes, seen: int) -> list[Event]:
        events: list[Event] = []
        try:
            parts = self._parts(frame)
        except _NONSENSE:
            self.oddities += 1
            return events
        for part in parts:
            try:
                message = self._message.decode(part)
                event = self._turns[type(message)](message, seen)
            except _NONSENSE:
                self.oddities += 1
                continue
            if event is not None:
                events.append(event)
        return events

    # ---- data --------------------------------------------------------------------------------------------------

    def _trade(self, m: wire.Trade, seen: int) -> Trade:
        ts = self._ns(m.t)
        return Trade(m.S, m.p, m.s, ts, seen or ts, m.c or (), m.x, m.z, m.i)

    def _quote(self, m: wire.Quote, seen: int) -> Quote:
        if m.bp > m.ap > 0:
            raise ValueError("a crossed quote")
        ts = self._ns(m.t)
        return Quote(m.S, m.bp, m.bs, m.ap, m.as_, ts, seen or ts, m.c or (), m.bx, m.ax, m.z)

    def _bar(self, m: wire.MinuteBar | wire.DailyBar | wire.UpdatedBar, seen: int) -> Bar:
        if not m.l <= min(m.o, m.c) <= max(m.o, m.c) <= m.h:
            raise ValueError("a bar whose open or close lies outside its range")
        ts = self._ns(m.t)
        return Bar(m.S, m.o, m.h, m.l, m.c, m.v, ts, seen or ts, _SPANS[type(m)], m.n or 0, m.vw or 0.0)

    def _status(self, m: wire.Status, seen: int) -> Status:
        halted = None
        if m.sc in _HALTED.get(m.z, ()):
            halted = True
        elif m.sc and m.sc == _TRADING.get(m.z):
            halted = False
        ts = self._ns(m.t)
        return Status(m.S, halted, m.sc, m.rc, ts, seen or ts, m.rm or m.sm)

    def _band(self, m: wire.Luld, seen: int) -> Band:
        if m.d > m.u:
            raise ValueError("a lower limit above the upper one")
        ts = self._ns(m.t)
        return Band(m.S, m.d, m.u, m.i, ts, seen or ts)

    def _correction(self, m: wire.Correction, seen: int) -> Correction:
        ts = self._ns(m.t)
        return Correction(m.S, m.oi, m.op, m.os, m.ci, m.cp, m.cs, ts, seen or ts)

    def _bust(self, m: wire.Bust, seen: int) -> Bust:
        ts = self._ns(m.t)
        return Bust(m.S, m.i, m.p, m.s, m.a, ts, seen or ts)

    # ---- the conversation --------------------------------------------------------------------------------------

    def _success(self, message: wire.Success, seen: int) -> Event | None:
        if message.msg == "connected":
            self._say({"action": "auth", "key": self._keys.key, "secret": self._keys.secret})
        elif message.msg == "authenticated":
            self._logged_in = True
            if self.wanted == Wanted():  # a subscription to nothing is answered with an error
                self._told = True
                return FeedUp(self.name, seen)
            self._ask(self.wanted, more=True)
        return None

    def _ask(self, what: Wanted, *, more: bool) -> None:
        lists = {_CHANNELS.get(field, field): list(symbols) for field, symbols in asdict(what).items() if symbols}
        if lists:
            self._asked.append((more, what))
            self._say({"action": "subscribe" if more else "unsubscribe", **lists})

    def _subscribed(self, message: wire.Subscription, seen: int) -> Event | None:
        if self._asked:
            self._sent = _after(self._sent, *self._asked.pop(0))
        if self._asked:  # the answer to an earlier wish: the last one says what is so
            return None
        lacking = [
            f"{channel} of {symbol}"
            for channel in ("trades", "quotes", "bars")  # not every stream lists the others
            for symbol in getattr(self.wanted, channel)
            if symbol not in getattr(message, channel)
        ]
        if lacking:
            return FeedDown(self.name, f"the venue does not send {', '.join(lacking)}", seen)
        # Where a journal is read again nothing is wanted, and the answer alone tells what was sent.
        self._granted = self.wanted if self.wanted != Wanted() else Wanted(message.trades, message.quotes, message.bars)
        if self._told:
            return None
        self._told = True
        return FeedUp(self.name, seen)

    def _error(self, message: wire.Error, seen: int) -> Event:
        self.refusal = str(message.code)
        told = f"the venue says {message.code} {message.msg}"
        if message.code == TOO_MANY:
            trades, quotes = len(self.wanted.trades), len(self.wanted.quotes)
            told += f": {trades} symbols' trades and {quotes} symbols' quotes are wanted"
            self._settle_for_less()
            return Declined(self.name, told, seen)
        return FeedDown(self.name, told, seen)

    def _settle_for_less(self) -> None:
        """Want what the venue sends, once it has answered the rest; before it sends anything, what it sent last."""
        del self._asked[:1]
        if self._told:
            self.refusal, self.wanted = "", self._sent
            for more, what in self._asked:
                self.wanted = _after(self.wanted, what=what, more=more)
        elif self._granted != Wanted():
            self.wanted = self._granted

    def _say(self, message: dict[str, Any]) -> None:
        self.outbox.append(self._encode(message))


def _after(sent: Wanted, more: bool, what: Wanted) -> Wanted:
    """What the venue sends once it has granted that it be ``more`` or less by ``what``."""
    less = _less(sent, what)
    return Wanted(*(getattr(less, field) + getattr(what, field) for field in FIELDS)) if more else less


def _less(wanted: Wanted, less: Wanted) -> Wanted:
    """What of ``wanted`` is not in ``less``, channel by channel."""
    without = {field: frozenset(getattr(less, field)) for field in FIELDS}
    return Wanted(*(tuple(each for each in getattr(wanted, field) if each not in without[field]) for field in FIELDS))


def _json_parts(frame: bytes) -> Sequence[bytes]:
    """The elements of a JSON array, each as JSON again. Raises ValueError or RecursionError where it is none.

    Python's own reader takes NaN, Infinity and, asked to, broken UTF-8: none of them costs the rest of a frame.
    """
    parts = json.loads(frame.decode(errors="surrogateescape"))
    if not isinstance(parts, list):
        raise ValueError("a frame that is no array")
    return [_json_part(part) for part in parts]


def _json_part(part: object) -> bytes:
    try:
        return msgspec.json.encode(part)
    except (UnicodeEncodeError, RecursionError):
        return b""


def _msgpack_parts(frame: bytes) -> Sequence[Any]:
    """The elements of a msgpack array, still encoded. Raises DecodeError where it is none."""
    return msgspec.msgpack.decode(frame, type=list[msgspec.Raw])


def _unread(frames: list[bytes], seen: int, heeded: Mapping[str, Any]) -> tuple[list[Tick], list[int]]:
    """Nothing of many frames: each is decoded by itself."""
    return [], []
