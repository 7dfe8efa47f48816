"""The pieces themselves, each made ready so that one call is the work of one tick or one order."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import pieces_told
from bench.pieces_whole import Way, buyer, walk
from bench.ticks import LOUD, PRICE, START, SYMBOL, frame
from bench.wire import TEXT
from bench.wire import frame as framed
from hftd.core.effects import Submit
from hftd.core.events import Trade
from hftd.core.orders import Order
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Endpoint
from hftd.runtime.loop import Loop
from hftd.runtime.past.journal import FORMAT, Begin, Journal
from hftd.runtime.wire.framing import WideBuffer
from hftd.runtime.wire.lane import Lane, Lanes
from hftd.venues.alpaca.broker import AlpacaBroker
from hftd.venues.alpaca.market_data import MarketData

Piece = Callable[[], object]

KEYS = Keys("bench", "bench")
STEP = 1_000_000  # ns between trades
DAY = "2026-09-16"
ORDER = Order(f"{DAY.replace('-', '')}-abcdef-000001", "model", SYMBOL, "buy", Decimal(1), None, "day", START)
QUOTE = (
    b'[{"T":"q","S":"SPY","bx":"V","bp":562.16,"bs":200,"ax":"V","ap":562.18,"as":100,'
    b'"t":"2026-09-16T14:00:00.123456789Z","c":["R"],"z":"B"}]'
)


def _trades(*, msgpack: bool = False) -> list[bytes]:
    """A thousand frames of one trade, a millisecond apart."""
    return [frame(number, START + STEP * number, [LOUD], msgpack=msgpack) for number in range(1000)]


def framing(_: ExitStack) -> Piece:
    """A frame that is all one ``recv`` gave, and the end of the turn."""
    whole = framed(TEXT, _trades()[0])
    buffer = WideBuffer(lambda size: whole)

    def read() -> None:
        buffer.begin_turn()
        buffer.messages()
        assert buffer.dry

    return read


def _decoding(frames: list[bytes], encoding: str) -> Piece:
    decode = MarketData("ws://127.0.0.1", KEYS, encoding).decode
    number = 0

    def one() -> None:
        nonlocal number
        number = (number + 1) % len(frames)
        decode(frames[number], START)

    return one


def decode(_: ExitStack) -> Piece:
    """A JSON frame of one trade."""
    return _decoding(_trades(), "json")


def decode_msgpack(_: ExitStack) -> Piece:
    """The same in msgpack."""
    return _decoding(_trades(msgpack=True), "msgpack")


def decode_quote(_: ExitStack) -> Piece:
    """A JSON frame of one quote."""
    return _decoding([QUOTE], "json")


def _journal(stack: ExitStack) -> Journal:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="hftd-bench-")))
    journal = Journal(folder, Begin(FORMAT, DAY, "abcdef", "bench", {}))
    stack.callback(journal.close)
    return journal


def record_frame(stack: ExitStack) -> Piece:
    """A frame noted in the journal."""
    journal, data = _journal(stack), _trades()[0]
    return lambda: journal.frame("market data", START, data)


def record_order(stack: ExitStack) -> Piece:
    """An order noted in the journal."""
    journal, effects = _journal(stack), (Submit(ORDER),)
    return lambda: journal.effects(effects)


def write(stack: ExitStack) -> Piece:
    """Frame and order noted and handed to the kernel."""
    journal, data, effects = _journal(stack), _trades()[0], (Submit(ORDER),)

    def whole() -> None:
        journal.frame("market data", START, data)
        journal.effects(effects)
        journal.write()

    return whole


def decide(_: ExitStack) -> Piece:
    """A print through the engine, the model that buys and every check, to the order in the books."""
    step, number = buyer().step, 0

    def one() -> None:
        nonlocal number
        number += 1
        step(Trade(SYMBOL, PRICE, LOUD, START + number * STEP, START + number * STEP))

    return one


def request(_: ExitStack) -> Piece:
    """The request that places an order."""
    broker = AlpacaBroker("http://127.0.0.1:8790", KEYS)
    return lambda: broker.submit(ORDER)


class Open:
    """A socket that takes everything at once."""

    def send(self, data: bytes) -> int:
        """All of it."""
        return len(data)

    def close(self) -> None:
        """Nothing was opened."""


def send(stack: ExitStack) -> Piece:
    """A request given to the socket of a free lane."""
    loop = Loop()
    stack.callback(loop.close)
    lanes = Lanes(loop, Endpoint("http://127.0.0.1"), 2, lambda *_: None, lambda *_: None)
    for lane in lanes._lanes:
        lane._socket, lane.up = Open(), True
    made = AlpacaBroker("http://127.0.0.1:8790", KEYS).submit(ORDER)
    first: Lane = lanes._lanes[0]

    def once() -> None:
        lanes.send(made)
        first.request = None

    return once


def whole(stack: ExitStack) -> Piece:
    """All of it and the engine, on real sockets; the tick's arrival is counted too."""
    loop = Loop()
    stack.callback(loop.close)
    lanes = Lanes(loop, Endpoint("http://127.0.0.1"), 1, lambda *_: None, lambda *_: None)
    feed, broker = MarketData("ws://127.0.0.1", KEYS, "json"), AlpacaBroker("http://127.0.0.1:8790", KEYS)
    way = Way(stack, feed, broker, _journal(stack), lanes)
    return walk(way, [framed(TEXT, each) for each in _trades()], START)


PIECES: Mapping[str, Callable[[ExitStack], Piece]] = {
    "framing": framing, "decode": decode, "decode msgpack": decode_msgpack, "decode quote": decode_quote,
    "decide": decide, "record frame": record_frame, "record order": record_order, "record and write": write,
    "request": request, "send": send, "whole way": whole,
    "stopwatch": lambda _: pieces_told.stopwatch(), "duration": lambda _: pieces_told.duration(),
    "stages": lambda _: pieces_told.stages(), "log line": lambda stack: pieces_told.line(stack, ORDER),
}  # fmt: skip

# The rest is Python everywhere.
COMPILED = frozenset(PIECES) - {"decode msgpack", "send", "stopwatch", "duration", "stages", "log line"}
