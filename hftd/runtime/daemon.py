"""The daemon: feeds the engine what comes in and does what the engine asks. One day, every day.

a frame → journal → decode → engine.step → journal, written → the order path
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from hftd.config.schema import Config
from hftd.core.agenda import Agenda
from hftd.core.effects import Connect, Disconnect, KillSwitch, Reconcile, Resolve, Stand, Stop, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Command, CommandName, Event, OrderUpdate, SessionPhase, Shutdown, Timer
from hftd.core.session import Schedule
from hftd.errors import Unavailable
from hftd.plugin.protocols import Broker, Feed, Request
from hftd.runtime.clock import Clock
from hftd.runtime.intake import Intake
from hftd.runtime.loop import LONGEST, Loop
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.models.wanted import wanted
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.office.day_table import DayTable
from hftd.runtime.office.inquiry import Inquiry
from hftd.runtime.office.timekeeper import Timekeeper
from hftd.runtime.outlet import Outlet
from hftd.runtime.past.journal import Journal
from hftd.runtime.past.page import carry, next_page
from hftd.runtime.people import kill_switch, message_ids, status
from hftd.runtime.people.health import Health
from hftd.runtime.people.journald import Say
from hftd.runtime.people.narrator import Narrator
from hftd.runtime.people.notify import Notify
from hftd.runtime.speed.stages import Stages
from hftd.runtime.wire.budget import Budget
from hftd.runtime.wire.lane import Lanes
from hftd.runtime.wire.liveness import Liveness
from hftd.runtime.wire.stream import Stream

log = logging.getLogger("hftd")

WRITE_EVERY = 0.010  # seconds market data may wait for its write
RETRY = 1.0  # seconds between questions the venue has not answered
LATE = 0.25  # seconds between looks for late answers
GIVE_UP = 8.0  # seconds a stop may wait for the venue; below any TimeoutStopSec
SOON = 1800 * 10**9  # ns: with when_closed = "exit", the daemon waits for an open this near
BACKWARDS = 60 * 10**9  # ns a simulated venue's clock may seem to fall behind what it said before


class Daemon:
    """Engine, sockets, journal and clock in one place."""

    def __init__(
        self, config: Config, engine: Engine, journal: Journal, schedule: Schedule, *,
        troupe: Troupe, table: DayTable, loop: Loop, clock: Clock,
        feeds: Sequence[Feed], broker: Broker, office: BackOffice, notify: Notify, say: Say, root: Path,
    ) -> None:  # fmt: skip
        """Take the parts ``assemble`` made. ``root`` is the state folder; ``say`` writes lines to the log."""
        self.engine = engine
        self.troupe = troupe
        self.loop = loop
        self.clock = clock
        self.stages = Stages(loop.spare)
        self.pace = status.Pace()
        self.config = config
        self.journal = journal
        self._agenda = Agenda(schedule)
        self._table = table
        self._broker = broker
        self._office = office
        self._notify = notify
        self._tell = Narrator(say, loop.spare).tell
        self._root = root
        self.ready = False
        self.on_stand: Callable[[Stand], None] = lambda stand: None
        """Called where a model stands otherwise from now on, before anything else happens."""
        self._budget = Budget(broker.requests_per_minute, monotonic())
        self._inquiry = Inquiry(loop, office, clock, self._budget, self._learn)
        self._lanes = Lanes(loop, broker.endpoint(), config.venue.order_connections, self._answered, self._unanswered)
        self.outlet = Outlet(
            self, broker, self._lanes, self._budget, root=root, tell=self._tell,
            acts={
                Connect: self._connect, Disconnect: self._disconnect,
                Reconcile: lambda _: self._inquiry.reconcile(),
                Resolve: lambda effect: self._inquiry.resolve(effect.order),
                WakeAt: lambda effect: self._agenda.wake(effect.at, effect.key),
                Stop: lambda effect: loop.stop(effect.code),
                Stand: self._stood,
            },
        )  # fmt: skip
        intake = Intake(
            self, self._agenda, self._inquiry, perform=self.outlet.perform, catch_up=self._catch_up,
            hear_time=self._hear_time, tell=self._tell,
        )  # fmt: skip
        self.streams = [Stream(feed, loop, clock, intake.take, self.hear) for feed in feeds]
        allowed = lambda: self.config.risk.max_skew_seconds  # noqa: E731 - a reload may change it
        self._keeper = Timekeeper(loop, office, clock, self._budget, allowed, self.hear, self._take_time)
        self.health = Health(self.streams, self._lanes, self._inquiry, self._keeper)
        self._liveness = [Liveness(loop, stream, engine, office) for stream in self.streams if not stream.feed.orders]
        self._lanes.on_pause = lambda seconds: self._budget.pause(monotonic(), seconds)
        self._lanes.took = self.stages.spans["answer"]
        self._written_at = 0.0

    # ---- the day -----------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Live until stopped; the exit status."""
        reason, flatten, state = kill_switch.thrown(self._root), kill_switch.flattens(self._root), self.engine.state
        if reason and not (state.flattening if flatten else state.halted):
            self.command("flatten" if flatten else "halt", reason, "the kill switch")
        elif state.halted:  # the journal knows, and the file may not: the disk was full, or there was no time
            self.outlet.keep_switch(KillSwitch(state.halted, state.flattening))
        self._begin_phase(self._agenda.take_up(self.clock.now()))
        self.loop.every(RETRY, self._beat)
        self.loop.every(LATE, self._lanes.check)
        return self.loop.run(self._each_turn, self._patience)

    def shut_down(self, reason: str) -> None:
        """Withdraw our orders and leave; a venue that does not answer is waited for only so long."""
        if self.engine.state.stopping:
            return
        self._notify.stopping()
        self.loop.after(GIVE_UP, partial(self._give_up, reason))
        self.hear(Shutdown(reason, self.clock.now()))

    def command(self, name: CommandName, argument: str, by: str) -> None:
        """An operator's word; ``by`` is who gave it."""
        self.hear(Command(name, argument, by, self.clock.now()))

    def close(self) -> None:
        """Close what is open; the journal last."""
        for stream in self.streams:
            stream.close()
        self._lanes.close()
        self.journal.close()

    def hear(self, event: Event) -> None:
        """An event that came from no frame: note it, live it, tell of it."""
        self.journal.event(event)
        self._tell(event, self.journal.number)
        effects = self.engine.step(event)
        if effects:
            self.outlet.perform(effects)

    # ---- time ----------------------------------------------------------------------------------------------------

    def _hear_time(self, said: bytes) -> None:
        clock = self.clock
        told = int(said) if said.isdigit() else 0
        if not told:
            return
        if told < clock.now() - BACKWARDS:
            log.error("the venue's clock went back: it plays another tape, and this daemon starts again")
            self.loop.stop(Unavailable.exit_status)
            return
        clock.hear(told)
        self._catch_up(clock.now())

    def _catch_up(self, now: int) -> None:
        """Live through everything that was due by ``now``: phases of the day, timers, in the order of their times."""
        while now >= self._agenda.due:
            event = self._agenda.take(now)
            if isinstance(event, Timer):
                self.hear(event)
            elif event is not None:
                self._begin_phase(event)

    def _begin_phase(self, phase: SessionPhase) -> None:
        if phase.phase != "asleep" and phase.day != self.journal.begin.day:
            self._turn_page(phase.day)
        run = self.journal.begin.run
        self.hear(SessionPhase(phase.phase, phase.day, phase.seen, phase.until, run, phase.regular))
        if phase.phase == "asleep":
            self._be_ready()
            self._table.ask(phase.seen, self._take_table)
            if self.config.session.when_closed == "exit" and phase.until - phase.seen > SOON:
                self.shut_down("the market is closed")

    def _take_table(self, schedule: Schedule | None) -> None:
        """Go on by a table of days made anew; only between sessions, where nothing can be missed."""
        if schedule is None or self.engine.state.phase != "asleep":
            return
        phase = schedule.at(self.clock.now())
        self._agenda.go_by(schedule)
        if phase.phase != "asleep":
            self._begin_phase(phase)

    def _take_time(self) -> None:
        """Our clock was set: the day stands where it says now."""
        phase = self._agenda.take_up(self.clock.now())
        if phase.phase != self.engine.state.phase:
            self._begin_phase(phase)

    def _turn_page(self, day: str) -> None:
        self.journal.close()
        self.outlet.disk = ""  # it took everything
        self.journal = next_page(self.journal.begin, self.engine, self._root, day, self.config)
        self.hear(carry(self.engine, self.clock.now()))

    # ---- connections -----------------------------------------------------------------------------------------------

    def want(self) -> None:
        """Subscribe to what the models that are seated now listen to."""
        asked = wanted(self.engine)
        for stream in self.streams:
            stream.want(asked)

    def _connect(self, _: Connect) -> None:
        self.want()
        self._inquiry.wake()
        self._keeper.wake()
        for stream in self.streams:
            stream.open()
        self._lanes.open()

    def _disconnect(self, _: Disconnect) -> None:
        for stream in self.streams:
            stream.close()
        self._lanes.close()
        self._inquiry.sleep()
        self._keeper.sleep()

    def _stood(self, stand: Stand) -> None:
        self.on_stand(stand)

    # ---- questions and answers -----------------------------------------------------------------------------------

    def _answered(self, request: Request, code: int, body: bytes) -> None:
        for event in self._broker.answer(request, code, body, self.clock.now()):
            self.hear(event)

    def _unanswered(self, request: Request, reason: str, sent: bool) -> None:
        now = self.clock.now()
        if sent or request.verb == "cancel":
            events = self._broker.lost(request, reason, now)
        else:  # not a byte of it left: the venue cannot have it
            events = (OrderUpdate(request.about, "rejected", now, now, "", f"never sent: {reason}", True),)
        for event in events:
            self.hear(event)

    def _learn(self, event: Event) -> None:
        self.hear(event)
        if self.engine.state.reconciled:
            self._be_ready()

    # ---- the beat --------------------------------------------------------------------------------------------------

    def _each_turn(self) -> None:
        self._catch_up(self.clock.now())
        if self.journal.full or (self.journal.waiting and monotonic() - self._written_at > WRITE_EVERY):
            self.outlet.write()
            self._written_at = monotonic()

    def _patience(self) -> float:
        if self.journal.waiting or self.clock.follows:
            return WRITE_EVERY if self.journal.waiting else LONGEST
        return (self._agenda.due - self.clock.now()) / 1e9

    def _beat(self) -> None:
        self.outlet.write()
        for liveness in self._liveness:
            liveness.check()
        self._keeper.check()
        self.pace.note(status.market_events(self.engine), monotonic())
        if not self.health.stuck():
            self._notify.watchdog() if self.ready else self._notify.starting()
        self.loop.spare(lambda: self._notify.status(self.status_line()))

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty while nothing is."""
        return "; ".join(each for each in (self.health.stuck(), self.outlet.disk, *self.health.troubles()) if each)

    def status_line(self) -> str:
        """The line systemd and the terminal show."""
        return status.line(self.engine, self.pace, self.stages.tick_to_order, self.trouble)

    def _be_ready(self) -> None:
        if not self.ready:
            self.ready = True
            self._notify.ready()
            self._notify.status(self.status_line())
            log.info("ready: %s", self.status_line(), extra={"message_id": message_ids.READY})

    def _give_up(self, reason: str) -> None:
        left = [working.order.id for working in self.engine.state.blotter.of()]
        log.error("stopping (%s) with %d orders not confirmed as withdrawn: %s", reason, len(left), ", ".join(left))
        # With a failure `hftd cancel-all --if-died` has its turn; over night nothing is left that could be withdrawn.
        self.loop.stop(Unavailable.exit_status if left and self.engine.state.phase != "asleep" else 0)
