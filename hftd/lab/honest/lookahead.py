"""Does a model know what it cannot know? Each is played alone, and again on tapes on which no honest model differs.

* *Cut*: the tape ends after one of its decisions. Whoever decided on what came later, now decides otherwise; and at the
  cut its memory is searched for prices that were cut off.
* *Moved*: the same tape some weeks later, opening hours too. Whoever looks a moment up in a copy, finds another one.
* *Opened*: nobody but the replay has any business with the tape's file.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hftd.config.schema import Config
from hftd.core.effects import Cancel, Effect, Refuse, Replace, Shadow, Submit
from hftd.core.events import Event, Gap
from hftd.core.session import Day
from hftd.lab.honest.hindsight import knows
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import Played, backtest
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.host import Plugins
from hftd.tape.layout import Market

CUTS = 4
LATER = timedelta(weeks=4)
LATER_NS = LATER // timedelta(microseconds=1) * 1_000

Decision = tuple[int, str]
"""When, and what in words."""


class Finding(Struct, frozen=True):
    """A model that knows what it cannot know: how that shows, and at which moment of the tape (ns UTC)."""

    model: str
    shows: str
    at: int


class Course(Struct, frozen=True):
    """Everything a replay needs but the model: settings, plugins, the days and the tape, all of it in memory."""

    config: Config
    plugins: Plugins
    days: Sequence[Day]
    tape: Sequence[Market]
    cash: Decimal
    assumptions: Assumptions

    def play(self, plan: Blueprint) -> tuple[list[Decision], Played]:
        """What the model decides, alone on the course."""
        watch = _Decisions()
        played = backtest(
            self.config, self.plugins, (plan,), self.tape,
            cash=self.cash, assumptions=self.assumptions, days=self.days, watch=watch,
        )  # fmt: skip
        return watch.made, played

    def cut(self, after: int) -> "Course":
        """The tape up to and including the moment ``after``."""
        end = next((place for place, each in enumerate(self.tape) if each.seen > after), len(self.tape))
        return replace(self, tape=self.tape[:end])

    def moved(self) -> "Course":
        """The same some weeks later."""
        tape = [_later(each) for each in self.tape]
        return replace(self, tape=tape, days=[_moved(day) for day in self.days])


def look_ahead(course: Course, plan: Blueprint, opened: Callable[[], bool] = lambda: False) -> Finding | None:
    """What shows that the model of ``plan`` looks ahead; None where nothing does.

    ``opened`` says whether the tape's files were opened since it was asked last. A model that keeps the future where
    it cannot be found, and uses it by counting, is not found.
    """
    whole, played = course.play(plan)
    if opened():
        return Finding(plan.name, "the tape's file was opened while it played", played.equity[0].at)
    return _cut(course, plan, whole) or _moved_finding(course, plan, whole)


def imports_the_tape(course: Course, plan: Blueprint, opened: Callable[[], bool]) -> Finding | None:
    """What shows that the file of ``plan`` reads the tape as soon as it is imported: it is imported once more, alone.

    Raises PluginError where it cannot be.
    """
    alone = Plugins()
    try:
        alone.add_file(Path(plan.file))
    finally:
        alone.forget()
    return Finding(plan.name, "the tape's file is opened by its import", course.tape[0].seen) if opened() else None


def _cut(course: Course, plan: Blueprint, whole: Sequence[Decision]) -> Finding | None:
    for after in _moments(course, whole):
        shorter = course.cut(after)
        before = [each for each in whole if each[0] <= after]
        again, played = shorter.play(plan)
        again = [each for each in again if each[0] <= after]
        found = _first_difference(before, again)
        if found is not None:
            at, was, now = found
            return Finding(plan.name, f"it decides {was} where the tape goes on, and {now} where it ends there", at)
        held = knows(played.replay.engine.seats[plan.name].model, course.tape[len(shorter.tape):])
        if held:
            return Finding(plan.name, f"what it keeps as {held} holds prices that are still to come", after)
    return None


def _moved_finding(course: Course, plan: Blueprint, whole: Sequence[Decision]) -> Finding | None:
    later, _ = course.moved().play(plan)
    found = _first_difference(whole, [(at - LATER_NS, what) for at, what in later])
    if found is None:
        return None
    at, was, now = found
    shows = f"it decides {was}, and {now} where the same tape is played as of {LATER.days} days later"
    return Finding(plan.name, shows, at)


def _moments(course: Course, whole: Sequence[Decision]) -> list[int]:
    """Where to cut: after some of its decisions, spread over the tape; in the middle where it made none."""
    times = sorted({at for at, _ in whole if at < course.tape[-1].seen})
    if not times:
        return [course.tape[len(course.tape) // 2].seen]
    return [times[place * len(times) // (CUTS + 1)] for place in range(1, CUTS + 1)] if len(times) > CUTS else times


def _first_difference(one: Sequence[Decision], other: Sequence[Decision]) -> tuple[int, str, str] | None:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            at = min(mine[0], theirs[0])
            return at, mine[1] if mine[0] == at else "nothing", theirs[1] if theirs[0] == at else "nothing"
    if len(one) == len(other):
        return None
    at, what = (one if len(one) > len(other) else other)[min(len(one), len(other))]
    return (at, what, "nothing") if len(one) > len(other) else (at, "nothing", what)


def _later(event: Market) -> Market:
    if isinstance(event, Gap):
        bars = tuple(replace(bar, ts=bar.ts + LATER_NS, seen=bar.seen + LATER_NS) for bar in event.bars)
        since, until = event.since + LATER_NS, event.until + LATER_NS
        return replace(event, since=since, until=until, seen=event.seen + LATER_NS, bars=bars)
    return replace(event, ts=event.ts + LATER_NS, seen=event.seen + LATER_NS)


def _moved(day: Day) -> Day:
    phases = tuple(replace(each, start=each.start + LATER_NS, end=each.end + LATER_NS) for each in day.phases)
    # Its name stays: order ids are made of it, and by them the venue chooses what it fills in parts.
    return Day(day.date, phases)


class _Decisions:
    """Keeps what a model decided, in words that do not name the order: its id holds the day."""

    def __init__(self) -> None:
        self.made: list[Decision] = []

    def __call__(self, event: Event, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Submit(order) | Replace(order):
                    limit = "" if order.limit is None else f" at {order.limit}"
                    self.made.append((event.seen, f"{order.side} {order.shares} {order.symbol}{limit}"))
                case Refuse(_, wish):
                    self.made.append((event.seen, f"{wish} (refused)"))
                case Shadow(_, wish):
                    self.made.append((event.seen, f"{wish} (shadow)"))
                case Cancel():
                    self.made.append((event.seen, "cancel"))
                case _:
                    pass
