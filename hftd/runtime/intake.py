"""What streams read becomes events here, and events have their effects, in the order the journal tells of."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from hftd.core.agenda import Agenda
from hftd.core.effects import Effect
from hftd.core.events import Event, FeedUp
from hftd.core.stretch import Tick, Unheeded, live, messages
from hftd.runtime.office.inquiry import Inquiry
from hftd.runtime.past.journal import Journal
from hftd.runtime.people import status
from hftd.runtime.wire.stream import CONNECTION, TIME, Stream

if TYPE_CHECKING:
    from hftd.runtime.daemon import Daemon

Stretch = Callable[[list[bytes], int, Mapping[str, Any]], tuple[list[Tick], list[int]]]
"""See ``hftd.plugin.protocols.SwiftFeed``."""


class Intake:
    """Takes frames for a daemon, which performs effects and keeps its appointments."""

    def __init__(
        self, daemon: "Daemon", agenda: Agenda, inquiry: Inquiry, *,
        perform: Callable[[Sequence[Effect]], None], catch_up: Callable[[int], None],
        hear_time: Callable[[bytes], None], tell: Callable[[Event, int], None],
    ) -> None:  # fmt: skip
        """``perform`` does what the engine asks for, ``catch_up`` what was due; ``tell`` says it to people."""
        self._daemon = daemon
        self._engine = daemon.engine
        self._clock = daemon.clock
        self._stages = daemon.stages
        self._agenda = agenda
        self._inquiry = inquiry
        self._perform = perform
        self._catch_up = catch_up
        self._hear_time = hear_time
        self._tell = tell

    def take(self, stream: Stream, frames: list[bytes]) -> int:
        """Live through the first of these frames, or through many if all they hold is ticks; how many.

        Of many, the last is the first from which something follows: what comes after is read anew.
        """
        feed, clock, stages = stream.feed, self._clock, self._stages
        stages.begun = perf_counter_ns()
        now = clock.now()
        if feed.keeps_time and frames[0].startswith(TIME):
            self._hear_time(frames[0][len(TIME) :])
            return 1
        if now >= self._agenda.due:  # what is due comes first, and what turns the page comes before the page's frames
            self._catch_up(now)
        seen = 0 if clock.follows and not feed.orders else now
        stretch: Stretch | None = getattr(feed, "stretch", None)
        if stretch is not None:
            ticks, ends = stretch(frames, seen, self._engine.state.book.lines)
            if ends:
                stages.decoded = stages.asked = perf_counter_ns()
                if len(ticks) == 1 and ticks[0].seen < self._agenda.due:
                    return self._tick(stream, frames, now, ticks[0])
                return self._stretch(stream, frames[: len(ends)], now, ticks, ends)
        journal = self._daemon.journal
        journal.frames(feed.name, now, frames[:1])
        events = feed.decode(frames[0], seen)
        journal.lived, journal.marked = 0, len(events)
        stages.decoded = stages.asked = perf_counter_ns()
        self._live(stream, journal, events, now)
        return 1

    def _tick(self, stream: Stream, frames: list[bytes], now: int, tick: Tick) -> int:
        """Live through a frame that holds one tick, before anything else is due: the way that has to be short."""
        journal, feed = self._daemon.journal, stream.feed
        try:
            effects = self._engine.step(tick)
        except BaseException:
            journal.frames(feed.name, now, frames[:1])  # whoever looks for the fault will look at it
            raise
        if self._clock.follows:
            self._clock.hear(self._engine.state.now)
        journal.frames(feed.name, now, frames[:1])
        if effects:  # which nothing that is Unheeded has
            journal.lived = journal.marked = 1
            self._act(stream, effects)
        return 1

    def _stretch(self, stream: Stream, frames: list[bytes], now: int, ticks: list[Tick], ends: list[int]) -> int:
        journal, state = self._daemon.journal, self._engine.state
        try:
            taken, effects = live(self._engine.step, ticks, self._agenda.due)
        except BaseException:
            journal.frames(stream.feed.name, now, frames)  # whoever looks for the fault will look at these
            raise
        self._clock.hear(state.now)
        if taken == len(ticks) and not effects:
            journal.frames(stream.feed.name, now, frames)
            return len(frames)
        # The frame of the last tick that was taken, or that of the first one that was not.
        place = bisect_left(ends, taken) if effects else bisect_right(ends, taken)
        begin = ends[place - 1] if place else 0
        lived, rest = ticks[begin:taken], ticks[taken : ends[place]]
        journal.frames(stream.feed.name, now, frames[: place + 1])
        journal.lived = messages(lived)
        journal.marked = journal.lived + messages(rest)
        if effects:
            self._act(stream, effects)
        self._live(stream, journal, rest, state.now)
        return place + 1

    def _live(self, stream: Stream, journal: Journal, events: Sequence[Event], now: int) -> None:
        """Live through what is left of a frame that is in the journal."""
        feed, clock, step, told = stream.feed, self._clock, self._engine.step, stream.feed.orders
        for event in events:
            if event.seen > now:  # the venue's clock goes on within a frame
                now = event.seen
                if now >= self._agenda.due:
                    self._catch_up(now)
                clock.hear(now)
            if self._daemon.journal is not journal:  # the page was turned in the midst of the frame
                if type(event) is not Unheeded:
                    self._daemon.hear(event)
                continue
            journal.lived += event.count if type(event) is Unheeded else 1
            effects = step(event)
            if effects:
                self._act(stream, effects)
            if told or type(event) in CONNECTION:
                self._tell(event, journal.number)
                stream.noticed(event)
                if isinstance(event, FeedUp) and not feed.orders and self._engine.state.phase in status.TRADING:
                    self._inquiry.after_gap(feed, self._engine.state.book)
        journal.mark()

    def _act(self, stream: Stream, effects: Sequence[Effect]) -> None:
        stages = self._stages
        stages.decided, stages.stream = perf_counter_ns(), stream
        self._perform(effects)
        stages.asked, stages.stream = perf_counter_ns(), None
