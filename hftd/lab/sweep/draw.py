"""Which options a trial is played with: a function of the space, the seed, the trial's number and what was told."""

from typing import Any, Literal
from zlib import crc32

from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.space import Space, Values

Sampler = Literal["grid", "random", "tpe"]
SAMPLERS: tuple[Sampler, ...] = ("grid", "random", "tpe")


def draw(study: Any, space: Space, sampler: Sampler, seed: int, number: int) -> Values:
    """The options of trial ``number`` of ``study``. Raises ConfigError as ``Space.point``."""
    if sampler == "grid":
        return space.point(number)
    optuna = needed("optuna")
    # A sampler for each trial: one that went on drawing would have to be kept, to go on after a kill.
    own = crc32(f"{seed}/{number}".encode())
    drawing = optuna.samplers.TPESampler(seed=own) if sampler == "tpe" else optuna.samplers.RandomSampler(seed=own)
    # Asked of a copy: a trial enters the study itself as a whole.
    copy = optuna.create_study(direction="maximize", sampler=drawing)
    if sampler == "tpe":
        copy.add_trials(study.get_trials(deepcopy=False))
    drawn = copy.ask({axis.key: axis.distribution() for axis in space.axes}).params
    return {axis.key: axis.settled(drawn[axis.key]) for axis in space.axes}
