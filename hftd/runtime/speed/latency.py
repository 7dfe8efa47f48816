"""How long things took, as counts in log-spaced buckets: four to each doubling, so a figure is right within 19 %."""

BUCKETS = 4 * 40

Counts = dict[int, int]
"""Buckets that hold something, each with how much."""


class Latency:
    """A histogram of nanoseconds."""

    __slots__ = ("_counts", "longest")

    def __init__(self) -> None:
        self._counts = [0] * BUCKETS
        self.longest = 0

    def add(self, nanoseconds: int) -> None:
        """Count one duration."""
        if nanoseconds > self.longest:
            self.longest = nanoseconds
        # The highest bit picks the octave, the two below it the quarter of the octave.
        top = nanoseconds.bit_length() - 1
        if nanoseconds >= 4 and top < BUCKETS // 4:
            self._counts[4 * top + (nanoseconds >> top - 2 & 3)] += 1
        else:  # what is shorter than a clock can tell, or takes for ever
            self._counts[8 if nanoseconds < 4 else BUCKETS - 1] += 1

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return sum(self._counts)

    def take(self, counts: Counts) -> None:
        """Count what was counted elsewhere; the longest of it is known to the end of its bucket."""
        for bucket, count in counts.items():
            self._counts[bucket] += count
            self.longest = max(self.longest, floor(bucket + 1))

    def quantile(self, share: float) -> float:
        """The duration in nanoseconds that ``share`` (0 to 1) of all stayed below; 0 where nothing was counted."""
        wanted = share * self.count
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return (floor(bucket) + floor(bucket + 1)) / 2
        return 0.0

    def counts(self) -> Counts:
        """What was counted, to be kept elsewhere."""
        return {bucket: count for bucket, count in enumerate(self._counts) if count}


def floor(bucket: int) -> int:
    """The shortest duration in nanoseconds that ``bucket`` counts: its octave, and so many quarters of it."""
    octave, quarter = divmod(bucket, 4)
    return (4 + quarter) << octave >> 2


def less(now: Counts, before: Counts) -> Counts:
    """What was counted since ``before``."""
    return {bucket: count - before.get(bucket, 0) for bucket, count in now.items() if count > before.get(bucket, 0)}
