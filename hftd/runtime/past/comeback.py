"""The day so far, lived through again at a start, and what it does not know yet: other rules, other models."""

import logging
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import takewhile
from pathlib import Path

from msgspec.structs import replace

from hftd.core.backstage import Understudies
from hftd.core.engine import Engine
from hftd.core.events import Command, Enter, Event, Leave, Restarted, Rules
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.errors import HftdError, PluginError
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.protocols import Feed
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.past.journal import Begin, Record, segments
from hftd.runtime.past.page import carry
from hftd.runtime.past.pulse import Beat, silent
from hftd.runtime.past.recovery import Survey, remember, survey
from hftd.runtime.past.rehearsal import Rehearsal
from hftd.runtime.past.tail import Tail

log = logging.getLogger("hftd")


class Rehearsals:
    """Rehearsals on one day's journal; ``feeds`` makes feeds to decode it with, anew for each."""

    def __init__(self, folder: Path, feeds: Callable[[], Iterable[Feed]], *, follows: bool) -> None:
        self._folder = folder
        self._feeds = feeds
        self._follows = follows
        self.beat: Beat = silent
        """Called for each record a rehearsal lives through."""

    def of(self, plan: Blueprint, until: Enter | None = None) -> Rehearsal:
        """A model that has lived through what is written, or through what came before it entered.

        Raises PluginError where it cannot be built, or does what a playing model is benched for.
        """
        day = Tail(self._folder)
        made = Rehearsal(plan, self._feeds(), day, follows=self._follows)
        records = takewhile(lambda record: until is None or record.content != until, self._told(day))
        made.live_through(records, last=until is not None)
        return made

    def catch_up(self, rehearsal: Rehearsal, *, last: bool) -> int:
        """Let a rehearsal live through what was written since; how many records that were. ``last``: nothing follows.

        Raises PluginError as ``of`` does.
        """
        return rehearsal.live_through(self._told(rehearsal.day), last=last)

    def _told(self, day: Tail) -> Iterator[Record]:
        for record in day.records():
            self.beat()
            yield record


def come_back(
    engine: Engine, troupe: Troupe, found: Survey, begin: Begin, folder: Path, feeds: Iterable[Feed],
    rehearsals: Rehearsals, *, follows: bool, now: int, flattened: Container[str] = (),
) -> list[Event]:  # fmt: skip
    """Remember the day in ``folder``; the events that make it what the settings and plugins are now, ``begin``.

    Of models that are gone, the positions of those ``flattened`` are traded away.
    """
    beat = rehearsals.beat
    if found.begin is None:
        return from_yesterday(folder, feeds, begin, follows=follows, now=now, flattened=flattened, beat=beat)
    for name, enter in found.entered.items():
        plan = troupe.plan(name)
        if plan is not None and plan.version == enter.version:
            troupe.wait(rehearsals.of(plan, enter), enter)
    remember(engine, feeds, folder, follows=follows, beat=beat)
    log.info("remembered %d records of %s: %d orders", found.number, begin.day, engine.state.counts["orders"])
    news: list[Event] = [Restarted(now, dict(begin.models), begin.plugins)]
    if not found.until:  # the one before died before it had taken over anything
        news += from_yesterday(folder, feeds, begin, follows=follows, now=now, flattened=flattened, beat=beat)
    rules = found.rules or Rules(found.begin.limits, found.begin.flatten, 0)
    if (rules.limits, rules.flatten) != (begin.limits, begin.flatten):
        news.append(Rules(begin.limits, begin.flatten, now))
    for name, version in begin.models.items():
        plan = troupe.plan(name)
        if plan is not None and found.models.get(name) != version:
            news += _entry(troupe, plan, rehearsals, now)
    return news + [Leave(name, name in flattened, now) for name in sorted(found.models.keys() - begin.models.keys())]


def from_yesterday(
    folder: Path, feeds: Iterable[Feed], begin: Begin, *, follows: bool, now: int, flattened: Container[str] = (),
    beat: Beat = silent,
) -> list[Event]:  # fmt: skip
    """What the last day whose journal lies beside ``folder`` left, for a day that begins; nothing where there is none.

    A model stays benched unless it has changed. One whose file was taken away since retires: what it has in the market
    is to be withdrawn, and of those ``flattened``, what they hold is traded away. The kill switch is not in it: the
    state folder itself keeps that.
    """
    days = sorted(each for each in folder.parent.glob("????-??-??") if each.name < folder.name and segments(each))
    if not days:
        return []
    try:
        found = survey(days[-1], beat)
        seated = {**(found.begin.models if found.begin is not None else {}), **found.models}
        seats = [Seat(name, None, ()) for name in seated]
        engine = Engine(State(), seats, [], flatten=False, backstage=Understudies())
        remember(engine, feeds, days[-1], follows=follows, beat=beat)
    except HftdError as error:
        log.warning("nothing is taken over from the day before: %s", error)
        return []
    left = carry(engine, now)
    same = {name for name, version in begin.models.items() if found.models.get(name) == version}
    benched = {name: reason for name, reason in left.benched.items() if name in same}
    gone = found.models.keys() - begin.models.keys()
    for name in sorted(gone):
        held = "traded away" if name in flattened else "kept"
        log.warning("model %s is gone since %s: it retires, its positions are %s", name, days[-1].name, held)
    leaving = {*left.leaving, *(name for name in gone if name in flattened)} - begin.models.keys()
    # How a model stands is the settings' word where a process begins, the clock is measured anew, and nobody knows
    # which withdrawals left.
    orders = tuple(
        replace(order, cancel_sent=False, cancelling=order.cancelling or order.model in gone) for order in left.orders
    )
    return [
        replace(
            left, benched=benched, halted="", flattening=False, orders=orders, leaving=tuple(sorted(leaving)),
            standings={}, skew=0,
        )
    ]  # fmt: skip


def _entry(troupe: Troupe, plan: Blueprint, rehearsals: Rehearsals, now: int) -> list[Event]:
    enter = Enter(plan.name, plan.version, now)
    try:
        rehearsal = rehearsals.of(plan)
        rehearsals.catch_up(rehearsal, last=True)
        return [troupe.wait(rehearsal, enter)]
    except PluginError as error:
        # There is no older version to go on with: it takes its seat, and is benched for what it did.
        return [enter, Command("bench", f"{plan.name} {error}", "hftd", now)]
