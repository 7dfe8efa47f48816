"""What time it is: the machine's clock, or the venue's where that plays a tape."""

import time


class WallClock:
    """The machine's clock."""

    follows = False

    def now(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return time.time_ns()

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

    def hear(self, venue: int) -> None:
        """Go forward to ``venue``; never back."""
        if venue > self._now:
            self._now = venue


Clock = WallClock | VenueClock
