"""Start is recovery: the day's journal, if there is one, passes through the engine before anything else does."""

import fcntl
import os
import secrets
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from hftd.core.effects import Bench, Effect
from hftd.core.engine import Engine
from hftd.core.events import Event, SessionPhase, Shutdown, Timer
from hftd.core.recall import recall
from hftd.core.session import NEVER
from hftd.errors import HftdError
from hftd.plugin.protocols import Feed
from hftd.runtime.journal import FORMAT, Begin, Frame, Journal, cut_torn_tail, read, segments

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
    models: Mapping[str, str] = {}
    """The models it was begun with, each with the SHA-256 of its file."""


def survey(folder: Path) -> Survey:
    """Look through the day's journal, its torn tail cut off. Raises HftdError where it is damaged."""
    cut_torn_tail(folder)
    number, run, until = 0, "", 0
    models: Mapping[str, str] = {}
    for record in read(folder):
        number = record.number
        content = record.content
        if isinstance(content, Begin):
            if content.format != FORMAT:
                raise HftdError(f"{folder}: journal format {content.format}, this hftd reads {FORMAT}")
            run, models = content.run, content.models
        elif isinstance(content, Frame | Event):
            until = max(until, content.seen)
    return Survey(number, run, until, models)


def open_journal(folder: Path, day: str, found: Survey, models: Mapping[str, str], *, fsync: bool) -> Journal:
    """The day's journal, ready to be appended to: begun, or gone on with. Raises HftdError where it is not writable."""
    begin = Begin(FORMAT, day, found.run or secrets.token_hex(3), version("hftd"), dict(models))
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


def remember(
    engine: Engine, feeds: Iterable[Feed], folder: Path, *, follows: bool, mended: Collection[str] = ()
) -> int:
    """Pass the journal in ``folder`` through the engine; how many records there were.

    ``follows``: the daemon's clock was the venue's, so market events were seen at their own time. ``mended``: models
    whose file is another one now, and whose benching is forgotten.
    """
    by_name = {feed.name: feed for feed in feeds}
    count = 0
    framed: deque[Event] = deque()
    engine.recalling = True
    for record in read(folder):
        count += 1
        # A frame is noted when it comes, and what an event in it made due behind it, though that came before the event.
        due = _due(record.content)
        while framed and framed[0].seen < due:
            _live_through(engine, framed.popleft())
        match record.content:
            case Frame(name, seen, data) if name in by_name:
                framed.extend(by_name[name].decode(data, 0 if follows and not by_name[name].orders else seen))
            case Event() as event:
                _live_through(engine, event)
            case Bench(model, _) if model in mended:
                pass
            case Effect() as effect:
                recall(engine, effect)
            case _:
                pass
    for event in framed:
        _live_through(engine, event)
    engine.recalling = False
    for working in engine.state.blotter.of():
        working.cancel_sent = False  # nobody knows whether the request left, and asking twice does no harm
    engine.state.reconciled = False  # the venue has the last word on everything that was remembered
    engine.state.phase = "asleep"  # nothing is connected, whatever the day's phase: entering it connects
    engine.state.feeds.clear()
    for feed in by_name.values():
        feed.opened()
        feed.oddities = 0
    return count


def _due(content: Begin | Frame | Event | Effect) -> int:
    """When this record's moment had come, ns; what no moment brought came after all that was noted before it."""
    match content:
        case SessionPhase(seen=due) | Timer(seen=due):
            return due
        case _:
            return NEVER


def _live_through(engine: Engine, event: Event) -> None:
    # A shutdown that was asked for then is not asked for now.
    if not isinstance(event, Shutdown):
        engine.step(event)


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
