"""A day's records passed through an engine once more, each event at its own place in the order of things."""

from collections.abc import Iterable

from hftd.core.effects import Bench, Effect, Stand, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Command, Enter, Event, Leave, Restarted, Rules, Shutdown, Timer
from hftd.core.recall import recall
from hftd.runtime.past.journal import Record
from hftd.runtime.past.unfold import Unfolding

# What a model that rehearses must not hear: the comings and goings of those who played before it. A process that begins
# is among them, since models that enter with it have rehearsed before that was noted.
OF_OTHERS = (Enter, Leave, Rules, Restarted)
STANDINGS = frozenset({"activate", "shadow", "bench"})


def relive(engine: Engine, unfolding: Unfolding, records: Iterable[Record]) -> int:
    """Pass ``records`` through an engine that is recalling; how many there were. More may follow: see ``settle``."""
    count = 0
    for record in records:
        count += 1
        for lived in unfolding.take(record):
            if isinstance(lived, Effect):
                _believe(engine, lived)
            else:
                _live_through(engine, lived)
    return count


def settle(engine: Engine, unfolding: Unfolding) -> None:
    """Pass what is left of the last frame through the engine: nothing more was noted in the midst of it."""
    for event in unfolding.rest():
        _live_through(engine, event)


def _believe(engine: Engine, effect: Effect) -> None:
    if engine.rehearsing and isinstance(effect, WakeAt | Bench | Stand):
        return  # of the version that played then
    recall(engine, effect)


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
