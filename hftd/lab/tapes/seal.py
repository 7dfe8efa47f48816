"""Sealing: the market data of a finished day's journal as a tape. It reads files, and the daemon does not notice."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from hftd.config.schema import Venue
from hftd.core.events import Gap, SessionPhase
from hftd.errors import HftdError
from hftd.plugin.protocols import Feed
from hftd.runtime.past.journal import Begin, Frame, read, segments
from hftd.tape.layout import Market
from hftd.tape.parts import Parts

PART = 100_000
"""Events of a part: what a kill may cost."""
NOTE = "journal.json"


MakeFeeds = Callable[[Venue], Sequence[Feed]]
"""The feeds of a venue, to decode with."""


class Note(Struct, frozen=True):
    """What a tape was made of. ``bytes`` is how long the journal was when that began."""

    journal: str
    bytes: int
    records: int
    """The record its last event came in."""
    oddities: int
    """Messages that made no sense."""


class Sealed(Struct, frozen=True):
    """What came of one day. ``kept``: its tape was there, and nothing was added to the journal since."""

    tape: Path
    events: int
    note: Note
    kept: bool = False


def seal(journal: Path, tape: Path, make_feeds: MakeFeeds) -> Sealed:
    """Make ``tape`` of the journal in a folder; one that was killed in doing so goes on where it was.

    Raises HftdError where the journal cannot be read or holds no market data, or the tape cannot be written.
    """
    size = length(journal)
    found = sealed(tape)
    if found is not None and found.bytes == size:
        return Sealed(tape, 0, found, kept=True)
    # Another version may tell other events of the same frames: what one began, another does not go on with.
    parts = Parts(tape, f"journal {journal.name}, by hftd {version('hftd')}")
    try:
        number = events = 0
        stretch: list[Market] = []
        feeds = make_feeds(begun(journal).venue)
        for number, event in market(journal, feeds):
            events += 1
            if events > parts.cursor.number:
                stretch.append(event)
            if len(stretch) >= PART:
                parts.add(stretch, str(number))
                stretch = []
        if stretch:
            parts.add(stretch, str(number))
        if not events:
            parts.drop()
            raise HftdError(f"{journal}: no market data in it")
        note = Note(journal.name, size, number, sum(feed.oddities for feed in feeds))
        parts.finish({NOTE: msgspec.json.encode(note).decode()})
    finally:
        parts.leave()
    return Sealed(tape, events, note)


def market(journal: Path, feeds: Sequence[Feed]) -> Iterator[tuple[int, Market]]:
    """Every market event of the journal in a folder, with the number of its record, in the order it came in.

    Events are seen when the daemon saw them; where the venue kept the time, when they happened.
    """
    # Every frame is decoded, whoever wants it: a feed may need what came before.
    by_name = {feed.name: feed for feed in feeds if not feed.orders}
    follows = any(feed.keeps_time for feed in feeds)
    for feed in by_name.values():
        feed.oddities = 0
        feed.opened()
    for record in read(journal):
        match record.content:
            case Frame(name, seen, data) if name in by_name:
                for event in by_name[name].decode(data, 0 if follows else seen):
                    if isinstance(event, Market):
                        yield record.number, event
                by_name[name].outbox.clear()  # nobody sends what it would answer
            case Gap() as gap:
                yield record.number, gap
            case _:
                pass


def begun(journal: Path) -> Begin:
    """The journal's first record. Raises HftdError where there is none."""
    for record in read(journal):
        if isinstance(record.content, Begin):
            return record.content
    raise HftdError(f"{journal}: no journal in this folder, expected files such as 000001.journal")


def journals(folder: Path) -> list[Path]:
    """The journals in ``folder``, by name: days, and days that were put aside because a simulated venue began anew."""
    return sorted(each for each in folder.glob("????-??-??*") if segments(each)) if folder.is_dir() else []


def over(journal: Path, today: date) -> bool:
    """Whether the journal's day is over, so that nothing is added to it: it was put aside, its session ended, or it is
    no day of this or the last date (UTC), whatever became of the daemon.
    """
    day, _, aside = journal.name.partition(".")
    if aside or day < (today - timedelta(days=1)).isoformat():
        return True
    phase = ""
    for record in read(journal):
        if isinstance(record.content, SessionPhase):
            phase = record.content.phase
    return phase == "asleep"


def sealed(tape: Path) -> Note | None:
    """What ``tape`` was made of; None where there is no such tape."""
    try:
        return msgspec.json.decode((tape / NOTE).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None


def length(journal: Path) -> int:
    """How long a journal is, in bytes. Raises HftdError where it has no segment."""
    found = segments(journal)
    if not found:
        raise HftdError(f"{journal}: no journal in this folder, expected files such as 000001.journal")
    return sum(path.stat().st_size for path in found)

