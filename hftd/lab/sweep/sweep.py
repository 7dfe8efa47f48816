"""A sweep from its beginning, or from where it was killed, to its end."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from hftd.lab.sweep.crew import Crew
from hftd.lab.sweep.forward import Step, step
from hftd.lab.sweep.job import Job, Result
from hftd.lab.sweep.play import play
from hftd.lab.sweep.ranking import Trial, ranked
from hftd.lab.sweep.search import Search, Told
from hftd.lab.sweep.setting import Setting
from hftd.lab.sweep.study import open_study, storage

WHOLE = "sweep"
"""The study's name in its file; the steps of a walk are ``step 1``, ``step 2`` and so on."""


class Swept(Struct, frozen=True):
    """What came of a sweep: trials, the best first, or the steps of a walk.

    ``proved`` is what the engine makes of the best trial where machine code found it.
    """

    trials: Sequence[Trial]
    steps: Sequence[Step] = ()
    proved: Result | None = None


def sweep(setting: Setting, hired: Callable[[Job], Crew], file: Path | None, told: Told) -> Swept:
    """Play the trials with the crew that ``hired`` gives; ``file`` keeps the study, where it is to be kept.

    Raises HftdError as the crew and the study do.
    """
    with storage(file) as kept, closing(hired(setting.job)) as crew:
        if setting.parts:
            return Swept((), _walk(setting, kept, crew, told))
        study = open_study(kept, WHOLE, setting.about)
        Search(study, crew, setting.space, setting.sampler, setting.seed, trials=setting.trials).run(told)
        trials = ranked(study)
    proved = None
    if setting.job.lane == "compiled" and trials and trials[0].result.value is not None:
        proved = play(structs.replace(setting.job, lane="engine").packed(), trials[0].values)
    return Swept(trials, (), proved)


def _walk(setting: Setting, kept: Any, crew: Crew, told: Told) -> list[Step]:
    steps = []
    for number, (fit, judge) in enumerate(zip(setting.parts, setting.parts[1:], strict=False), 1):
        about = {**setting.about, "fit": list(fit), "judged": list(judge)}
        study = open_study(kept, f"step {number}", about)
        steps.append(step(
            study, crew, setting.space, setting.sampler, setting.seed,
            trials=setting.trials, fit=fit, judge=judge, told=told,
        ))  # fmt: skip
    return steps
