"""Walking forward: options are chosen on one part of a tape and judged on the next, which they have not seen."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, convert, structs

from hftd.lab.sweep.crew import Crew
from hftd.lab.sweep.draw import Sampler
from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.ranking import Trial, ranked
from hftd.lab.sweep.search import Search, Told
from hftd.lab.sweep.space import Space

JUDGED = "judged"


class Step(Struct, frozen=True):
    """One step: the best of the trials on ``fit``, and what its options made on ``next``; None where none was good."""

    fit: Span
    next: Span
    trials: Sequence[Trial]
    judged: Result | None

    @property
    def best(self) -> Trial | None:
        """The trial whose options are judged."""
        return self.trials[0] if self.trials and self.trials[0].result.value is not None else None


def step(
    study: Any, crew: Crew, space: Space, sampler: Sampler, seed: int, *, trials: int, fit: Span, judge: Span,
    told: Told,
) -> Step:  # fmt: skip
    """Search on ``fit``, and play the best once on ``judge``; what the study knows already is not played again."""
    Search(study, crew, space, sampler, seed, trials=trials, span=fit).run(told)
    found = ranked(study)
    made = Step(fit, judge, found, None)
    best = made.best
    if best is None:
        return made
    said = study.user_attrs.get(JUDGED)
    # A study that was given more trials may have found another best.
    if said is not None and said["number"] == best.number:
        return structs.replace(made, judged=convert(said["result"], Result))
    crew.submit(best.number, best.values, judge)
    ((_, result),) = crew.finished()
    study.set_user_attr(JUDGED, {"number": best.number, "result": structs.asdict(result)})
    return structs.replace(made, judged=result)

