"""The simulated venue's own clock: it stands still until somebody watches, then runs at the tape's speed."""

import time
from collections.abc import Callable

from hftd.core.session import NEVER

SECOND = 1_000_000_000


class SimClock:
    """Venue time in ns UTC. ``speed`` is venue seconds a wall second; None lets the player move it by hand.

    While it runs by itself it never passes ``limit``, the next moment the player has to stage, nor ``pending``, when
    the next event happens: a player that cannot keep up holds the venue's time back.
    """

    def __init__(self, start: int, speed: float | None, wall: Callable[[], int] = time.monotonic_ns) -> None:
        self.speed = speed
        self.limit = self.pending = NEVER
        self._wall = wall
        self._at = start
        self._since: int | None = None

    def run(self) -> None:
        """Start from where it stands."""
        if self.speed is not None and self._since is None:
            self._since = self._wall()

    def now(self) -> int:
        """The venue's time."""
        return max(self._at, min(self.pending, self.due()))

    def due(self) -> int:
        """The time it would be if every event were played at its moment."""
        if self._since is None or self.speed is None:
            return self._at
        return max(self._at, min(self.limit, self._at + int((self._wall() - self._since) * self.speed)))

    def reach(self, at: int) -> None:
        """Move a clock without speed forward to ``at``; one that runs gets there by itself."""
        if self.speed is None:
            self._at = max(self._at, at)

    def wait(self, at: int) -> float:
        """Wall seconds until it shows ``at``; 0 when that is past or nothing has to be waited for."""
        if self.speed is None or self._since is None:
            return 0.0
        due = (at - self._at) / self.speed - (self._wall() - self._since)
        return max(0.0, due / SECOND)
