"""A sweep's outcome as one picture: how the search went, and what each option has to do with it."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from hftd.errors import ConfigError, HftdError
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.ranking import Trial
from hftd.lab.sweep.space import Choice, Range, Space

ENDINGS = (".svg", ".png")
INK, FAINT, DOT, BEST = "#24313f", "#d9dfe5", "#2f6db5", "#b8741a"
WIDE, HIGH, ACROSS = 4.8, 3.0, 2
"""Inches of one panel, and how many stand beside each other."""


def check(file: Path) -> None:
    """Make sure, before a long run, that a picture can be written to ``file``. Raises ConfigError, HftdError."""
    if file.suffix not in ENDINGS:
        raise ConfigError(f"--picture {file}: expected a file ending in {' or '.join(ENDINGS)}")
    if not file.parent.is_dir():
        raise HftdError(f"--picture {file}: no such folder {file.parent}")
    needed("matplotlib")


def draw(trials: Sequence[Trial], space: Space, objective: str, file: Path) -> None:
    """Write the picture of ``trials`` (the best first) to ``file``, SVG or PNG. Raises HftdError where it cannot be."""
    good = [trial for trial in trials if trial.result.value is not None]
    # Not pyplot: it keeps every figure and looks for a screen.
    panels = 1 + len(space.axes)
    rows = -(-panels // ACROSS)
    figure = needed("matplotlib.figure").Figure(figsize=(WIDE * ACROSS, HIGH * rows), layout="constrained")
    every = list(figure.subplots(rows, ACROSS, squeeze=False).flat)
    for axes in every[panels:]:
        axes.remove()
    _course(every[0], sorted(good, key=lambda trial: trial.number), objective)
    for axes, axis in zip(every[1:panels], space.axes, strict=True):
        _axis(axes, good, axis, objective)
    matplotlib = needed("matplotlib")
    try:
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hftd", "font.family": "sans-serif"}):
            figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    except OSError as error:
        raise HftdError(f"--picture {file}: cannot be written: {error.strerror}") from error


def _course(axes: Any, trials: Sequence[Trial], objective: str) -> None:
    """Each trial in its order, and the best so far."""
    numbers = [trial.number for trial in trials]
    worth = [float(trial.result.value or 0.0) for trial in trials]
    axes.scatter(numbers, worth, s=12, color=DOT, alpha=0.6, linewidths=0)
    axes.step(numbers, list(accumulate(worth, max)), where="post", color=BEST, linewidth=1.3)
    _dress(axes, "trial", objective)


def _axis(axes: Any, trials: Sequence[Trial], axis: Choice | Range, objective: str) -> None:
    """What trials are worth by the values of one option; the best of all stands out."""
    values = [trial.values[axis.key] for trial in trials]
    places = [axis.values.index(value) for value in values] if isinstance(axis, Choice) else values
    worth = [trial.result.value for trial in trials]
    axes.scatter(places, worth, s=12, color=DOT, alpha=0.6, linewidths=0)
    axes.scatter(places[:1], worth[:1], s=40, color=BEST, linewidths=0)
    if isinstance(axis, Choice):
        axes.set_xticks(range(len(axis.values)), [str(value) for value in axis.values])
    _dress(axes, axis.key, objective)


def _dress(axes: Any, below: str, beside: str) -> None:
    axes.spines[:].set_visible(False)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=8, labelcolor=INK)
    axes.set_xlabel(below, color=INK, fontsize=9)
    axes.set_ylabel(beside, color=INK, fontsize=9)
