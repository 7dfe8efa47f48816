"""The trials of a study, the best first."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from hftd.lab.sweep.job import Result
from hftd.lab.sweep.space import Values
from hftd.lab.sweep.study import kept


class Trial(Struct, frozen=True):
    """One finished trial."""

    number: int
    values: Values
    result: Result


def ranked(study: Any) -> Sequence[Trial]:
    """Every finished trial: by value, of equals the earlier first, those without a value last."""
    trials = [
        Trial(trial.number, trial.params, result)
        for trial in study.trials
        if trial.state.is_finished() and (result := kept(trial)) is not None
    ]
    return sorted(trials, key=lambda each: (each.result.value is None, -(each.result.value or 0.0), each.number))
