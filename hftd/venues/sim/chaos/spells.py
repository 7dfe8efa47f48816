"""Trouble that comes in spells."""

from hftd.venues.sim.chaos.scenario import Luck


class Spells:
    """About every ``every`` seconds a spell begins, and it lasts ``seconds``; what the clock is, the caller knows.

    The pauses are half of ``every`` to one and a half times as long, counted from the end of the spell before, and the
    first from the first question.
    """

    def __init__(self, luck: Luck, every: float, seconds: float = 0.0) -> None:
        self._luck = luck
        self._every = every
        self._seconds = seconds
        self._due: float | None = None
        self.until = 0.0
        """When the last spell that began is over."""

    def begins(self, now: float) -> bool:
        """Whether a spell begins with this question; a late question begins it late and loses none of it."""
        if self._due is None:
            self._due = now + self._pause()
        if now < self._due:
            return False
        self.until = now + self._seconds
        self._due = self.until + self._pause()
        return True

    def on(self, now: float) -> bool:
        """Whether a spell is on, begun by this question or before."""
        return self.begins(now) or now < self.until

    def _pause(self) -> float:
        return self._every * self._luck.between(0.5, 1.5)
