"""Requests a venue allows in a minute, shared by orders and questions: questions never take what orders may need."""

ORDERS_ONLY = 0.5
"""Share of the budget questions leave alone."""

# Seconds without questions: after a refusal that says no time, twice that after the next one, and so on; and at the
# most, whatever a venue asks for, since the fate of an order must be found out some time.
FIRST, LONGEST = 1.0, 120.0
CALM = 60.0  # seconds without a refusal after which the next one counts as the first


class Budget:
    """A token bucket, refilled evenly; times are monotonic seconds. ``per_minute`` 0: the venue sets no limit."""

    def __init__(self, per_minute: int, now: float = 0.0) -> None:
        self._capacity = float(per_minute)
        self._tokens = float(per_minute)
        self._at = now
        self._closed_until = -CALM
        self._refusals = 0

    @property
    def limited(self) -> bool:
        """Whether there is anything to count."""
        return self._capacity > 0

    def spend(self, now: float, requests: int = 1) -> None:
        """What cannot wait goes out: orders, which the risk checks bound, and questions at a start or a loss."""
        self._refill(now)
        self._tokens -= requests

    def ask(self, now: float, requests: int) -> bool:
        """Whether so many questions may be put now; if so, they are counted."""
        self._refill(now)
        if now < self._closed_until:
            return False
        if self._capacity and self._tokens - requests < ORDERS_ONLY * self._capacity:
            return False
        self._tokens -= requests
        return True

    def pause(self, now: float, seconds: float = 0.0) -> None:
        """The venue says that it is asked too often: no questions for ``seconds`` (0: it did not say how long)."""
        self._refusals = self._refusals + 1 if now < self._closed_until + CALM else 0
        wait = seconds or FIRST * 2.0 ** min(self._refusals, 16)
        self._closed_until = max(self._closed_until, now + min(wait, LONGEST))

    def closed(self, now: float) -> float:
        """Seconds until questions may be put again; 0 where they may."""
        return max(0.0, self._closed_until - now)

    def _refill(self, now: float) -> None:
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._capacity / 60.0)
        self._at = now
