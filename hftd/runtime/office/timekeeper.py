"""Is it as late as we think? Our clock is held against the machine's, which may be set, and against the venue's.

Orders rest on times: how old a price is, how many left in a minute, when the session ends. While two clocks differ by
more than is allowed, no order leaves; the engine hears of it as an event, and of the end as another.
"""

import time
from collections.abc import Callable
from typing import Any

from hftd.core.events import ClockSkew
from hftd.core.skew import least_skew
from hftd.runtime.clock import Clock
from hftd.runtime.loop import Loop
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.wire.budget import Budget

EVERY, SOON = 60.0, 5.0  # seconds between two questions to the venue, and while clocks differ
SLOW = 2_000_000_000  # ns; a venue that took longer to answer may have meant any time between


class Timekeeper:
    """Compares clocks; ``check`` belongs into the daemon's beat.

    ``hear`` is told of each difference and of its end, ``rearm`` is called when our clock was set.
    """

    def __init__(
        self, loop: Loop, office: BackOffice, clock: Clock, budget: Budget, limit: Callable[[], float],
        hear: Callable[[ClockSkew], None], rearm: Callable[[], None],
    ) -> None:  # fmt: skip
        """``limit`` says how many seconds clocks may differ."""
        self._loop = loop
        self._office = office
        self._clock = clock
        self._budget = budget
        self._allowed = limit
        self._hear = hear
        self._rearm = rearm
        self._awake = False
        self._asking = False
        self._next = 0.0
        self._jump = 0
        """How far the machine's clock is from ours, ns; 0 where it is as near as it may be."""
        self._venue = 0
        """The same of the venue's clock."""
        self._told = 0

    @property
    def _limit(self) -> int:
        return int(self._allowed() * 1e9)

    @property
    def trouble(self) -> str:
        """What is wrong with the time, in words; empty while nothing is."""
        return f"the clock is off by {self._told / 1e9:+.3f} s: no order leaves" if self._told else ""

    def wake(self) -> None:
        """The session is near: ask the venue now, and now and then from here on."""
        self._awake = True
        self._ask()

    def sleep(self) -> None:
        """The session is over."""
        self._awake = False

    def check(self) -> None:
        """Look whether the machine's clock was set, and ask the venue where that is due."""
        if self._clock.follows:
            return
        jump = self._clock.jump()
        if abs(jump) <= self._limit:
            self._jump = 0
            self._clock.believe()  # small steps are followed
        elif not self._jump:
            self._jump = jump
            self._next = 0.0
        self._tell()
        if time.monotonic() >= self._next and (self._awake or self._jump):
            self._ask()

    def _ask(self) -> None:
        if self._asking or self._clock.follows:
            return
        now = time.monotonic()
        self._next = now + (SOON if self._told else EVERY)
        if not self._budget.ask(now, 1):
            self._next = now + SOON
            return
        self._asking = True
        asked = self._clock.now()
        self._office.ask("clock", [], lambda told, _: self._answered(asked, told))

    def _answered(self, asked: int, told: Any) -> None:
        self._asking = False
        answered = self._clock.now()
        if told is None:
            self._next = min(self._next, time.monotonic() + SOON)
            if self._jump and not self._awake:
                self._follow()  # nothing is at stake yet, and the venue is asked again before anything is
            return
        if self._jump and self._agree(asked + self._jump, told, answered + self._jump):
            self._follow()
            return
        skew = least_skew(asked, told, answered)
        if abs(skew) > self._limit:
            self._venue = skew
        elif self._agree(asked, told, answered):
            self._venue = 0
        else:  # it proves nothing either way
            self._next = min(self._next, time.monotonic() + SOON)
        self._tell()

    def _agree(self, asked: int, told: int, answered: int) -> bool:
        return answered - asked <= SLOW and abs(told - (asked + answered) // 2) <= self._limit

    def _follow(self) -> None:
        """Set our clock by the machine's."""
        self._clock.believe()
        self._jump = self._venue = 0
        self._tell(anew=True)
        self._rearm()

    def _tell(self, *, anew: bool = False) -> None:
        skew = self._jump or self._venue
        if anew or bool(skew) != bool(self._told) or abs(skew - self._told) > self._limit:
            self._told = skew
            self._next = min(self._next, time.monotonic() + SOON)
            self._hear(ClockSkew(skew, self._clock.now()))
