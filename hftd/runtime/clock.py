"""What time it is: the machine's clock, or the venue's where that plays a tape."""

import time
from collections.abc import Callable


class WallClock:
    """The machine's clock, as it was when it was last believed, gone on by the steady one: it never jumps.

    Who sets the machine's clock does not move this one; ``jump`` tells of it, and ``believe`` follows. The steady clock
    is CLOCK_MONOTONIC, which a time service speeds up and slows down along with the other (adjtimex(2)).
    """

    follows = False

    def __init__(self, wall: Callable[[], int] = time.time_ns, steady: Callable[[], int] = time.monotonic_ns) -> None:
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()

    def now(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self._steady() + self._ahead

    def jump(self) -> int:
        """Nanoseconds the machine's clock is ahead of this one: it was set, or the machine slept."""
        return self._wall() - self.now()

    def believe(self) -> None:
        """Go by the machine's clock as it stands now, forward or back."""
        self._ahead = self._wall() - self._steady()

    def hear(self, venue: int) -> None:
        """The venue's idea of the time; of no matter here."""


class VenueClock:
    """The clock of a simulated venue: the latest time heard from it. It stands still while nothing is heard."""

    follows = True

    def __init__(self, start: int = 0) -> None:
        self._now = start

    def now(self) -> int:
        """Nanoseconds since 1970 UTC, of the tape."""
        return self._now

    def jump(self) -> int:
        """Never: whoever sets the machine's clock, the tape plays on."""
        return 0

    def believe(self) -> None:
        """There is nothing but the venue to believe."""

    def hear(self, venue: int) -> None:
        """Go forward to ``venue``; never back."""
        if venue > self._now:
            self._now = venue


Clock = WallClock | VenueClock
