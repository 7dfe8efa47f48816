"""The journal: everything the engine was told and everything it decided, in order, numbered, append-only.

A record is its length, the CRC-32 of its body and the body: a msgpack array of number, kind and content. Records
gather in memory and leave with one ``write``; the daemon writes before any order leaves, and every few milliseconds
otherwise. What was written survives the death of the process; ``fsync`` makes it survive a power cut as well.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct as Layout
from typing import Any, Literal
from zlib import crc32

import msgspec
from msgspec import Struct

from hftd.core.effects import AnyEffect, Effect
from hftd.core.events import AnyEvent, Event
from hftd.errors import HftdError

FORMAT = 1
SEGMENT = 64 * 1024 * 1024
GATHER = 64 * 1024

HEAD = Layout("<II")
Kind = Literal["begin", "frame", "event", "effect"]


class Begin(Struct, frozen=True, array_like=True):
    """The first record of every segment: whose journal this is."""

    format: int
    day: str
    run: str
    hftd: str
    models: dict[str, str]
    """Model name to the SHA-256 of its file."""


class Frame(Struct, frozen=True, array_like=True):
    """Bytes of one feed as they came in; decoding them again gives the same events."""

    feed: str
    seen: int
    data: bytes


class Record(Struct, frozen=True):
    """One numbered entry."""

    number: int
    content: Begin | Frame | Event | Effect


_encode = msgspec.msgpack.Encoder().encode
_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "begin": msgspec.msgpack.Decoder(Begin),
    "frame": msgspec.msgpack.Decoder(Frame),
    "event": msgspec.msgpack.Decoder(AnyEvent),
    "effect": msgspec.msgpack.Decoder(AnyEffect),
}
_entry = msgspec.msgpack.Decoder(tuple[int, Kind, msgspec.Raw])


class Journal:
    """One day's journal, open for appending."""

    def __init__(self, folder: Path, begin: Begin, *, number: int = 0, segment: int = 1, fsync: bool = False) -> None:
        """Go on after record ``number`` in the given segment of ``folder``. Raises HftdError where that cannot be."""
        self.number = number
        self.begin = begin
        self.written = 0
        self._folder = folder
        self._segment = segment
        self._fsync = fsync
        self._size = 0
        self._gathered: list[bytes] = []
        self._bytes = 0
        self._file = -1
        self._open()

    @property
    def waiting(self) -> bool:
        """Whether records are gathered that were not written yet."""
        return bool(self._gathered)

    def frame(self, feed: str, seen: int, data: bytes) -> None:
        """Gather a frame; it is written with the next order, or when enough has gathered."""
        self._add("frame", Frame(feed, seen, data))
        if self._bytes >= GATHER:
            self.write()

    def event(self, event: Event) -> None:
        """Gather an event that came from no frame."""
        self._add("event", event)

    def effects(self, effects: Iterable[Effect]) -> None:
        """Gather what was decided."""
        for effect in effects:
            self._add("effect", effect)

    def write(self) -> None:
        """Hand everything gathered to the kernel in one call. Raises HftdError where the disk does not take it."""
        if not self._gathered:
            return
        data = b"".join(self._gathered)
        try:
            done = os.write(self._file, data)
            while done < len(data):  # a full disk takes a part first, and refuses the next call
                done += os.write(self._file, data[done:])
            if self._fsync:
                os.fdatasync(self._file)
        except OSError as error:
            raise HftdError(f"{self._path()}: cannot be written: {error.strerror}") from error
        self._gathered.clear()
        self._bytes = 0
        self._size += len(data)
        self.written += len(data)
        if self._size >= SEGMENT:
            self._segment += 1
            os.close(self._file)
            self._open()

    def close(self) -> None:
        """Write what is left and close the file."""
        self.write()
        os.close(self._file)

    def _add(self, kind: Kind, content: object) -> None:
        self.number += 1
        body = _encode((self.number, kind, content))
        record = HEAD.pack(len(body), crc32(body)) + body
        self._gathered.append(record)
        self._bytes += len(record)

    def _open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HftdError(f"{self._path()}: cannot be opened for writing: {error.strerror}") from error
        self._size = os.fstat(self._file).st_size
        if not self._size:
            self._add("begin", self.begin)
            self.write()

    def _path(self) -> Path:
        return self._folder / f"{self._segment:06d}.journal"


def segments(folder: Path) -> list[Path]:
    """The segments of a day's journal, oldest first."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9].journal"))


def read(folder: Path) -> Iterator[Record]:
    """Every whole record of a day's journal, in order. A torn tail ends it quietly.

    Raises HftdError where a record is damaged, or one is missing, and records follow it.
    """
    paths = segments(folder)
    expected = 1
    for path in paths:
        data = path.read_bytes()
        whole = 0
        for whole, record in _records(data):  # noqa: B007 - where the last whole record ends
            if record.number != expected:
                raise HftdError(f"{path}: record {record.number} found, expected {expected}: a part is missing")
            expected += 1
            yield record
        if whole < len(data) and path != paths[-1]:
            raise HftdError(f"{path}: damaged at byte {whole}, and later segments follow")


def cut_torn_tail(folder: Path) -> int:
    """Cut what the last write left unfinished off the last segment; how many bytes were cut.

    Raises HftdError where whole records follow the damage: that is no torn tail, and nothing is cut.
    """
    paths = segments(folder)
    if not paths:
        return 0
    data = paths[-1].read_bytes()
    end = 0
    for end, _ in _records(data):  # noqa: B007 - where the last whole record ends
        pass
    torn = len(data) - end
    if torn:
        if _anything_whole(data, end + 1):
            raise HftdError(f"{paths[-1]}: damaged at byte {end}, and whole records follow: restore it from a backup")
        os.truncate(paths[-1], end)
    return torn


def _records(data: bytes) -> Iterator[tuple[int, Record]]:
    """Whole records, each with the offset behind it; stops at the first that is not."""
    offset = 0
    while offset + HEAD.size <= len(data):
        length, check = HEAD.unpack_from(data, offset)
        body = data[offset + HEAD.size : offset + HEAD.size + length]
        if len(body) < length or not length or crc32(body) != check:
            return
        number, kind, raw = _entry.decode(body)
        offset += HEAD.size + length
        yield offset, Record(number, _DECODERS[kind].decode(raw))


def _anything_whole(data: bytes, start: int) -> bool:
    """Whether a whole record begins anywhere behind ``start``."""
    for offset in range(start, len(data) - HEAD.size):
        length, check = HEAD.unpack_from(data, offset)
        end = offset + HEAD.size + length
        if length > 0 and end <= len(data) and crc32(data[offset + HEAD.size : end]) == check:
            return True
    return False
