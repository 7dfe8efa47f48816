"""Models that take longer to decide than their settings allow are benched: ``[models.NAME] budget_us``."""

from functools import partial

from hftd.runtime.daemon import Daemon
from hftd.runtime.models.stopwatch import Stopwatch

EVERY = 1.0  # seconds
ENOUGH = 200
"""Decisions before a model is judged."""


class TimeBudget:
    """Looks at every model's stopwatch each second, which spares those who ask the sorting."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        for watch in daemon.troupe.watches.values():
            watch.latest.clear()  # a day that is remembered is not lived at the pace of the market
        daemon.loop.after(EVERY, self._check)

    def _check(self) -> None:
        for name in self._daemon.troupe.watches:  # in quiet moments: sorting takes longer than a tick
            self._daemon.loop.spare(partial(self._judge, name))
        self._daemon.loop.after(EVERY, self._check)

    def _judge(self, name: str) -> None:
        if not self._daemon.loop.running:
            return  # it leaves, and what waited for a quiet moment comes at last
        troupe = self._daemon.troupe
        seat, plan, watch = self._daemon.engine.seats.get(name), troupe.plan(name), troupe.watches.get(name)
        if watch is None:
            return
        watch.sort()
        if seat is not None and seat.plays and plan is not None and plan.table.budget_us:
            excess = broken(watch, plan.table.budget_us)
            if excess:
                self._daemon.command("bench", f"{name} {excess}", "hftd")


def broken(watch: Stopwatch, budget_us: int) -> str:
    """In words, how the latest decisions break a budget of so many microseconds; empty where they keep it."""
    took = watch.quantile(0.99) / 1000 if len(watch.latest) >= ENOUGH else 0.0
    if took <= budget_us:
        return ""
    return f"takes {took:.0f} µs to decide at the 99th of 100, and budget_us allows {budget_us}"
