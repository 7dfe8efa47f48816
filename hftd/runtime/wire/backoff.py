"""How long to wait before trying again: longer each time, never in step with anybody else."""

import random

FIRST, LONGEST = 0.25, 30.0  # seconds
# What a refusal asks for, in seconds before the next try, by Alpaca's codes (market-data stream section 4) and by the
# HTTP status of a handshake. It keeps a dead session's place for about 90 s: dialling sooner after 406 or 429 only
# renews the refusal. Wrong keys, too many symbols, a missing subscription and a certificate nobody vouches for are for
# people to mend; asking every minute notices when they have.
REFUSED = {
    "406": 90.0, "429": 90.0,
    "401": 60.0, "402": 60.0, "403": 60.0, "405": 60.0, "409": 60.0, "410": 60.0, "411": 60.0, "certificate": 60.0,
}  # fmt: skip
# Seconds a venue may ask us to stay away; with the longest jitter still below what counts as stuck (stream.py).
ASKED = 120.0


class Backoff:
    """Doubling waits with jitter; ``succeeded`` begins again."""

    def __init__(self) -> None:
        self._tries = 0

    def wait(self, refusal: str = "", asked: float = 0.0) -> float:
        """Seconds until the next try, given the code the last one was refused with, and the wait that was asked for."""
        span: float = min(LONGEST, FIRST * 2**self._tries)
        self._tries = min(self._tries + 1, 16)
        jitter = span * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, protects nothing
        return max(REFUSED.get(refusal, 0.0), min(asked, ASKED)) + jitter

    def succeeded(self) -> None:
        """The connection works."""
        self._tries = 0
