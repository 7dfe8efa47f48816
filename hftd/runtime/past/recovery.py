"""Start is recovery: the day's journal, if there is one, passes through the engine before anything else does."""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hftd.core.engine import Engine
from hftd.core.events import Enter, Event, Leave, Rules, Version
from hftd.errors import HftdError
from hftd.plugin.protocols import Feed
from hftd.runtime.past.journal import FORMAT, Begin, Frame, Journal, cut_torn_tail, read, segments
from hftd.runtime.past.pulse import Beat, paced, silent
from hftd.runtime.past.relive import relive, settle
from hftd.runtime.past.unfold import Unfolding

log = logging.getLogger("hftd")

# A venue's clock as REST tells it may be this far behind (ns) what its streams told: cut to microseconds, or skewed.
# A day that begins again is behind by all that was lived of it.
SKEW = 10 * 10**9


def day_folder(state: Path, day: str) -> Path:
    """Where a day's journal lies."""
    return state / "journal" / day


class Survey(Struct, frozen=True):
    """What a day's journal holds, before any of it is lived through again."""

    number: int = 0
    """Its last record."""
    run: str = ""
    until: int = 0
    """When its last record was made, ns."""
    begin: Begin | None = None
    models: Mapping[str, Version] = {}
    """Who was seated at its end."""
    entered: Mapping[str, Enter] = {}
    """How those who came while it ran did so."""
    rules: Rules | None = None
    """The rules it ended with, where they changed while it ran."""


def survey(folder: Path, beat: Beat = silent) -> Survey:
    """Look through the day's journal, its torn tail cut off. Raises HftdError where it is damaged."""
    torn = cut_torn_tail(folder)
    if torn:
        log.warning("%s: %d bytes of a record that was not finished are cut off its end", folder, torn)
    found = Survey()
    number = until = 0
    models: dict[str, Version] = {}
    entered: dict[str, Enter] = {}
    rules: Rules | None = None
    for record in paced(read(folder), beat):
        number = record.number
        match record.content:
            case Begin() as begin if found.begin is None:
                if begin.format != FORMAT:
                    raise HftdError(f"{folder}: journal format {begin.format}, this hftd reads {FORMAT}")
                found = Survey(run=begin.run, begin=begin)
                models.update(begin.models)
            case Enter(model, plays) as enter:
                models[model], entered[model] = plays, enter
            case Leave(model):
                models.pop(model, None)
                entered.pop(model, None)
            case Rules() as latest:
                rules = latest
        if isinstance(record.content, Frame | Event):
            until = max(until, record.content.seen)
    return replace(found, number=number, until=until, models=models, entered=entered, rules=rules)


def open_journal(folder: Path, found: Survey, begin: Begin, *, fsync: bool) -> Journal:
    """The day's journal, ready to be appended to: begun, or gone on with. Raises HftdError where it is not writable."""
    begin = replace(begin, format=FORMAT, hftd=version("hftd"), run=found.run or secrets.token_hex(3))
    last = int(paths[-1].stem) if (paths := segments(folder)) else 1
    return Journal(folder, begin, number=found.number, segment=last, fsync=fsync)


def begins_again(found: Survey, now: int) -> bool:
    """Whether a simulated venue plays the day anew: its clock, ``now`` (ns), stands well before the journal's end."""
    return found.until > now + SKEW


def put_aside(folder: Path) -> Path:
    """Rename a day's journal, so that the day can begin anew; its new name. Raises HftdError."""
    for number in range(1, 10_000):
        aside = folder.with_name(f"{folder.name}.{number}")
        if not aside.exists():
            folder.rename(aside)
            return aside
    raise HftdError(f"{folder}: ten thousand earlier journals of this day are in the way")


def remember(engine: Engine, feeds: Iterable[Feed], folder: Path, *, follows: bool, beat: Beat = silent) -> int:
    """Pass the journal in ``folder`` through the engine; how many records there were. ``Restarted`` should follow.

    ``follows``: the daemon's clock was the venue's, so market events were seen at their own time.
    """
    feeds = tuple(feeds)
    unfolding = Unfolding(feeds, follows=follows)
    engine.recalling = True
    count = relive(engine, unfolding, paced(read(folder), beat))
    settle(engine, unfolding)
    engine.recalling = False
    for feed in feeds:
        feed.opened()
        feed.oddities = 0
    return count


def lock(state: Path) -> int:
    """Hold the state folder for this process alone; the descriptor that does. Raises HftdError if another has it."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HftdError(f"{state}: the state folder cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise HftdError(f"{state}: another hftd uses this state folder") from None
    return descriptor
