"""What a process holds, moment by moment, and whether it grows."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

PAGE = 4096  # bytes; getconf PAGESIZE on every machine hftd runs on


class Sample(Struct, frozen=True):
    """One look at the daemon. Memory is resident and in bytes, times are seconds, the ones of a tick in µs."""

    at: float
    memory: int
    office: int
    files: int
    journal: int
    lag: float
    """How long the daemon took to answer a question on its control socket: about one turn of its loop, waiting."""
    ticks: float
    p99: float


def resident(process: int) -> int:
    """Bytes of memory a process has in RAM (proc(5), statm)."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE


def children(process: int) -> list[int]:
    """The processes it started (proc(5))."""
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def files(process: int) -> int:
    """How many descriptors it has open."""
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The rise of the least-squares line through ``points``, per unit of the first coordinate; 0 for a single place."""
    count = len(points)
    middle, level = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * (y - level) for x, y in points) / spread if spread else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of them lie, the next higher one."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
