"""A search: trials asked for, played by a crew and told to the study, always in the same order.

Trial n is drawn when trials up to n - ``ahead`` have been told, whoever is quick or slow. So the same seed searches
the same, with one worker or with many, killed in between or not.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from hftd.lab.sweep.crew import Crew
from hftd.lab.sweep.draw import Sampler, draw
from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.space import Space, Values
from hftd.lab.sweep.study import keep, kept

LEAST_AHEAD = 8
"""With up to so many trials at a time, the number of workers changes nothing."""
AHEAD = "ahead"

Told = Callable[[int, Result], None]
"""Told of each trial, in their order: its number, and what came of it."""


class Search:
    """One study's trials, up to ``trials`` of them; ``span`` is the stretch of the tape they are played on."""

    def __init__(
        self, study: Any, crew: Crew, space: Space, sampler: Sampler, seed: int, *,
        trials: int, span: Span | None = None,
    ) -> None:  # fmt: skip
        self._study = study
        self._crew = crew
        self._space = space
        self._sampler: Sampler = sampler
        self._seed = seed
        self._trials = trials
        self._span = span
        self._asked = 0
        self._waiting: deque[int] = deque()
        """Trials that were begun and not told, by number."""
        self._results: dict[int, Result] = {}
        self._known: dict[tuple[Any, ...], Result] = {}
        """What came of options that were told: no need to play them again."""
        if AHEAD not in study.user_attrs:
            study.set_user_attr(AHEAD, max(LEAST_AHEAD, crew.slots))
        self._ahead: int = study.user_attrs[AHEAD]

    def run(self, told: Told) -> None:
        """Play what is missing of the trials. Raises HftdError as the crew does."""
        self._take_up(told)
        while True:
            self._ask()
            while self._waiting and self._waiting[0] in self._results:
                self._tell(told)
                self._ask()
            if not self._waiting:
                return
            for number, result in self._crew.finished():
                keep(self._study, number, result)
                self._results[number] = result

    def _take_up(self, told: Told) -> None:
        """What an earlier run left: finished trials are not played again, and begun ones are."""
        for trial in self._study.trials:
            self._asked += 1
            result = kept(trial)
            if result is not None and trial.state.is_finished():
                self._known[_key(trial.params)] = result
                told(trial.number, result)
                continue
            self._waiting.append(trial.number)
            if result is None:
                self._crew.submit(trial.number, trial.params, self._span)
            else:
                self._results[trial.number] = result

    def _ask(self) -> None:
        while self._asked < self._trials and len(self._waiting) < self._ahead:
            number = self._asked
            values = draw(self._study, self._space, self._sampler, self._seed, number)
            self._begin(values)
            self._asked += 1
            self._waiting.append(number)
            known = self._known.get(_key(values))
            if known is None:
                self._crew.submit(number, values, self._span)
            else:
                keep(self._study, number, known)
                self._results[number] = known

    def _begin(self, values: Values) -> None:
        # Number and options are written at once: a kill cannot leave half a trial.
        trial = needed("optuna.trial")
        spread = {axis.key: axis.distribution() for axis in self._space.axes}
        self._study.add_trial(
            trial.create_trial(state=trial.TrialState.RUNNING, params=dict(values), distributions=spread)
        )

    def _tell(self, told: Told) -> None:
        number = self._waiting.popleft()
        result = self._results.pop(number)
        state = needed("optuna.trial").TrialState
        if result.value is None:
            self._study.tell(number, state=state.PRUNED)
        else:
            self._study.tell(number, result.value)
        self._known[_key(self._study.get_trials(deepcopy=False)[number].params)] = result
        told(number, result)


def _key(values: Values) -> tuple[Any, ...]:
    return tuple(sorted(values.items()))
