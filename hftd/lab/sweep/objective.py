"""What a sweep looks for: figures of a played tape, all of them the larger the better."""

from collections.abc import Mapping
from itertools import accumulate

from hftd.lab.replay.backtest import Played
from hftd.lab.report.figures import figures, running

Figure = int | float | None
"""None where it cannot be told."""

OBJECTIVES: Mapping[str, tuple[str, int]] = {
    "pnl": ("pnl", 1),
    "sharpe": ("sharpe", 1),
    "sortino": ("sortino", 1),
    "drawdown": ("drawdown", -1),
    "profit-factor": ("profit_factor", 1),
    "hit-rate": ("hit_rate", 1),
}
"""The figure each is made of, and whether much of it is good (1) or bad (-1)."""


MONEY = frozenset({"pnl", "drawdown"})
"""Objectives that need no ratios, and so neither empyrical nor the seconds it takes to be imported."""


def measured(played: Played, objective: str) -> dict[str, Figure]:
    """The figures of a backtest: dollars and counts, and ratios where ``objective`` needs one.

    Raises HftdError where empyrical-reloaded is missing for them.
    """
    return money(played) if objective in MONEY else everything(played)


def money(played: Played) -> dict[str, Figure]:
    """Dollars, and the number of fills."""
    worth = [sample.equity for sample in running(played.equity)]
    falls = (peak - each for peak, each in zip(accumulate(worth, max), worth, strict=True))
    return {
        "pnl": float(played.facts["pnl"]),
        "drawdown": max(falls, default=0.0),
        "fills": len(played.fills),
        "turnover": float(sum(booked.fill.shares * booked.fill.price for booked in played.fills)),
    }


def everything(played: Played) -> dict[str, Figure]:
    """The same, with ratios of returns and of trips. Raises HftdError where empyrical-reloaded is missing."""
    made = figures(played)
    every, ratios = made.everything, made.ratios
    return {
        **money(played),
        "sharpe": ratios.sharpe,
        "sortino": ratios.sortino,
        "profit_factor": every.profit_factor,
        "hit_rate": every.hit_rate,
        "trips": every.trips,
    }


def worth(figures: Mapping[str, Figure], objective: str) -> float | None:
    """What ``figures`` are worth to ``objective``; None where that cannot be told."""
    name, sign = OBJECTIVES[objective]
    figure = figures.get(name)
    return None if figure is None else sign * float(figure)
