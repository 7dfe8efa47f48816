"""A day's records passed through an engine once more, each event at its own place in the order of things."""

from collections import deque
from collections.abc import Iterable

from hftd.core.effects import Bench, Effect, Stand, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Command, Enter, Event, Leave, Rules, SessionPhase, Shutdown, Timer
from hftd.core.recall import recall
from hftd.core.session import NEVER
from hftd.plugin.protocols import Feed
from hftd.runtime.journal import Begin, Frame, Record

# What a model that rehearses must not hear: the comings and goings of those who played before it.
OF_OTHERS = (Enter, Leave, Rules)
STANDINGS = frozenset({"activate", "shadow", "bench"})


def relive(
    engine: Engine, feeds: Iterable[Feed], records: Iterable[Record], *,
    follows: bool, framed: deque[Event] | None = None,
) -> int:  # fmt: skip
    """Pass ``records`` through an engine that is recalling; how many there were.

    ``follows``: the daemon's clock was the venue's, so market events were seen at their own time. Where more records
    will come, ``framed`` keeps the events of a last frame whose moment has not come.
    """
    by_name = {feed.name: feed for feed in feeds}
    count = 0
    waiting: deque[Event] = deque() if framed is None else framed
    for record in records:
        count += 1
        # A frame is noted when it comes, and what an event in it made due behind it, though that came before the event.
        due = _due(record.content)
        while waiting and waiting[0].seen < due:
            _live_through(engine, waiting.popleft())
        match record.content:
            case Frame(name, seen, data) if name in by_name:
                waiting.extend(by_name[name].decode(data, 0 if follows and not by_name[name].orders else seen))
            case Event() as event:
                _live_through(engine, event)
            case WakeAt() | Bench() | Stand() if engine.rehearsing:
                pass  # of the version that played then
            case Effect() as effect:
                recall(engine, effect)
            case _:
                pass
    if framed is None:
        settle(engine, waiting)
    return count


def settle(engine: Engine, framed: deque[Event]) -> None:
    """Pass what is left of the last frame through the engine: nothing comes between any more."""
    while framed:
        _live_through(engine, framed.popleft())


def _due(content: Begin | Frame | Event | Effect) -> int:
    """When this record's moment had come, ns; what no moment brought came after all that was noted before it."""
    match content:
        case SessionPhase(seen=due) | Timer(seen=due):
            return due
        case _:
            return NEVER


def _live_through(engine: Engine, event: Event) -> None:
    if isinstance(event, Shutdown):
        return  # one that was asked for then is not asked for now
    if engine.rehearsing:
        if isinstance(event, OF_OTHERS) or (isinstance(event, Command) and event.name in STANDINGS):
            return
        for seat in engine.seats.values():
            _ring(engine, seat.name, seat.alarms, event.seen)
    engine.step(event)


def _ring(engine: Engine, model: str, alarms: set[tuple[int, str]], now: int) -> None:
    """Bring a model that rehearses the timers it asked for itself, in the order of their times."""
    while alarms and (first := min(alarms))[0] <= now:
        at, key = first
        engine.step(Timer(f"{model}:{key}", at, at))
        alarms.discard(first)
