"""One record of the journal: its length, the CRC-32 of its body, and the body, which is msgpack.

Records gather in one bytearray, one behind the other.
"""

from struct import Struct
from zlib import crc32

import msgspec

from hftd.native import wire

HEAD = Struct("<II")
_encode = msgspec.msgpack.Encoder().encode


def add(buffer: bytearray, content: object) -> None:
    """Append the record of ``content``; nothing where msgspec cannot encode it, and raises what msgspec raises."""
    append(buffer, _encode(content))


def add_frames_in_python(buffer: bytearray, number: int, feed: str, seen: int, frames: list[bytes]) -> None:
    """Append the records of frames, numbered from ``number`` on; they came at ``seen``, our clock in ns UTC."""
    for place, data in enumerate(frames):
        add(buffer, (number + place, "frame", (feed, seen, data)))


def append_in_python(buffer: bytearray, body: bytes) -> None:
    """Append the record with this body."""
    buffer += HEAD.pack(len(body), crc32(body)) + body


add_frames = add_frames_in_python if wire is None else wire.add_frames
append = append_in_python if wire is None else wire.append
