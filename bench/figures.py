"""Readings of single runs, and the rows and ratios made of them."""

from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median

from msgspec import Struct


class Reading(Struct, frozen=True):
    """What one run measured: ``name`` is subject and figure, parted by slashes."""

    name: str
    unit: str
    value: float


class Row(Struct, frozen=True):
    """One figure over all runs, in the order they were made."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: tuple[float, ...]


class Ratio(Struct, frozen=True):
    """The median of row ``over`` divided by that of row ``under``."""

    name: str
    over: str
    under: str
    value: float


# What is compared: in words, the row above the line, the row below it.
COMPARED = (
    ("hftd over a bare socket, waits in the kernel", "tick to order/hftd/block/p50", "tick to order/bare/block/p50"),
    ("hftd over a bare socket, CPU kept awake", "tick to order/hftd/awake/p50", "tick to order/bare/awake/p50"),
    ("hftd over a bare socket, spins", "tick to order/hftd/spin/p50", "tick to order/bare/spin/p50"),
    ("the least over a bare socket, waits in the kernel", "tick to order/least/block/p50",
     "tick to order/bare/block/p50"),
    ("the least over a bare socket, CPU kept awake", "tick to order/least/awake/p50", "tick to order/bare/awake/p50"),
    ("the least over a bare socket, spins", "tick to order/least/spin/p50", "tick to order/bare/spin/p50"),
    ("hftd over a bare TLS socket, waits in the kernel", "tick to order/hftd tls/block/p50",
     "tick to order/bare tls/block/p50"),
    ("hftd over a bare TLS socket, spins", "tick to order/hftd tls/spin/p50", "tick to order/bare tls/spin/p50"),
    ("alpaca-py over hftd", "tick to order/alpaca-py/block/p50", "tick to order/hftd/block/p50"),
    ("alpaca-py over hftd, CPU kept awake", "tick to order/alpaca-py/block/p50", "tick to order/hftd/awake/p50"),
    ("alpaca-py over hftd that spins", "tick to order/alpaca-py/block/p50", "tick to order/hftd/spin/p50"),
    ("alpaca-py with raw data over hftd", "tick to order/alpaca-py raw/block/p50", "tick to order/hftd/block/p50"),
    ("alpaca-py over hftd, TLS", "tick to order/alpaca-py tls/block/p50", "tick to order/hftd tls/block/p50"),
    ("alpaca-py over hftd that spins, TLS", "tick to order/alpaca-py tls/block/p50", "tick to order/hftd tls/spin/p50"),
    ("alpaca-py with raw data over hftd, TLS", "tick to order/alpaca-py raw tls/block/p50",
     "tick to order/hftd tls/block/p50"),
    ("hftd over a bare socket, rare ticks, waits in the kernel", "rare ticks/hftd/block/p50",
     "rare ticks/bare/block/p50"),
    ("hftd over a bare socket, rare ticks, spins", "rare ticks/hftd/spin/p50", "rare ticks/bare/spin/p50"),
    ("alpaca-py over hftd, rare ticks", "rare ticks/alpaca-py/block/p50", "rare ticks/hftd/block/p50"),
    ("hftd with three readers over hftd with none, processor time", "readers/three/cpu", "readers/none/cpu"),
    ("hftd with three readers over hftd with none, p50", "readers/three/p50", "readers/none/p50"),
    ("hftd with three readers over hftd with none, p99", "readers/three/p99", "readers/none/p99"),
    ("hftd over alpaca-py, 1 trade a frame", "ingest/hftd/1 a frame/rate", "ingest/alpaca-py/1 a frame/rate"),
    ("hftd over alpaca-py raw, 1 trade a frame", "ingest/hftd/1 a frame/rate", "ingest/alpaca-py raw/1 a frame/rate"),
    ("hftd over alpaca-py, 50 trades a frame", "ingest/hftd/50 a frame/rate", "ingest/alpaca-py/50 a frame/rate"),
    ("hftd over alpaca-py raw, 50 trades a frame", "ingest/hftd/50 a frame/rate",
     "ingest/alpaca-py raw/50 a frame/rate"),
    ("compiled replay over replay", "compiled/hftd/rate", "replay/memory/rate"),
    ("hftd over nautilus_trader, replay with orders", "nautilus/hftd/rate", "nautilus/nautilus_trader/rate"),
    ("a loop written by hand over compiled replay", "compiled/by hand/rate", "compiled/hftd/rate"),
)  # fmt: skip


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least ``share`` (0 to 1) of all do not exceed. Raises IndexError where none is."""
    return sorted(samples)[max(0, ceil(share * len(samples)) - 1)]


def rows(readings: Iterable[Reading]) -> list[Row]:
    """One row for each name, sorted by name."""
    runs: dict[tuple[str, str], list[float]] = {}
    for reading in readings:
        runs.setdefault((reading.name, reading.unit), []).append(reading.value)
    return [
        Row(name, unit, median(values), min(values), max(values), tuple(values))
        for (name, unit), values in sorted(runs.items())
    ]


def ratios(measured: Iterable[Row]) -> list[Ratio]:
    """What can be compared of what was measured."""
    medians = {row.name: row.median for row in measured}
    return [
        Ratio(name, over, under, medians[over] / medians[under])
        for name, over, under in COMPARED
        if over in medians and under in medians
    ]
