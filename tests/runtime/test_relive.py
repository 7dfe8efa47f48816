"""A day passed through an engine once more: what one that remembers hears, and what a model that rehearses must not."""

from typing import Any

import pytest

from hftd.core.effects import Effect, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Command, Enter, Event, Leave, Restarted, SessionPhase, Shutdown, Timer, Trade, Version
from hftd.core.intents import wake
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.runtime.past.journal import Record
from hftd.runtime.past.relive import relive
from hftd.runtime.past.unfold import Unfolding

DAY = "2026-11-20"


class Hears:
    """Asks for a timer at its first print, 50 ns later, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_trade(self, trade: Trade) -> Any:
        self.told.append(f"print {trade.id}")
        return wake(trade.seen + 50, "k") if len(self.told) == 1 else None

    def on_timer(self, timer: Timer) -> None:
        self.told.append(f"timer {timer.at}")


def told(*contents: Event | Effect, rehearsing: bool) -> list[str]:
    model = Hears()
    engine = Engine(State(), [Seat("m", model, ("SPY",))], [], flatten=False)
    engine.recalling, engine.rehearsing = True, rehearsing
    records = [Record(number, content) for number, content in enumerate((SessionPhase("open", DAY, 1), *contents))]
    assert relive(engine, Unfolding([], follows=False), records) == len(records)
    assert not engine.state.stopping
    return model.told


def trade(number: int, seen: int) -> Trade:
    return Trade("SPY", 1.0, 1, 0, seen, id=number)


def test_a_model_that_rehearses_has_the_timers_it_asked_for_itself() -> None:
    other = WakeAt("m:k", 120)  # the one its older version asked for
    assert told(trade(1, 100), other, trade(2, 140), trade(3, 160), rehearsing=True) == [
        "print 1", "print 2", "timer 150", "print 3"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        Restarted(200), Enter("m", Version("aa"), 200), Leave("m", False, 200), Shutdown("SIGTERM", 200),
        Command("bench", "m", "root", 200),
    ],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_a_rehearsal_does_not_hear_of_others_and_no_time_passes_by_them(event: Event) -> None:
    """Whoever enters with a restart rehearsed before it was noted, so nobody may be told of timers by it."""
    assert told(trade(1, 100), event, rehearsing=True) == ["print 1"]


def test_one_that_remembers_hears_what_was_noted_and_no_more() -> None:
    noted = (WakeAt("m:k", 120), trade(2, 140), Timer("m:k", 120, 145), Shutdown("SIGTERM", 150))
    assert told(trade(1, 100), *noted, rehearsing=False) == ["print 1", "print 2", "timer 120"]
