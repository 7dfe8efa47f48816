"""What is due, and when: the phases of the day and the timers models asked for, in the order of their times."""

import heapq

from hftd.core.events import SessionPhase, Timer
from hftd.core.session import NEVER, Schedule


class Agenda:
    """The day's schedule with timers between its phases. ``due`` (ns UTC) is when the next of them is."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.due = NEVER
        self._alarms: list[tuple[int, str]] = []
        self.look()

    def wake(self, at: int, key: str) -> None:
        """A timer is due ``at`` (ns UTC)."""
        heapq.heappush(self._alarms, (at, key))
        self.look()

    def go_by(self, schedule: Schedule) -> None:
        """Another schedule counts from now on."""
        self.schedule = schedule
        self.look()

    def take_up(self, now: int) -> SessionPhase:
        """The phase in force at ``now`` (ns UTC), from which the schedule goes on; earlier or later than before."""
        phase = self.schedule.at(now)
        self.look()
        return phase

    def take(self, now: int) -> Timer | SessionPhase | None:
        """What is due by ``now`` (ns UTC), the first of it; None where the schedule had nothing to say after all."""
        if self._alarms and self._alarms[0][0] < self.schedule.next:
            at, key = heapq.heappop(self._alarms)
            self.look()
            return Timer(key, at, now)
        moment = self.schedule.due(now)
        self.look()
        return moment

    def look(self) -> None:
        """See anew what comes first."""
        self.due = min(self.schedule.next, self._alarms[0][0] if self._alarms else NEVER)
