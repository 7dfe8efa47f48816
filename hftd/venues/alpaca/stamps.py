"""The venue's times as integer nanoseconds: RFC 3339 text, and msgpack's Timestamp extension."""

from calendar import timegm
from functools import lru_cache
from struct import Struct
from time import strptime

from msgspec.msgpack import Ext

_SECONDS = Struct(">I")
_PACKED = Struct(">Q")
_LONG = Struct(">Iq")
SECOND = 1_000_000_000
END = 2**63  # ns: the year 2262, where 64 bits end
SCALES: tuple[int, ...] = tuple(10 ** (9 - places) for places in range(10))  # ns of the last of so many decimals


@lru_cache(maxsize=1024)  # ticks come many to a second: the calendar arithmetic is done once for each
def _second(text: str) -> int:
    whole = timegm(strptime(text, "%Y-%m-%dT%H:%M:%S")) * SECOND
    if not (0 <= whole < END - SECOND and text.isascii()):
        raise ValueError(f"{text!r} is not between 1970 and 2261")
    return whole


def text_ns(text: str) -> int:
    """``2021-02-22T15:51:44.208Z`` (UTC, up to nine decimals) in ns since 1970.

    Raises ValueError where the text is anything else: another zone, no zone, a date that does not exist, a year
    before 1970 (a venue's zero time is no time) or after 2261.
    """
    digits = text[20:-1]
    if digits.isdigit() and text[19] == "." and text[-1] == "Z" and len(digits) <= 9 and digits.isascii():
        return _second(text[:19]) + int(digits) * SCALES[len(digits)]
    if text[-1:] != "Z":
        raise ValueError(f"{text!r} is not a UTC time ending in Z")
    if len(text) != 20:
        raise ValueError(f"{text!r} has no decimals of a second at character 20")
    return _second(text[:19])


def ext_ns(ext: Ext | str) -> int:
    """A msgpack Timestamp (extension -1; 4, 8 or 12 bytes) in ns since 1970.

    Raises ValueError where it is text, another extension, another length, or a time ``text_ns`` would not take.
    """
    if isinstance(ext, str) or ext.code != -1:
        raise ValueError("no timestamp, expected extension -1")
    data = bytes(ext.data)
    match len(data):
        case 8:  # 30 bits of nanoseconds above 34 bits of seconds
            packed: int = _PACKED.unpack(data)[0]
            nanoseconds, seconds = packed >> 34, packed & 0x3_FFFF_FFFF
        case 4:
            nanoseconds, seconds = 0, _SECONDS.unpack(data)[0]
        case 12:
            nanoseconds, seconds = _LONG.unpack(data)
        case length:
            raise ValueError(f"a timestamp of {length} bytes, expected 4, 8 or 12")
    if not (0 <= seconds < END // SECOND and nanoseconds < SECOND):
        raise ValueError(f"{seconds} s and {nanoseconds} ns are no time between 1970 and 2261")
    return seconds * SECOND + nanoseconds
