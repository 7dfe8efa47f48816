"""How long things took, as counts in log-spaced buckets: four to each doubling, so a figure is right within 19 %."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

BUCKETS = 4 * 40
FRESH = 1_000
"""Durations that may wait to be sorted into their buckets."""

Counts = dict[int, int]
"""Buckets that hold something, each with how much."""


class Latency:
    """A histogram of nanoseconds. A duration is noted at once and sorted into its bucket when there is time."""

    __slots__ = ("_count", "_counts", "_fresh", "_longest")

    def __init__(self) -> None:
        self._counts = [0] * BUCKETS
        self._count = 0
        self._fresh: list[int] = []
        self._longest = 0

    def add(self, nanoseconds: int) -> None:
        """Count one duration."""
        fresh = self._fresh
        fresh.append(nanoseconds)
        if len(fresh) >= FRESH:
            self.sort()

    def extend(self, durations: Iterable[int]) -> None:
        """Count many."""
        self._fresh += durations

    def sort(self) -> None:
        """Put what was noted into its buckets: about 0.1 µs each. Whoever reads has it done."""
        counts, fresh = self._counts, self._fresh
        if not fresh:
            return
        self._count += len(fresh)
        self._longest = max(self._longest, *fresh)
        for nanoseconds in fresh:
            # The highest bit picks the octave, the two below it the quarter of the octave.
            below = nanoseconds.bit_length() - 3
            if nanoseconds >= 4 and below < BUCKETS // 4 - 2:
                counts[4 * below + 4 + (nanoseconds >> below)] += 1
            else:  # what is shorter than a clock can tell, or takes for ever
                counts[8 if nanoseconds < 4 else BUCKETS - 1] += 1
        fresh.clear()

    @property
    def longest(self) -> int:
        """The longest of all, ns; 0 where nothing was counted."""
        self.sort()
        return self._longest

    @property
    def count(self) -> int:
        """How many durations were counted."""
        self.sort()
        return self._count

    def take(self, counts: Counts) -> None:
        """Count what was counted elsewhere; the longest of it is known to the end of its bucket."""
        for bucket, count in counts.items():
            self._counts[bucket] += count
            self._count += count
            self._longest = max(self._longest, floor(bucket + 1))

    def quantile(self, share: float) -> float:
        """The duration in nanoseconds that ``share`` (0 to 1) of all stayed below; 0 where nothing was counted."""
        return self.quantiles([share])[0]

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """The same for each of ``shares``, in a pass."""
        self.sort()
        count = self._count
        if not count:
            return [0.0] * len(shares)
        seen = list(accumulate(self._counts))
        # A bucket that holds nothing is never the first to reach a number.
        return [MIDDLES[bisect_left(seen, max(share * count, 1))] for share in shares]

    def counts(self) -> Counts:
        """What was counted, to be kept elsewhere."""
        self.sort()
        return {bucket: count for bucket, count in enumerate(self._counts) if count}


def floor(bucket: int) -> int:
    """The shortest duration in nanoseconds that ``bucket`` counts: its octave, and so many quarters of it."""
    octave, quarter = divmod(bucket, 4)
    return (4 + quarter) << octave >> 2


MIDDLES = tuple((floor(bucket) + floor(bucket + 1)) / 2 for bucket in range(BUCKETS))
"""What a duration in each bucket is taken to be."""


def less(now: Counts, before: Counts) -> Counts:
    """What was counted since ``before``."""
    return {bucket: count - before.get(bucket, 0) for bucket, count in now.items() if count > before.get(bucket, 0)}
