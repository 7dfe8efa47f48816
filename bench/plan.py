"""How much is measured."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from bench.figures import Reading

Measure = Callable[[], Sequence[Reading]]
"""One run of one thing; what it read off."""


class Plan(Struct, frozen=True):
    """The long form; a quick one shows that everything works, and its figures mean nothing."""

    runs: int = 5
    ticks: int = 3000
    dropped: int = 200
    """Ticks before those that count, while caches and connections warm up."""
    rare: int = 200
    """Ticks that come one at a time, 20 ms apart."""
    waits: tuple[str, ...] = ("block", "awake", "spin")
    tls: tuple[str, ...] = ("block", "spin")
    """Ways to wait that are measured over TLS too."""
    clients: tuple[str, ...] = ("alpaca-py", "alpaca-py raw")
    """How the vendor's client is used: as documented, and without its models."""
    prints: int = 100_000
    """Prints of one ingest."""
    rested: float = 10.0
    """Seconds of trading before memory is read."""
    recorded: bool = True
    """Whether the recorded tape is replayed where it is there; else a generated one of ``rows`` prints."""
    rows: int = 300_000
    tiled: int = 50_000_000
    """Events of a compiled replay: the tape over and over."""
    calls: int = 20_000
    """Calls of each piece."""


QUICK = Plan(
    runs=1, ticks=60, dropped=10, rare=5, waits=("block",), tls=("block",), clients=("alpaca-py raw",),
    prints=2_000, rested=0.3, recorded=False, rows=3_000, tiled=9_000, calls=200,
)  # fmt: skip
