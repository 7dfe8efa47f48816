"""The venue's times as integer nanoseconds: RFC 3339 text, and msgpack's Timestamp extension."""

from calendar import timegm
from functools import lru_cache
from struct import Struct, error
from time import strptime

from msgspec.msgpack import Ext

_SECONDS = Struct(">I")
_PACKED = Struct(">Q")
_LONG = Struct(">Iq")
SECOND = 1_000_000_000


@lru_cache(maxsize=1024)  # ticks come many to a second: the calendar arithmetic is done once for each
def _second(text: str) -> int:
    return timegm(strptime(text, "%Y-%m-%dT%H:%M:%S")) * SECOND


def text_ns(text: str) -> int:
    """``2021-02-22T15:51:44.208Z`` (UTC, up to nine decimals) in ns since 1970.

    Raises ValueError where the text is anything else: another zone, no zone, a date that does not exist.
    """
    if text[-1:] != "Z":
        raise ValueError(f"{text!r} is not a UTC time ending in Z")
    whole = _second(text[:19])
    if len(text) == 20:
        return whole
    digits = text[20:-1]
    if text[19] != "." or not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise ValueError(f"{text!r} has no decimals of a second at character 20")
    return whole + int(digits.ljust(9, "0"))


def ext_ns(ext: Ext) -> int:
    """A msgpack Timestamp (extension -1; 4, 8 or 12 bytes) in ns since 1970.

    Raises ValueError where it is another extension or another length.
    """
    data = bytes(ext.data)
    try:
        if ext.code != -1:
            raise ValueError(f"extension {ext.code} is no timestamp, expected -1")
        if len(data) == 8:  # 30 bits of nanoseconds above 34 bits of seconds
            packed: int = _PACKED.unpack(data)[0]
            return (packed & 0x3_FFFF_FFFF) * SECOND + (packed >> 34)
        if len(data) == 4:
            return int(_SECONDS.unpack(data)[0]) * SECOND
        nanoseconds, seconds = _LONG.unpack(data)
        return int(seconds) * SECOND + int(nanoseconds)
    except error:
        raise ValueError(f"a timestamp of {len(data)} bytes, expected 4, 8 or 12") from None
