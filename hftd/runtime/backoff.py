"""How long to wait before trying again: longer each time, never in step with anybody else."""

import random

FIRST, LONGEST = 0.25, 30.0  # seconds
# Alpaca keeps a dead session's place for about 90 s; dialling sooner after 406 or 429 only renews the refusal.
CROWDED = {"406": 90.0, "429": 90.0}


class Backoff:
    """Doubling waits with jitter; ``succeeded`` begins again."""

    def __init__(self) -> None:
        self._tries = 0

    def wait(self, refusal: str = "") -> float:
        """Seconds until the next try, given the code the last one was refused with."""
        span: float = min(LONGEST, FIRST * 2**self._tries)
        self._tries = min(self._tries + 1, 16)
        jitter = span * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing
        return CROWDED.get(refusal, 0.0) + jitter

    def succeeded(self) -> None:
        """The connection works."""
        self._tries = 0
