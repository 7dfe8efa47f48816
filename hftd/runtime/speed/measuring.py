"""What the daemon measures of itself, once a minute into the journal, and whenever it is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from hftd.core.events import Measured
from hftd.runtime.daemon import Daemon
from hftd.runtime.models.stopwatch import Stopwatch
from hftd.runtime.speed.latency import Counts, Latency, less

EVERY = 60.0  # seconds
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


class Measuring:
    """Reads one daemon's histograms."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._noted: dict[str, Counts] = {}
        daemon.loop.every(EVERY, self.note)

    def note(self) -> None:
        """Let the journal have what was counted since the last time; nothing where nothing was."""
        counts = {name: latency.counts() for name, latency in self._histograms().items()}
        new = {name: less(now, self._noted.get(name, {})) for name, now in counts.items()}
        self._noted = counts
        if any(new.values()):
            since = {name: each for name, each in new.items() if each}
            self._daemon.hear(Measured(since, self._daemon.clock.now()))

    def facts(self, argument: str = "", by: str = "") -> dict[str, Any]:
        """Every stage of an order's way, and how long each model takes to decide; microseconds."""
        watches = self._daemon.troupe.watches
        return {
            "stages": {name: of_stage(latency) for name, latency in self._histograms().items()},
            "models": {name: of_model(watches[name]) for name in sorted(watches)},
        }

    def _histograms(self) -> Mapping[str, Latency]:
        stages = self._daemon.stages
        return {**stages.spans, "tick_to_order": stages.tick_to_order}


def of_stage(latency: Latency) -> dict[str, float]:
    """How many there were, their quantiles and the longest of them; microseconds."""
    return _figures(latency.count, [*latency.quantiles([*SHARES.values()]), latency.longest])


def of_model(watch: Stopwatch) -> dict[str, float]:
    """The same of a model's latest decisions."""
    return _figures(len(watch.latest), watch.quantiles([*SHARES.values(), 1.0]))


def _figures(count: int, durations: Sequence[float]) -> dict[str, float]:
    named = zip((*SHARES, "max"), durations, strict=True)
    return {"count": count, **{name: round(duration / 1000, 1) for name, duration in named}}
