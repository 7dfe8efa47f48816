"""Market data nobody can use: frames that cannot be read, and messages no market sends."""

import json
from collections.abc import Sequence
from typing import Any

from msgspec import Raw

from hftd.venues.sim.wire import Codec

STRAY_TEXT = (b"", b"<html><body>busy</body></html>", b'[{"T":"t","S":', b"null", b'{"T":"t"}', b"[[]]", b"7")
STRAY_BINARY = (b"", b"\xc1", b"\x92\x81\xa1T", b"\xc0", b"\x81\xa1T\xa1t", b"\x91\x90", b"\x07")
"""Frames of each encoding: empty, of another kind, torn, nothing, no list, a list of no messages, a number."""

CHANGES: tuple[dict[str, Any], ...] = (
    {"p": float("nan")},
    {"p": -1.0},
    {"p": 0.0},
    {"p": float("inf")},
    {"p": "much"},
    {"s": -5},
    {"s": None},
    {"t": "yesterday"},
    {"T": "zz"},
    {"T": 7},
    {"S": None},
    {"T": "q", "bp": 101.0, "bs": 1, "ap": 99.0, "as": 1, "bx": "V", "ax": "V"},
    {"T": "q", "bp": -1.0, "bs": 1, "ap": float("nan"), "as": -1, "bx": "V", "ax": "V"},
    {"T": "b", "o": float("nan"), "h": -1.0, "l": 5.0, "c": 0.0, "v": -1, "n": -1, "vw": float("inf")},
)
"""What is wrong with each message, else a print of one share: figures, kinds, and a bid above its ask."""


def stray(number: int, codec: Codec) -> bytes | None:
    """The ``number``-th nonsense as a frame of its own; None: it is a message among others."""
    frames = STRAY_BINARY if codec.binary else STRAY_TEXT
    place = number % (len(frames) + len(CHANGES))
    return frames[place] if place < len(frames) else None


def spliced(number: int, codec: Codec, symbol: str, ts: int) -> Any:
    """The ``number``-th nonsense as a message about ``symbol`` at ``ts`` (ns); None: it is a frame of its own."""
    place = number % (len(STRAY_TEXT) + len(CHANGES)) - len(STRAY_TEXT)
    if place < 0:
        return None
    good = {"T": "t", "S": symbol, "i": 1, "x": "V", "p": 1.0, "s": 1, "t": codec.stamp(ts), "c": ["@"], "z": "C"}
    bad = good | CHANGES[place]
    # JSON has no NaN, and our own encoder knows; the standard library's writes it as other servers do.
    return bad if codec.binary else Raw(json.dumps(bad).encode())


def spoiled(number: int, codec: Codec, symbol: str, ts: int, messages: Sequence[Any]) -> bytes:
    """A frame of ``messages`` with the ``number``-th nonsense before them, if that is a message."""
    bad = spliced(number, codec, symbol, ts)
    return codec.encode(messages if bad is None else [bad, *messages])
