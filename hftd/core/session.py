"""When an exchange is open, as named phases of a day, and the moments of a daemon's own day that follow from them.

Times are integer nanoseconds since 1970 UTC; a phase ends just before its ``end``.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hftd.core.events import PhaseName, SessionPhase

NEVER = 2**63 - 1


class Phase(Struct, frozen=True):
    """A stretch of a trading day: "pre", "regular" or "post"; or "break", when trade rests inside another one."""

    name: str
    start: int
    end: int


class Day(Struct, frozen=True):
    """One trading day of an exchange, ``date`` (YYYY-MM-DD) in the exchange's zone. Other days are closed."""

    date: str
    phases: tuple[Phase, ...]

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, if this day has it."""
        return next((phase for phase in self.phases if phase.name == name), None)


class Schedule:
    """Answers, tick by tick, whether the next moment of a table has come; live loop and replay ask the same one.

    A new schedule stands before its first moment. ``next`` is when the next one comes, ns; ``NEVER`` after the last.
    """

    def __init__(self, moments: Sequence[SessionPhase]) -> None:
        self._moments = tuple(moments)
        self._times = [moment.seen for moment in moments]
        self._go_to(0)

    def _go_to(self, place: int) -> None:
        self._place = place
        self.next = self._times[place] if place < len(self._times) else NEVER

    def at(self, now: int) -> SessionPhase:
        """Take the table up at ``now``: the phase in force, stamped ``now``; ``due`` goes on from there.

        Outside the table it is "asleep", and so is an empty table's every moment (its day is empty too).
        """
        place = bisect_right(self._times, now)
        self._go_to(place)
        if place:
            return replace(self._moments[place - 1], seen=now)
        if self._moments:
            return SessionPhase("asleep", self._moments[0].day, now, self.next)
        return SessionPhase("asleep", "", now)

    def due(self, now: int) -> SessionPhase | None:
        """The next moment if it has come, stamped ``now``. After a jump of the clock several have: ask until None."""
        if now < self.next:
            return None
        moment = self._moments[self._place]
        self._go_to(self._place + 1)
        return replace(moment, seen=now)


def schedule(
    days: Sequence[Day], trade: Sequence[str], wake_before: int, stop_before: int, linger: int
) -> tuple[SessionPhase, ...]:
    """The moments of a daemon that trades in the phases named in ``trade``, in order; the durations are ns, >= 0.

    Each stretch of trading gives warmup (``wake_before`` its start), open, closing (``stop_before`` its end), closed
    (its end) and asleep (``linger`` later). Where time is short, what is safer wins: no warmup begins before the last
    stretch ended, there is no sleep if the next warmup is already due, and no open if it is closing from the start.
    Where more than the regular session is traded, each moment says when that begins and ends.
    """
    regular = {day.date: _regular(day, trade) for day in days}
    moments: list[tuple[int, PhaseName, str]] = []
    last, end = "", -NEVER
    for day, start, stop in _stretches(days, trade):
        wake, closing = max(end, start - wake_before), max(start, stop - stop_before)
        if last and end + linger < wake:
            moments.append((end + linger, "asleep", last))
        moments.append((wake, "warmup", day))
        if start < closing:
            moments.append((start, "open", day))
        moments += [(closing, "closing", day), (stop, "closed", day)]
        last, end = day, stop
    if not last:
        return ()
    moments.append((end + linger, "asleep", last))
    ends = [time for time, _, _ in moments[1:]] + [0]
    return tuple(
        SessionPhase(phase, day, time, until, "", regular[day])
        for (time, phase, day), until in zip(moments, ends, strict=True)
    )


def _regular(day: Day, trade: Sequence[str]) -> tuple[int, int] | None:
    phase = day.phase("regular")
    return None if phase is None or set(trade) <= {"regular"} else (phase.start, phase.end)


def _stretches(days: Sequence[Day], trade: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Each unbroken stretch of trading as (date, start, end), in order and without overlap.

    A stretch never reaches into another date, however close that one's trading follows: a date is a session.
    """
    stretches = sorted((start, end, day.date) for day in days for start, end in _open_times(day, trade))
    free = -NEVER
    for start, end, date in stretches:
        if max(start, free) < end:
            yield date, max(start, free), end
            free = end


def _open_times(day: Day, trade: Sequence[str]) -> list[tuple[int, int]]:
    """The day's phases named in ``trade``, adjoining ones melted into one, less its breaks."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((phase.start, phase.end) for phase in day.phases if phase.name in trade):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    for rest in (phase for phase in day.phases if phase.name == "break" and phase.start < phase.end):
        spans = [part for start, end in spans for part in ((start, min(end, rest.start)), (max(start, rest.end), end))
                 if part[0] < part[1]]  # fmt: skip
    return spans
