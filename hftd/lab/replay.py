"""Replay: the engine of the live daemon, fed from a tape and answered by the simulated venue's matching engine.

Backtest is replay. The only clock is the tape's.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hftd.core.effects import Cancel, Effect, Replace, Submit, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Event, OrderUpdate, Quote, SessionPhase, Timer, Trade
from hftd.core.matching import Exchange, Rejection
from hftd.core.session import NEVER, Schedule
from hftd.lab.diary import Diary
from hftd.tape.layout import Market

RUN = "replay"
"""What stands in order ids for the run; a live session draws its own."""

OnStep = Callable[[Event, Sequence[Effect]], None]


class Replay:
    """One pass of a tape.

    ``watch`` is shown every event and what followed from it; ``diary`` is written, and ``progress`` told the time, as
    often as the diary says.
    """

    def __init__(
        self, engine: Engine, exchange: Exchange, schedule: Schedule, watch: OnStep | None = None, *,
        diary: Diary | None = None, progress: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.exchange = exchange
        self._schedule = schedule
        self._watch = watch
        self._past: Counter[str] = Counter()
        self._past_refusals: Counter[str] = Counter()
        self._alarms: list[tuple[int, str]] = []
        self._diary = diary
        self._progress = progress
        self._sample = NEVER
        """When the next sample is due; never while asleep."""
        self._due = schedule.next
        self._acts: dict[type[Effect], Callable[[Any], Iterable[Event]]] = {
            Submit: self._submit, Cancel: self._cancel, Replace: self._replace, WakeAt: self._wake_at,
        }  # fmt: skip

    def run(self, tape: Iterable[Market]) -> None:
        """Play the tape to its end, and the session in progress to its own."""
        self.play(tape)
        self.end()

    def play(self, tape: Iterable[Market]) -> None:
        """Play the tape to its end; the session goes on, and more may be played."""
        step, watch, hear = self.engine.step, self._watch, self.hear
        venue_trade, venue_quote = self.exchange.trade, self.exchange.quote
        for event in tape:
            if event.seen >= self._due:
                self.catch_up(event.seen)
            # The venue acts on a print before anybody hears of it; its answers come after the print itself.
            reports: Sequence[Event] = ()
            if type(event) is Trade:
                reports = venue_trade(event)
            elif type(event) is Quote:
                reports = venue_quote(event)
            effects = step(event)
            if watch is not None:
                watch(event, effects)
            if effects:
                self._perform(effects)
            for report in reports:
                hear(report)

    def end(self) -> None:
        """Play the session in progress to its end."""
        while self.engine.state.phase != "asleep" and self._due != NEVER:
            self.catch_up(self._due)

    def counts(self) -> Counter[str]:
        """The engine's counters over every day of the tape."""
        return self._past + Counter(self.engine.state.counts)

    def refusals(self) -> Counter[str]:
        """Refusals by code over every day of the tape."""
        return self._past_refusals + Counter(self.engine.state.refusals)

    def hear(self, event: Event) -> None:
        """An event that is not on the tape."""
        effects = self.engine.step(event)
        if self._watch is not None:
            self._watch(event, effects)
        if self._diary is not None:
            self._diary.heard(event)
        if effects:
            self._perform(effects)

    def catch_up(self, now: int) -> None:
        """Let come what was due up to ``now`` (ns UTC): phases of the day, timers."""
        while now >= self._due:
            if self._alarms and self._alarms[0][0] < min(self._schedule.next, self._sample):
                at, key = heapq.heappop(self._alarms)
                self._set_due()
                self.hear(Timer(key, at, at))
            elif self._sample < self._schedule.next:
                self._take_sample(self._sample)
            else:
                self._begin_phase(self._schedule.next)

    def _take_sample(self, now: int) -> None:
        if self._diary is None:
            return
        self._diary.sample(now)
        if self._progress is not None:
            self._progress(now)
        awake = self.engine.state.phase != "asleep"
        self._sample = now - now % self._diary.every + self._diary.every if awake else NEVER
        self._set_due()

    def _begin_phase(self, moment: int) -> None:
        phase = self._schedule.due(moment)
        self._set_due()
        if phase is None:
            return
        state = self.engine.state
        if phase.phase != "asleep" and phase.day != state.day:  # the engine starts its counters again
            self._past.update(state.counts)
            self._past_refusals.update(state.refusals)
        reports: Sequence[Event] = ()
        if phase.phase == "open":
            reports = self.exchange.begin(moment)
        elif phase.phase == "closed":
            reports = self.exchange.expire(moment)
        self.hear(SessionPhase(phase.phase, phase.day, phase.seen, phase.until, RUN))
        state.reconciled = True  # nobody else trades this account
        for report in reports:
            self.hear(report)
        self._take_sample(moment)

    def _set_due(self) -> None:
        self._due = min(self._schedule.next, self._sample, self._alarms[0][0] if self._alarms else NEVER)

    # ---- what the engine asks for -------------------------------------------------------------------------------

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            act = self._acts.get(type(effect))
            if act is not None:
                for event in act(effect):
                    self.hear(event)

    def _submit(self, effect: Submit) -> Iterable[Event]:
        now = self.engine.state.now
        if self._diary is not None:
            self._diary.sent(effect.order)
        try:
            return self.exchange.submit(effect.order, now)
        except Rejection as error:
            return (OrderUpdate(effect.order.id, "rejected", now, now, "", str(error)),)

    def _cancel(self, effect: Cancel) -> Iterable[Event]:
        try:
            return self.exchange.cancel(effect.venue_id, self.engine.state.now)
        except Rejection:
            return ()  # it ended first, and has told so

    def _replace(self, effect: Replace) -> Iterable[Event]:
        now = self.engine.state.now
        if self._diary is not None:
            self._diary.sent(effect.order)
        try:
            return self.exchange.replace(effect.order.replaces, effect.order, now)
        except Rejection as error:
            return (OrderUpdate(effect.order.id, "rejected", now, now, "", str(error)),)

    def _wake_at(self, effect: WakeAt) -> Iterable[Event]:
        heapq.heappush(self._alarms, (effect.at, effect.key))
        self._set_due()
        return ()
