"""Replay: the engine of the live daemon, fed from a tape and answered by the simulated venue's matching engine.

Backtest is replay. The only clock is the tape's.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from hftd.core.effects import Effect, Replace, Submit, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Event, FeedDown, Gap, Quote, SessionPhase, Status, Timer, Trade
from hftd.core.matching import Exchange
from hftd.core.session import NEVER, Schedule
from hftd.lab.replay.diary import Diary
from hftd.lab.replay.latency import Fixed, Latency
from hftd.lab.replay.order_way import OrderWay
from hftd.lab.replay.walk import walk
from hftd.tape.layout import Market

RUN = "replay"
"""What stands in order ids for the run; a live session draws its own."""

AT_ONCE = Fixed()

OnStep = Callable[[Event, Sequence[Effect]], None]


class Replay:
    """One pass of a tape.

    ``watch`` is shown every event and what followed from it; ``diary`` is written, and ``progress`` told the time, as
    often as the diary says. Orders and their reports take the time of ``latency``.
    """

    def __init__(
        self, engine: Engine, exchange: Exchange, schedule: Schedule, watch: OnStep | None = None, *,
        diary: Diary | None = None, progress: Callable[[int], None] | None = None, latency: Latency = AT_ONCE,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.exchange = exchange
        self._schedule = schedule
        self._watch = watch
        self._past: Counter[str] = Counter()
        self._past_refusals: Counter[str] = Counter()
        self._alarms: list[tuple[int, str]] = []
        self._bells: list[int] = []
        """When the regular session is still to begin and to end, in a day that has more."""
        self._diary = diary
        self._progress = progress
        self._sample = NEVER
        """When the next sample is due; never while asleep."""
        self._way = OrderWay(exchange, latency)
        self._due = schedule.next
        self._step = engine.step if watch is None else self._watched

    def run(self, tape: Iterable[Market]) -> None:
        """Play the tape to its end, and the session in progress to its own."""
        self.play(tape)
        self.end()

    def play(self, tape: Iterable[Market]) -> None:
        """Play the tape to its end; the session goes on, and more may be played."""
        events, step, trade, quote = iter(tape), self._step, self.exchange.trade, self.exchange.quote
        while (met := walk(events, self._due, trade, quote, step)) is not None:
            event, reports, effects = met
            if reports is None:
                self.catch_up(event.seen)
                reports = self._tell_venue(event)
                effects = step(event)
            if effects:
                self._perform(effects)
            if reports:
                self._report(reports, event.seen)

    def end(self) -> None:
        """Play the session in progress to its end."""
        while self.engine.state.phase != "asleep" and self._due != NEVER:
            self.catch_up(self._due)
        if self._diary is not None:
            self._diary.sample(self.engine.state.now)  # the tape may have gone on for longer than the session

    def counts(self) -> Counter[str]:
        """The engine's counters over every day of the tape."""
        return self._past + Counter(self.engine.state.counts)

    def refusals(self) -> Counter[str]:
        """Refusals by code over every day of the tape."""
        return self._past_refusals + Counter(self.engine.state.refusals)

    def _watched(self, event: Event) -> Sequence[Effect]:
        effects = self.engine.step(event)
        if self._watch is not None:
            self._watch(event, effects)
        return effects

    def hear(self, event: Event) -> None:
        """An event that is not on the tape."""
        effects = self._step(event)
        if self._diary is not None:
            self._diary.heard(event)
        if effects:
            self._perform(effects)

    def catch_up(self, now: int) -> None:
        """Let come what was due up to ``now`` (ns UTC): phases of the day, orders and answers on their way, timers."""
        while now >= self._due:
            due = self._due
            if due == self._schedule.next:
                self._begin_phase(due)
            elif due in self._bells:
                self._ring()
            elif due == self._way.due:
                self._hear_all(self._way.arrive())
            elif self._alarms and due == self._alarms[0][0]:
                at, key = heapq.heappop(self._alarms)
                self._set_due()
                self.hear(Timer(key, at, at))
            else:
                self._take_sample(due)
            self._set_due()

    def _take_sample(self, now: int) -> None:
        if self._diary is None:
            return
        self._diary.sample(now)
        if self._progress is not None:
            self._progress(now)
        awake = self.engine.state.phase != "asleep"
        self._sample = now - now % self._diary.every + self._diary.every if awake else NEVER

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
            reports = self._open(phase)
        elif phase.phase == "closed":
            self._bells.clear()
            reports = self.exchange.expire(moment, phase.regular is not None)
        self.hear(SessionPhase(phase.phase, phase.day, phase.seen, phase.until, RUN, phase.regular))
        state.reconciled = True  # nobody else trades this account
        self._report(reports, moment)
        self._take_sample(moment)

    def _open(self, phase: SessionPhase) -> Sequence[Event]:
        """Open the venue; where more than the regular session is traded, that begins and ends by bells of its own."""
        now, regular = phase.seen, phase.regular
        if regular is None:
            return self.exchange.begin(now)
        self._bells = [bell for bell in regular if bell > now]
        self.exchange.open = False
        return self.exchange.begin(now) if regular[0] <= now < regular[1] else ()

    def _ring(self) -> None:
        bell = self._bells.pop(0)
        self._report(self.exchange.expire(bell) if self.exchange.open else self.exchange.begin(bell), bell)

    def _set_due(self) -> None:
        alarm = self._alarms[0][0] if self._alarms else NEVER
        self._due = min(self._schedule.next, self._way.due, self._sample, alarm, *self._bells[:1])

    def _report(self, reports: Sequence[Event], now: int) -> None:
        """What the venue says of its own accord."""
        self._hear_all(self._way.report(reports, now))
        if self._way.due < self._due:
            self._due = self._way.due

    def _hear_all(self, reports: Iterable[Event]) -> None:
        for report in reports:
            self.hear(report)

    def _tell_venue(self, event: Event) -> Sequence[Event]:
        """Halts are the venue's own; what is missing of the tape, it does not know either."""
        if isinstance(event, Trade):
            return self.exchange.trade(event)
        if isinstance(event, Quote):
            return self.exchange.quote(event)
        if isinstance(event, Status):
            self.exchange.status(event)
        elif isinstance(event, FeedDown | Gap):
            self.exchange.gap()
        return ()

    def _perform(self, effects: Sequence[Effect]) -> None:
        """What the engine asks for."""
        now = self.engine.state.now
        for effect in effects:
            if isinstance(effect, WakeAt):
                heapq.heappush(self._alarms, (effect.at, effect.key))
                self._set_due()
                continue
            if self._diary is not None and isinstance(effect, Submit | Replace):
                self._diary.sent(effect.order)
            answers = self._way.send(effect, now)
            if answers:
                self._hear_all(answers)
            elif self._way.due < self._due:
                self._due = self._way.due
