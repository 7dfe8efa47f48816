"""Figures of a compiled replay."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from hftd.lab.compiled.columns import Columns
from hftd.lab.compiled.decide import Decisions, decide
from hftd.lab.compiled.fills import Fills, fills
from hftd.lab.compiled.model import Compiled
from hftd.lab.compiled.sessions import Stretch
from hftd.lab.compiled.wishes import BUY, SELL, TARGET


class Outcome(Struct, frozen=True):
    """What a model decided, which is exact, and what would have come of it, which is an estimate.

    ``heard`` and ``outside``: events in the sessions and others. The estimate, from ``orders`` on, knows no risk
    check, no account and no fees: ``position`` in shares, ``pnl``, ``drawdown`` (the most it fell from a peak, looked
    at as orders fill) and ``turnover`` in dollars.
    """

    heard: int
    outside: int
    buys: int
    sells: int
    targets: int
    orders: int
    fills: int
    position: float
    pnl: float
    drawdown: float
    turnover: float


def play(compiled: Compiled, columns: Columns, sessions: Sequence[Stretch]) -> Outcome:
    """Decide, fill and add up. Raises NotCompiled where the engine must be asked."""
    decisions = decide(compiled, columns, sessions)
    return sums(columns, sessions, decisions, fills(compiled, columns, sessions, decisions))


def sums(columns: Columns, sessions: Sequence[Stretch], decisions: Decisions, done: Fills) -> Outcome:
    """Figures of decisions and fills."""
    inside = sum(
        int(np.searchsorted(at, session.end) - np.searchsorted(at, session.start))
        for at in (columns.trades.at, columns.quotes.at)
        for session in sessions
    )
    cash, held = -np.cumsum(done.shares * done.prices), np.cumsum(done.shares)
    worth = np.append(cash + held * done.prices, cash[-1:] + held[-1:] * columns.last)
    peaks = np.maximum.accumulate(np.maximum(worth, 0.0))
    counts = np.bincount(decisions.codes, minlength=TARGET + 1)
    return Outcome(
        inside, len(columns) - inside,
        int(counts[BUY]), int(counts[SELL]), int(counts[TARGET]),
        done.orders, len(done.shares) + done.through,
        float(held[-1]) if len(held) else 0.0,
        float(worth[-1]) if len(worth) else 0.0,
        float((peaks - worth).max()) if len(worth) else 0.0,
        float(np.abs(done.shares * done.prices).sum()),
    )  # fmt: skip
