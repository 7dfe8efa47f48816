"""Models that take longer to decide than their settings allow are benched: ``[models.NAME] budget_us``.

Looked at each second once there are enough decisions, and however few there are where a canary would leave the shadow.
"""

from functools import partial

from hftd.core.effects import Stand
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
        daemon.on_stand = self._stood

    def _stood(self, stand: Stand) -> None:
        """Bench a canary that was too slow in the shadow, before it has sent anything."""
        if stand.sang:  # an operator's word is not doubted
            self._judge(stand.model, enough=1)

    def _check(self) -> None:
        for name in self._daemon.troupe.watches:  # in quiet moments: sorting takes longer than a tick
            self._daemon.loop.spare(partial(self._judge, name))
        self._daemon.loop.after(EVERY, self._check)

    def _judge(self, name: str, enough: int = ENOUGH) -> None:
        if not self._daemon.loop.running:
            return  # it leaves, and what waited for a quiet moment comes at last
        troupe = self._daemon.troupe
        seat, plan, watch = self._daemon.engine.seats.get(name), troupe.plan(name), troupe.watches.get(name)
        if watch is None:
            return
        watch.sort()
        if seat is not None and seat.plays and plan is not None and plan.table.budget_us:
            excess = broken(watch, plan.table.budget_us, enough)
            if excess:
                self._daemon.command("bench", f"{name} {excess}", "hftd")


def broken(watch: Stopwatch, budget_us: int, enough: int = ENOUGH) -> str:
    """In words, how the latest decisions break a budget of so many microseconds; empty where they keep it.

    So it is too while there are not ``enough`` of them.
    """
    took = watch.quantile(0.99) / 1000 if len(watch.latest) >= enough else 0.0
    if took <= budget_us:
        return ""
    return f"takes {took:.0f} µs to decide at the 99th of 100, and budget_us allows {budget_us}"
