"""The journal: everything the engine was told and everything it decided, in order, numbered, append-only.

A record is its length, the CRC-32 of its body and the body: a msgpack array of number, kind and content. Records
gather in memory and leave with one ``write``; the daemon writes before any order leaves, and every few milliseconds
otherwise. What was written survives the death of the process; ``fsync`` makes it survive a power cut as well.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import msgspec
from msgspec import Struct

from hftd.config.schema import Venue
from hftd.core.effects import AnyEffect, Effect
from hftd.core.events import AnyEvent, Event, Version
from hftd.core.risk.limits import Limits
from hftd.errors import HftdError
from hftd.runtime.past.record import HEAD, add, add_frames

FORMAT = 2
SEGMENT = 64 * 1024 * 1024
GATHER = 64 * 1024
OVERFLOW = 256 * 1024 * 1024

Kind = Literal["begin", "frame", "lived", "event", "effect"]


class Begin(Struct, frozen=True, array_like=True):
    """The first record of every segment: whose journal this is, and by what rules it began."""

    format: int
    day: str
    run: str
    hftd: str
    models: dict[str, Version] = {}
    """Who was seated as the day began; who came and went since is among the events."""
    limits: Limits = Limits()
    flatten: bool = False
    """Whether positions are traded away before the close."""
    venue: Venue = Venue()
    plugins: dict[str, str] | None = None
    """Plugin files that held more than models, as ``Restarted`` has them."""


class Frame(Struct, frozen=True, array_like=True):
    """Bytes of one feed as they came in; decoding them again gives the same events."""

    feed: str
    seen: int
    data: bytes


class Lived(Struct, frozen=True, array_like=True):
    """Of the last frame's events so many were lived when what follows was noted; without one, all of them were."""

    count: int


class Record(Struct, frozen=True):
    """One numbered entry."""

    number: int
    content: Begin | Frame | Lived | Event | Effect


_DECODERS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "begin": msgspec.msgpack.Decoder(Begin),
    "frame": msgspec.msgpack.Decoder(Frame),
    "lived": msgspec.msgpack.Decoder(Lived),
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
        self.lived = 0
        """How many events of the last frame were lived."""
        self.marked = 0
        """How many a reader takes to have been."""
        self._folder = folder
        self._segment = segment
        self._fsync = fsync
        self._size = 0
        self._gathered = bytearray()
        self._torn = False
        self._file = self._opened()
        self._begin()

    @property
    def waiting(self) -> bool:
        """Whether records are gathered that were not written yet."""
        return bool(self._gathered)

    @property
    def full(self) -> bool:
        """Whether so much has gathered that it should be written, order or not."""
        return len(self._gathered) >= GATHER

    @property
    def overflowing(self) -> bool:
        """Whether more has gathered than may be kept in memory for a disk that takes nothing."""
        return len(self._gathered) >= OVERFLOW

    def frames(self, feed: str, seen: int, frames: list[bytes]) -> None:
        """Gather frames; they are written with the next order, or when the daemon finds that enough has gathered."""
        add_frames(self._gathered, self.number + 1, feed, seen, frames)
        self.number += len(frames)

    def frame(self, feed: str, seen: int, data: bytes) -> None:
        """Gather one frame."""
        self.frames(feed, seen, [data])

    def mark(self) -> None:
        """Gather how much of the last frame was lived, where a reader would not know."""
        if self.lived != self.marked:
            self.marked = self.lived
            self._add("lived", Lived(self.lived))

    def event(self, event: Event) -> None:
        """Gather an event that came from no frame."""
        self.mark()
        self._add("event", event)

    def effects(self, effects: Iterable[Effect]) -> None:
        """Gather what was decided."""
        if self.lived != self.marked:
            self.mark()
        for effect in effects:
            self._add("effect", effect)

    def write(self) -> None:
        """Hand everything gathered to the kernel in one call.

        Raises HftdError where the disk does not take it; then nothing of it was written, and it may be tried again.
        """
        if not self._gathered:
            return
        data = self._gathered
        try:
            if self._torn:
                os.ftruncate(self._file, self._size)
                self._torn = False
            done = os.write(self._file, data)
            while done < len(data):  # a full disk takes a part first, and refuses the next call
                done += os.write(self._file, data[done:])
            if self._fsync:
                os.fdatasync(self._file)
        except OSError as error:
            self._torn = True  # until that is cut nothing is written behind it: a reader would find damage
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
                self._torn = False
            raise HftdError(f"{self._path()}: cannot be written: {error.strerror}") from error
        self._size += len(data)
        self.written += len(data)
        data.clear()
        if self._size >= SEGMENT:
            self._turn()

    def close(self) -> None:
        """Write what is left and close the file. Raises HftdError as ``write`` does."""
        try:
            self.mark()
            self.write()
        finally:
            os.close(self._file)

    def _add(self, kind: Kind, content: object) -> None:
        add(self._gathered, (self.number + 1, kind, content))
        self.number += 1

    def _turn(self) -> None:
        """Begin the next segment, or where that cannot be opened, go on in this one and try again after a write."""
        full = self._file
        self._segment += 1
        try:
            self._file = self._opened()
        except HftdError:
            self._segment -= 1
            return
        os.close(full)
        self._begin()

    def _opened(self) -> int:
        """The segment's file, open for appending."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if self._fsync:
                    _sync_folder(self._folder)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise HftdError(f"{self._path()}: cannot be opened for writing: {error.strerror}") from error
        return file

    def _begin(self) -> None:
        """Begin a segment that is empty with its first record."""
        self._size = os.fstat(self._file).st_size
        if not self._size:
            self._add("begin", self.begin)
            self.write()

    def _path(self) -> Path:
        return self._folder / f"{self._segment:06d}.journal"


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut; its content alone would have no name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def segments(folder: Path) -> list[Path]:
    """The segments of a day's journal, oldest first."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9].journal"))


