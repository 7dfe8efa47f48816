"""Captures of Binance's market streams: a line is when a message came in, and the message.

The time is nanoseconds, or seconds with a fraction; the message is raw or that of a combined stream. Fields as in
Binance's documentation of the USD-M futures and the spot streams. What is no print, best bid and offer or finished
minute (depth, for one) is counted and left out.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from hftd.core.events import Bar, Quote, Trade
from hftd.errors import HftdError
from hftd.tape.checks import CROSSED, NO_BAR, NO_PRICE, NO_QUOTE, NO_TIME
from hftd.tape.moments import BEYOND
from hftd.tape.report import FileReport

Told = Trade | Quote | Bar
NO_MESSAGE = "no time and JSON message"
GZIP = b"\x1f\x8b"
MS = 1_000_000

Whole = Annotated[int, Meta(ge=0, lt=BEYOND - 1)]
Milliseconds = Annotated[int, Meta(ge=0, lt=BEYOND // MS)]


class Combined(Struct):
    """A message of a combined stream."""

    stream: str
    data: msgspec.Raw


class Head(Struct):
    """What every message has; spot's bookTicker has no name."""

    e: str = ""


class Print(Struct):
    """``trade`` or, with an id in ``a``, ``aggTrade``."""

    s: str
    p: str
    q: str
    T: Milliseconds
    t: Whole = 0
    a: Any = 0


class Ticker(Struct):
    """``bookTicker``; spot's says no time."""

    s: str
    b: str
    B: str
    a: str
    A: str
    T: Milliseconds = 0


class Candle(Struct):
    """The ``k`` of a kline; ``x``: it is over."""

    s: str
    t: Milliseconds
    i: str
    o: str
    c: str
    h: str
    l: str  # noqa: E741 - the venue's own letter
    v: str
    n: Whole
    x: bool


class Kline(Struct):
    """A ``kline``."""

    k: Candle


class Capture:
    """One capture file, plain or gzipped; sizes count in lots. Raises HftdError where it cannot be read."""

    def __init__(self, path: Path, file: FileReport, lot: Decimal) -> None:
        """``lot`` is the amount that counts as 1: at the finest, the market's LOT_SIZE stepSize."""
        self._path = path
        self._file = file
        self._lot = lot
        self._prints: dict[str, str] = {}
        self._turns: Mapping[str, Callable[[msgspec.Raw, int], Told | None]] = {
            "trade": self._trade, "aggTrade": self._trade, "bookTicker": self._quote, "kline": self._bar,
        }  # fmt: skip
        self._name = ""

    def events(self) -> Iterator[Told]:
        """What the messages tell, in the order they came in, each seen when it came in."""
        since = 0
        for line in self._lines():
            self._file.rows += 1
            try:
                seen, data = _parted(line)
                message = self._message(data)
                turn = self._turns.get(self._name)
                event = turn(message, seen) if turn is not None else None
            except (msgspec.DecodeError, ValueError, ArithmeticError):
                self._fault(NO_MESSAGE, line)
                continue
            if event is None:
                self._file.unwanted += 1
            elif seen < since:
                self._fault(NO_TIME, line)
            elif fault := _flaw(event):
                self._fault(fault, line)
            else:
                since = seen
                self._file.events += 1
                yield event

    def _lines(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as plain:
                zipped = plain.read(2) == GZIP
            with gzip.open(self._path) if zipped else self._path.open("rb") as file:
                for line in file:
                    if line.strip() and not line.startswith(b"wss://"):  # what was asked for, in the first line
                        yield line
        except (OSError, EOFError, zlib.error) as error:
            raise HftdError(f"{self._path}: cannot be read: {error}") from error

    def _message(self, data: bytes) -> msgspec.Raw:
        """The message without its envelope; its name is noted."""
        if data.startswith(b'{"stream"'):
            combined = _COMBINED.decode(data)
            self._name = combined.stream.partition("@")[2].partition("_")[0]
            return combined.data
        self._name = _HEAD.decode(data).e
        return msgspec.Raw(data)

    def _trade(self, data: msgspec.Raw, seen: int) -> Trade | None:
        m = _PRINT.decode(data)
        # A symbol's prints may be told twice, one by one and in sums: those that came first are taken.
        if self._prints.setdefault(m.s, self._name) != self._name:
            return None
        number = m.t if self._name == "trade" else msgspec.convert(m.a, Whole)
        return Trade(m.s, float(m.p), self._lots(m.q), m.T * MS, seen, (), "", "", number)

    def _quote(self, data: msgspec.Raw, seen: int) -> Quote:
        m = _TICKER.decode(data)
        return Quote(m.s, float(m.b), self._lots(m.B), float(m.a), self._lots(m.A), m.T * MS or seen, seen)

    def _bar(self, data: msgspec.Raw, seen: int) -> Bar | None:
        k = _KLINE.decode(data).k
        if k.i != "1m" or not k.x:
            return None
        prices = (float(k.o), float(k.h), float(k.l), float(k.c))
        return Bar(k.s, *prices, self._lots(k.v), k.t * MS, seen, "minute", k.n)

    def _lots(self, amount: str) -> int:
        lots = Decimal(amount) / self._lot
        if not 0 <= lots < BEYOND:
            raise ValueError("no amount, or one no tape has room for")
        if lots != int(lots):
            where = f"{self._path}: row {self._file.rows}"
            raise HftdError(f"{where}: {amount} is not a whole number of lots of {self._lot}, expected a finer --lot")
        return int(lots)

    def _fault(self, what: str, line: bytes) -> None:
        self._file.fault(what, f"row {self._file.rows}: {line[:120].decode(errors='replace').strip()}")


_COMBINED, _HEAD = msgspec.json.Decoder(Combined), msgspec.json.Decoder(Head)
_PRINT, _TICKER, _KLINE = msgspec.json.Decoder(Print), msgspec.json.Decoder(Ticker), msgspec.json.Decoder(Kline)


def _parted(line: bytes) -> tuple[int, bytes]:
    """When the line's message came in, ns UTC, and the message. Raises ValueError, ArithmeticError."""
    time, _, data = line.partition(b" ")
    text = time.decode("ascii").removesuffix(":")
    seen = Decimal(text) * 10**9 if "." in text else int(text)
    if not 0 <= seen < BEYOND:  # looked at before it is made whole: a one with a million zeros takes for ever
        raise ValueError("a time before 1970, or one no tape has room for")
    return int(seen), data


def _flaw(event: Told) -> str:
    match event:
        case Trade(price=price, size=size):
            fault = "" if 0 < price < float("inf") and size > 0 else NO_PRICE
        case Quote(bid=bid, ask=ask):
            fault = CROSSED if bid > ask > 0 else ""
            fault = fault if 0 <= bid < float("inf") and 0 <= ask < float("inf") else NO_QUOTE
        case Bar(open=opened, high=high, low=low, close=closed):
            fault = "" if 0 < low <= min(opened, closed) <= max(opened, closed) <= high < float("inf") else NO_BAR
        case _:
            fault = ""
    return NO_TIME if event.ts < 0 else fault
