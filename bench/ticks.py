"""The prints the bench venue sends, in Alpaca's JSON and msgpack."""

import time
from collections.abc import Sequence
from struct import pack
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from hftd.venues.sim.times import SECOND, nanoseconds, rfc3339

SYMBOL = "SPY"
PRICE = 562.17
QUIET, LOUD = 100, 17  # shares: the models under test order when 17 divides the size
START = nanoseconds("2026-09-16T14:00:00Z")  # a Wednesday, half an hour after the open, far from any holiday


class Clock:
    """The bench venue's time: it began at ``START`` and goes as fast as ours. Nanoseconds since 1970 UTC."""

    def __init__(self) -> None:
        self._offset = START - time.monotonic_ns()

    def now(self) -> int:
        """The time now."""
        return time.monotonic_ns() + self._offset


def frame(
    first: int, now: int, sizes: list[int], *, msgpack: bool, symbols: Sequence[str] = (SYMBOL,)
) -> bytes:  # fmt: skip
    """One frame of prints, numbered from ``first``, a microsecond apart, of one symbol after the other."""
    trades = [
        _trade(symbols[(first + place) % len(symbols)], first + place, now + 1000 * place, size, msgpack)
        for place, size in enumerate(sizes)
    ]
    return msgspec.msgpack.encode(trades) if msgpack else msgspec.json.encode(trades)


def _trade(symbol: str, number: int, now: int, size: int, msgpack: bool) -> dict[str, Any]:
    seconds, rest = divmod(now, SECOND)
    stamp = Ext(-1, pack(">Q", rest << 34 | seconds)) if msgpack else rfc3339(now)
    return {"T": "t", "S": symbol, "i": number, "x": "V", "p": PRICE, "s": size, "t": stamp, "c": ["@"], "z": "B"}
