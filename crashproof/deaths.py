"""How each life ends, drawn from a seed before any of it is lived."""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from crashproof.boundaries import BOUNDARIES

INSTANT = "any-instant"
"""Killed from outside, wherever it is."""

NAMES: tuple[str, ...] = (INSTANT, *BOUNDARIES)
LONGEST = 2.0  # seconds a ready daemon has to come to its boundary, until it is ended where it is


class Death(Struct, frozen=True):
    """Where to die: at passage ``passage`` of ``boundary``; the harness kills who does not come there in time.

    ``before``: seconds from the beginning after which it is killed, ready or not; 0: only once it was ready, ``after``
    seconds later. ``stop``: told to stop (SIGTERM) so many seconds after it was ready; 0: never.
    ``pause``: seconds nobody is alive afterwards. ``tidy``: then `hftd cancel-all` does what systemd would have it do.
    """

    boundary: str
    passage: int
    before: float = 0.0
    after: float = LONGEST
    stop: float = 0.0
    pause: float = 0.0
    tidy: bool = False


def deaths(seed: int, count: int, allowed: Sequence[str] = NAMES) -> list[Death]:
    """``count`` deaths: every boundary in turn, in an order of its own each time, and every fourth at any instant."""
    random = Random(f"deaths-{seed}")
    found: list[Death] = []
    while len(found) < count:
        turn = [name for name in allowed if name != INSTANT]
        if INSTANT in allowed:
            turn += [INSTANT] * max(1, len(turn) // 3)
        random.shuffle(turn)
        found += [_death(random, name) for name in turn]
    return found[:count]


def _death(random: Random, name: str) -> Death:
    pause = random.uniform(0.0, 0.5) if random.random() < 0.2 else 0.0
    tidy = random.random() < 0.1
    if name == INSTANT:
        # Half of them early, while the daemon is still remembering, connecting and settling.
        if random.random() < 0.5:
            return Death(name, 0, before=random.uniform(0.01, 0.8), pause=pause, tidy=tidy)
        return Death(name, 0, after=random.uniform(0.0, LONGEST), pause=pause, tidy=tidy)
    boundary = BOUNDARIES[name]
    if boundary.stop:
        return Death(name, 1, after=2 * LONGEST, stop=random.uniform(0.01, 1.0), pause=pause, tidy=tidy)
    return Death(name, _passage(random, boundary.usual), pause=pause, tidy=tidy)


def _passage(random: Random, usual: int) -> int:
    """1 to ``usual``; small ones and large ones alike."""
    return max(1, int(usual ** random.random() + random.random()))