def read(folder: Path) -> Iterator[Record]:
    """Every whole record of a day's journal, in order. A torn tail ends it quietly.

    Raises HftdError where a record is damaged and others follow it, where one is missing, or cannot be understood.
    """
    paths = segments(folder)
    expected = 1
    for path in paths:
        data = _content(path)
        whole = 0
        for whole, body in bodies(data):  # noqa: B007 - where the last whole record ends
            record = decoded(path, body)
            if record.number != expected:
                raise HftdError(f"{path}: record {record.number} found, expected {expected}: a part is missing")
            expected += 1
            yield record
        if whole < len(data):
            _expect_torn(path, data, whole, last=path == paths[-1])


def cut_torn_tail(folder: Path) -> int:
    """Cut what the last write left unfinished off the last segment; how many bytes were cut.

    Raises HftdError where whole records follow the damage: that is no torn tail, and nothing is cut.
    """
    paths = segments(folder)
    if not paths:
        return 0
    data = _content(paths[-1])
    end = 0
    for end, _ in bodies(data):  # noqa: B007 - where the last whole record ends
        pass
    torn = len(data) - end
    if torn:
        _expect_torn(paths[-1], data, end, last=True)
        try:
            os.truncate(paths[-1], end)
        except OSError as error:
            raise HftdError(f"{paths[-1]}: its torn tail cannot be cut: {error.strerror}") from error
    return torn


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HftdError(f"{path}: cannot be read: {error.strerror}") from error


def bodies(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The bodies of whole records, each with the offset behind it; stops at the first that is not whole."""
    offset = 0
    while (end := _whole(data, offset)) > 0:
        yield end, data[offset + HEAD.size : end]
        offset = end


def _whole(data: bytes, offset: int) -> int:
    """Where the record at ``offset`` ends; 0 where none stands there whole."""
    start = offset + HEAD.size
    if start > len(data):
        return 0
    length, check = HEAD.unpack_from(data, offset)
    end = start + length
    return int(end) if length > 0 and end <= len(data) and crc32(data[start:end]) == check else 0


def decoded(path: Path, body: bytes) -> Record:
    """The record whose body was read from ``path``. Raises HftdError where it cannot be understood."""
    try:
        number, kind, raw = _entry.decode(body)
        return Record(number, _DECODERS[kind].decode(raw))
    except msgspec.DecodeError as error:
        raise HftdError(f"{path}: holds a record this hftd cannot read, expected one of its own: {error}") from error


def _expect_torn(path: Path, data: bytes, end: int, *, last: bool) -> None:
    """Raise HftdError unless what stands behind ``end`` is the unfinished end of the last segment."""
    if not last or any(_whole(data, offset) for offset in range(end + 1, len(data))):
        raise HftdError(f"{path}: damaged at byte {end}, and whole records follow: restore it from a backup")
