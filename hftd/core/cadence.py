"""How often a stream usually speaks, and how long a silence of it must be to be strange.

If events come independently of each other with a mean gap of m, a silence longer than 20 m has a probability of
e^-20, one in half a billion. The mean is learned as the stream goes, with newer gaps counting more, so it follows the
hour of the day; a quiet stream is left alone for as long as it is quiet by habit.
"""

MEMORY = 64
"""Gaps the mean reaches back over, about."""
STRANGE = 20.0
"""Mean gaps of silence that are strange."""
SHORTEST, LONGEST = 3.0, 600.0
"""Seconds of silence that are never strange, and that always are."""


class Cadence:
    """The rhythm of one stream. Times are seconds of one and the same clock."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._heard = 0
        self._last = 0.0

    def heard(self, count: int, now: float) -> None:
        """``count`` events came in at ``now``."""
        if count < 1:
            return
        if self._heard:
            gap = (now - self._last) / count
            weight = max(1 / MEMORY, 1 / self._heard)
            self._mean += weight * (gap - self._mean)
        self._heard += count
        self._last = now

    def begin(self, now: float) -> None:
        """Silence is counted from ``now``, for the stream was not there before; what was learned stays."""
        self._last = now

    def silence(self, now: float) -> float:
        """Seconds since anything was heard."""
        return now - self._last

    def patience(self) -> float:
        """Seconds of silence that are strange. Of a stream that has said next to nothing, nothing is known."""
        if self._heard < MEMORY // 4:
            return LONGEST
        return min(LONGEST, max(SHORTEST, STRANGE * self._mean))

    def mute(self, now: float) -> bool:
        """Whether the stream has been silent for strangely long."""
        return self.silence(now) > self.patience()
