"""Requests a venue allows in a minute, shared by orders and questions: questions never take what orders may need."""

ORDERS_ONLY = 0.5
"""Share of the budget questions leave alone."""


class Budget:
    """A token bucket, refilled evenly; times are monotonic seconds. ``per_minute`` 0: the venue sets no limit."""

    def __init__(self, per_minute: int, now: float = 0.0) -> None:
        self._capacity = float(per_minute)
        self._tokens = float(per_minute)
        self._at = now
        self._closed_until = 0.0

    @property
    def limited(self) -> bool:
        """Whether there is anything to count."""
        return self._capacity > 0

    def spend(self, now: float, requests: int = 1) -> None:
        """An order goes out: it is always let through, the risk checks bound how many there are."""
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

    def pause(self, now: float, seconds: float) -> None:
        """The venue asked us to wait (``Retry-After``): no questions for so long."""
        self._closed_until = max(self._closed_until, now + seconds)

    def _refill(self, now: float) -> None:
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._capacity / 60.0)
        self._at = now
