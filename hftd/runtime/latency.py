"""How long things took, as counts in log-spaced buckets: four to each doubling, so a figure is right within 19 %."""

BUCKETS = 4 * 40


class Latency:
    """A histogram of nanoseconds."""

    __slots__ = ("_counts", "count")

    def __init__(self) -> None:
        self.count = 0
        self._counts = [0] * BUCKETS

    def add(self, nanoseconds: int) -> None:
        """Count one duration."""
        if nanoseconds < 4:
            nanoseconds = 4
        top = nanoseconds.bit_length() - 1
        # The two bits below the highest pick the quarter of the octave.
        bucket = 4 * top + (nanoseconds >> (top - 2) & 3)
        self._counts[min(bucket, BUCKETS - 1)] += 1
        self.count += 1

    def quantile(self, share: float) -> float:
        """The duration in nanoseconds that ``share`` (0 to 1) of all stayed below; 0 where nothing was counted."""
        wanted = share * self.count
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                top, quarter = divmod(bucket, 4)
                return float(2**top * (1 + (quarter + 0.5) / 4))
        return 0.0
