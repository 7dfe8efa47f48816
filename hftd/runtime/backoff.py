"""How long to wait before trying again: longer each time, never in step with anybody else."""

import random

FIRST, LONGEST = 0.25, 30.0  # seconds
# What a venue's refusal asks for, in seconds before the next try (Alpaca's codes, market-data stream section 4).
# It keeps a dead session's place for about 90 s: dialling sooner after 406 or 429 only renews the refusal. Wrong keys,
# too many symbols and a missing subscription are for people to mend; asking every minute notices when they have.
REFUSED = {"406": 90.0, "429": 90.0, "402": 60.0, "405": 60.0, "409": 60.0}


class Backoff:
    """Doubling waits with jitter; ``succeeded`` begins again."""

    def __init__(self) -> None:
        self._tries = 0

    def wait(self, refusal: str = "") -> float:
        """Seconds until the next try, given the code the last one was refused with."""
        span: float = min(LONGEST, FIRST * 2**self._tries)
        self._tries = min(self._tries + 1, 16)
        jitter = span * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing
        return REFUSED.get(refusal, 0.0) + jitter

    def succeeded(self) -> None:
        """The connection works."""
        self._tries = 0
