"""How each life ends, drawn from a seed before any of it is lived."""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from crashproof.boundaries import BOUNDARIES

INSTANT = "any-instant"
"""Killed from outside, wherever it is."""

NAMES: tuple[str, ...] = (INSTANT, *BOUNDARIES)
LONGEST = 2.0  # seconds until a life that has not come to its boundary is ended where it is


class Death(Struct, frozen=True):
    """Where to die: at passage ``passage`` of ``boundary``, and after ``after`` seconds at the latest.

    ``stop``: told to stop (SIGTERM) after so many seconds; 0 is never. ``pause``: seconds nobody is alive afterwards.
    """

    boundary: str
    passage: int
    after: float
    stop: float
    pause: float


def deaths(seed: int, count: int, allowed: Sequence[str] = NAMES) -> list[Death]:
    """``count`` deaths: every boundary in turn, in an order of its own each time, as many again at any instant."""
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
    if name == INSTANT:
        # Half of them early, while the daemon is still remembering, connecting and settling.
        after = random.uniform(0.0, 0.6) if random.random() < 0.5 else random.uniform(0.6, LONGEST)
        return Death(name, 0, after, 0.0, pause)
    boundary = BOUNDARIES[name]
    if boundary.stop:
        return Death(name, 1, LONGEST + 2.0, random.uniform(0.3, 1.5), pause)
    return Death(name, _passage(random, boundary.usual), LONGEST, 0.0, pause)


def _passage(random: Random, usual: int) -> int:
    """1 to ``usual``; small ones and large ones alike."""
    return max(1, int(usual ** random.random() + random.random()))
