"""One record of the journal: its length, the CRC-32 of its body, and the body, which is msgpack.

Records gather in one bytearray, one behind the other.
"""

from struct import Struct
from zlib import crc32

import msgspec

from hftd.native import wire

HEAD = Struct("<II")
_BLANK = bytes(HEAD.size)
_encode_into = msgspec.msgpack.Encoder().encode_into


def add(buffer: bytearray, body: object) -> None:
    """Append the record of ``body``. Raises what msgspec raises where it cannot be encoded, and adds nothing then."""
    start = len(buffer)
    buffer += _BLANK
    try:
        _encode_into(body, buffer, start + HEAD.size)
    except BaseException:
        del buffer[start:]
        raise
    seal(buffer, start)


def add_frame_in_python(buffer: bytearray, number: int, feed: str, seen: int, data: bytes) -> None:
    """Append the record of a frame: ``number``, "frame" and the rest, ``seen`` being our clock in ns UTC."""
    add(buffer, (number, "frame", (feed, seen, data)))


def seal_in_python(buffer: bytearray, start: int) -> None:
    """Write length and checksum of the body that stands behind the head at ``start``, up to the end of ``buffer``."""
    body = memoryview(buffer)[start + HEAD.size :]
    HEAD.pack_into(buffer, start, len(body), crc32(body))


add_frame = add_frame_in_python if wire is None else wire.add_frame
seal = seal_in_python if wire is None else wire.seal
