"""Plays a tape on the venue's clock: to the exchange always, to the audience in the phases that are played.

In timed modes what is due is sent; without a speed the readers' own pace is the tape's. The clock is told to the
audience in pings, exactly at every boundary of a phase, so that both sides cross it between the same two events.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from hftd.core.bars import BarBuilder
from hftd.core.events import Trade
from hftd.core.session import NEVER, Day, Phase
from hftd.venues.sim.audience import Audience
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.clock import SECOND, SimClock
from hftd.venues.sim.history import History
from hftd.venues.sim.times import NEW_YORK
from hftd.venues.sim.wire import Market

BATCH = 50
"""Most events in one frame."""
EVENTS_A_PING = 1000
"""Without a speed, events between two tellings of the time."""
BEAT = 0.1
"""With a speed, wall seconds between them."""
HALF_MINUTE = 30 * SECOND
AFTERWARDS = (10 * SECOND, 3600 * SECOND)
"""Without a speed, how long after the close the clock is told to be once the tape is over."""


class Player:
    """One playing of one tape. ``days`` are the trading days from the tape's first on.

    ``onlooker`` is told of each event after it was matched.
    """

    def __init__(
        self,
        *,
        clock: SimClock,
        tape: Iterator[Market],
        days: Sequence[Day],
        phases: Sequence[str],
        brokerage: Brokerage,
        history: History,
        audience: Audience,
        lead: int,
        onlooker: Callable[[Market], None] | None = None,
    ) -> None:
        self._clock = clock
        self._tape = tape
        self._next: Market | None = None
        self._see(next(tape, None))
        self._days = days
        self._phases = phases
        self._brokerage = brokerage
        self._history = history
        self._audience = audience
        self._lead = lead
        self._onlooker = onlooker
        self._bars = BarBuilder(0, 0)
        self._half = 0
        self._beaten = 0.0
        self._unpinged = 0
        self._told = 0

    async def play(self) -> None:
        """Wait for the first subscription, then play to the end of the tape, and in timed modes keep the time."""
        await self._audience.watched.wait()
        self._clock.run()
        for day in self._days:
            if self._clock.speed is None:
                self._pass_over(day)
            if self._next is None:
                break
            if self._next.ts < day.phases[-1].end:
                await self._play_day(day)
        over = self._clock.now()
        if self._clock.speed is not None:
            await self._until(NEVER, False)
        for later in AFTERWARDS:
            await self._cross(over + later)

    def catch_up(self) -> None:
        """Play what lies before the moment the clock stands at, before anybody watches."""
        self._begin_bars(self._days[0])
        while batch := self._take(self._clock.now()):
            self._feed(batch)

    def _pass_over(self, day: Day) -> None:
        """Without a speed: feed what lies before the day's first played phase, so that a tape's last hours end it."""
        start = min((phase.start for phase in day.phases if phase.name in self._phases), default=NEVER)
        while day is not self._days[0] and (batch := self._take(start)):
            self._feed(batch)

    def _begin_bars(self, day: Day) -> None:
        midnight = datetime.fromisoformat(day.date).replace(tzinfo=NEW_YORK)
        regular = day.phase("regular") or day.phases[0]
        self._bars = BarBuilder(int(midnight.timestamp()) * SECOND, regular.start)

    # ---- one day -----------------------------------------------------------------------------------------------

    async def _play_day(self, day: Day) -> None:
        played = [phase for phase in day.phases if phase.name in self._phases]
        if not played:
            return
        if day is not self._days[0]:
            self._begin_bars(day)
        await self._cross(max(self._clock.now(), played[0].start - self._lead))
        for phase in played:
            if phase.start > self._told:
                await self._until(phase.start, False)
                await self._cross(phase.start)
            if phase.name == "regular":
                self._brokerage.open(phase.start)
            await self._until(phase.end, True)
            await self._end(phase, last=phase is played[-1])

    async def _end(self, phase: Phase, last: bool) -> None:
        await self._show_bars(self._bars.until(phase.end), True)
        await self._cross(phase.end)
        if phase.name == "regular" or last:
            self._brokerage.close(phase.end, extended=last)

    async def _cross(self, at: int) -> None:
        """Let the clock reach ``at`` and say so."""
        if self._clock.speed is not None:
            await self._until(at, False)
        self._clock.reach(at)
        self._told = at
        await self._audience.tell_time(at, settle=True)
        self._unpinged = 0

    async def _until(self, at: int, shown: bool) -> None:
        """Play every event before ``at``, in its time."""
        timed = self._clock.speed is not None
        self._clock.limit = at
        while True:
            await self._audience.watched.wait()
            now = min(self._clock.due(), at) if timed else at
            batch = self._take(min(at, now + 1))
            if batch:
                self._clock.reach(batch[-1].ts)
                await self._show(batch, shown)
                # More of them may be late: the time told stays behind what is still to be sent.
                now = min(now, self._clock.now())
            elif now >= at:
                self._clock.reach(at)
                return
            else:
                await self._wait(at)
            await self._keep_time(max(self._told, now), timed, shown)

    async def _wait(self, at: int) -> None:
        due = at if self._next is None else min(at, self._next.ts)
        rest = self._beaten + BEAT - time.monotonic()
        await asyncio.sleep(max(0.0, min(self._clock.wait(due), rest)))

    async def _keep_time(self, now: int, timed: bool, shown: bool) -> None:
        """Tell the time when it is time to, close the bars it ends, and let everybody else have a turn."""
        if now // HALF_MINUTE != self._half:
            self._half = now // HALF_MINUTE
            await self._show_bars(self._bars.until(now), shown)
        due = time.monotonic() - self._beaten >= BEAT if timed else self._unpinged >= EVENTS_A_PING
        if due:
            self._beaten = time.monotonic()
            self._unpinged = 0
            self._told = now
            await self._audience.tell_time(now)
        await asyncio.sleep(0)

    # ---- events ------------------------------------------------------------------------------------------------

    def _take(self, before: int) -> list[Market]:
        batch: list[Market] = []
        event = self._next
        while event is not None and event.ts < before and len(batch) < BATCH:
            batch.append(event)
            event = next(self._tape, None)
        self._see(event)
        return batch

    def _see(self, event: Market | None) -> None:
        """Take note of the event that comes next."""
        self._next = event
        self._clock.pending = NEVER if event is None else event.ts

    def _feed(self, batch: Sequence[Market]) -> list[Market]:
        """Let everybody but the audience have the events; what it is to be shown, bars included."""
        shown: list[Market] = []
        for event in batch:
            self._brokerage.feed(event)
            if self._onlooker is not None:
                self._onlooker(event)
            if event.symbol not in self._history.symbols:
                self._brokerage.meet(event.symbol)
            self._history.add(event)
            if isinstance(event, Trade):
                for bar in self._bars.add(event):
                    self._history.add(bar)
                    shown.append(bar)
            shown.append(event)
        return shown

    async def _show(self, batch: Sequence[Market], shown: bool) -> None:
        events = self._feed(batch)
        self._unpinged += len(batch)
        if shown:
            await self._audience.show(events)

    async def _show_bars(self, bars: Sequence[Market], shown: bool) -> None:
        for bar in bars:
            self._history.add(bar)
        if bars and shown:
            await self._audience.show(bars)
