"""A sweep's outcome for a terminal."""

from collections.abc import Iterable, Sequence

from hftd.lab.report.words import clock, money, ratio
from hftd.lab.sweep.forward import Step
from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.objective import Figure
from hftd.lab.sweep.ranking import Trial
from hftd.lab.sweep.space import Value, written

DOLLARS = ("pnl", "drawdown", "turnover")
FIGURES = ("pnl", "sharpe", "drawdown", "fills")
"""Shown of every trial, beside what was looked for."""


def table(trials: Sequence[Trial], objective: str, most: int) -> str:
    """The ``most`` best sets of options as a table, and a line on those that are worth nothing."""
    good = _once(trial for trial in trials if trial.result.value is not None)
    rest = [trial for trial in trials if trial.result.value is None]
    shown = [objective.replace("-", "_")]
    shown += [name for name in FIGURES if name not in shown and good and name in good[0].result.figures]
    lines = [_columns(("rank", "trial", *_head(trials), *shown), [
        (str(rank), str(trial.number), *map(_short, trial.values.values()), *_row(trial.result, shown))
        for rank, trial in enumerate(good[:most], 1)
    ])] if good else ["no trial is worth anything"]  # fmt: skip
    if len(good) > most:
        lines.append(f"… and {len(good) - most:,} more below them")
    if rest:
        lines.append(f"without a value: {len(rest):,}, such as {written(rest[0].values)}: {rest[0].result.why}")
    return "\n".join(lines)


def _once(trials: Iterable[Trial]) -> list[Trial]:
    """Each set of options once: a sampler that learns comes back to the good ones, and they play the same again."""
    first: dict[str, Trial] = {}
    for trial in trials:
        first.setdefault(written(trial.values), trial)
    return list(first.values())


def walked(steps: Sequence[Step], objective: str, zone: str) -> str:
    """One line for each step of a walk, and what all that was judged made together."""
    rows = []
    for number, each in enumerate(steps, 1):
        best, judged = each.best, each.judged
        rows.append((
            str(number), _span(each.fit, zone), _span(each.next, zone), written(best.values) if best else "none",
            value(best.result, objective) if best else "–", value(judged, objective) if judged else "–",
            *((figure("pnl", judged.figures.get("pnl")) if judged else "–",) if objective != "pnl" else ()),
        ))  # fmt: skip
    made = [float(each.judged.figures.get("pnl") or 0.0) for each in steps if each.judged]
    head = ["step", "chosen on", "judged on", "options", f"{objective} there", f"{objective} here"]
    head += ["pnl here"] if objective != "pnl" else []
    return f"{_columns(head, rows)}\nunseen parts together: pnl {money(sum(made))} in {len(made)} of {len(steps)} steps"


def value(result: Result, objective: str) -> str:
    """What was looked for, of one trial."""
    return figure(objective.replace("-", "_"), result.figures.get(objective.replace("-", "_")))


def figure(name: str, amount: Figure) -> str:
    """One figure in its unit."""
    if amount is None:
        return "–"
    return money(amount) if name in DOLLARS else f"{amount:,}" if isinstance(amount, int) else ratio(amount)


def _short(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _head(trials: Sequence[Trial]) -> Sequence[str]:
    return tuple(trials[0].values) if trials else ()


def _row(result: Result, shown: Sequence[str]) -> tuple[str, ...]:
    return tuple(figure(name, result.figures.get(name)) for name in shown)


def _span(span: Span, zone: str) -> str:
    first, last = (clock(zone)(moment) for moment in (span[0], span[1] - 1))
    if first[:10] != last[:10]:
        return f"{first[:10]} to {last[:10]}"
    return f"{first[:16]} to {last[11:16]}"


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be, to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)
    )
