"""What a compiled model decides on a tape."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from hftd.lab.compiled.columns import Column, Columns
from hftd.lab.compiled.figures import Number
from hftd.lab.compiled.model import Compiled
from hftd.lab.compiled.refusal import NotCompiled
from hftd.lab.compiled.scope import COLUMNS
from hftd.lab.compiled.sessions import Stretch

STEP = 1 << 17  # events at a time: what they decide fits in a processor's cache

Keeping = Mapping[str, Number | tuple[Number, ...]]
"""A model's attributes at one moment, by name."""


class Decisions(Struct, frozen=True):
    """Every wish: the place of its event on the tape, what it is (``wishes`` has the codes) and its shares.

    ``heard`` events were told to the model; ``kept`` is what the model knew before the event at each place asked for.
    """

    places: Column
    codes: Column
    shares: Column
    heard: int
    kept: Mapping[int, Keeping]


def decide(
    compiled: Compiled, columns: Columns, sessions: Sequence[Stretch], keep: Sequence[int] = ()
) -> Decisions:
    """Play a model over a tape. ``keep`` are places at which to note what the model knows.

    Places count the events of the kinds the model hears. Raises NotCompiled where numba does not take the program or
    the model raises on the way: then the engine alone can say what follows.
    """
    run = Run(compiled, columns)
    kept: dict[int, Keeping] = {}
    heard, wanted, found = 0, sorted(keep), []
    for first, last, new_day in run.spans(sessions):
        if new_day:
            run.begin()
        heard += last - first
        for start, stop in _steps(first, last, [place for place in wanted if first < place < last]):
            while wanted and wanted[0] <= start:
                kept[wanted.pop(0)] = run.knows()
            found.append(run.play(start, stop))
    for place in wanted:
        kept[place] = run.knows()
    places, codes, shares = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (
        np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, np.float64)
    )  # fmt: skip
    if not np.isfinite(shares).all():
        raise NotCompiled(f"{compiled.plan.file}: model {compiled.plan.name} wishes shares that are no number")
    return Decisions(places, codes, shares, heard, kept)


class Run:
    """One pass of one model: its state, and room for what it decides in one step."""

    def __init__(self, compiled: Compiled, columns: Columns) -> None:
        figures = compiled.figures
        self._compiled = compiled
        self._columns = columns
        self._rows = {name: row.copy() for name, row in figures.rows.items()}
        self._given = [*figures.options.values(), *figures.fixed.values(), *self._rows.values()]
        self._state: tuple[Number, ...] = ()
        self.begin()
        self._taken = [
            getattr(getattr(columns, f"{kind}s"), column) for kind in compiled.kinds for column in COLUMNS[kind]
        ]
        self._quote_places = np.flatnonzero(columns.is_quote) if len(compiled.kinds) > 1 else None
        self._room = (np.empty(STEP, np.int64), np.empty(STEP, np.int8), np.empty(STEP, np.float64))
        self._play(0, 0)

    def begin(self) -> None:
        """Forget everything: a model is built anew each day, as by the engine."""
        for name, row in self._compiled.figures.rows.items():
            self._rows[name][:] = row
        self._state = tuple(self._compiled.figures.state.values())

    def spans(self, sessions: Sequence[Stretch]) -> Iterator[tuple[int, int, bool]]:
        """Each session as its first place and the place after its last, and whether it begins another day."""
        day = ""
        times = [getattr(self._columns, f"{kind}s").at for kind in self._compiled.kinds]
        for session in sessions:
            first, last = (
                sum(int(np.searchsorted(each, moment)) for each in times) for moment in (session.start, session.end)
            )
            if first < last:
                yield first, last, day not in ("", session.day)
                day = session.day

    def play(self, first: int, last: int) -> tuple[Column, Column, Column]:
        """Places, codes and shares of the wishes on the events from ``first`` to before ``last``."""
        made = self._play(first, last)
        places, codes, shares = (room[:made].copy() for room in self._room)
        return places, codes, shares

    def knows(self) -> Keeping:
        """The attributes the model's handlers set, as they are now."""
        rows = {name: tuple(row.tolist()) for name, row in self._rows.items()}
        return dict(zip(self._compiled.figures.state, self._state, strict=True)) | rows

    def _play(self, first: int, last: int) -> int:
        plan = self._compiled.plan
        before: list[Any] = []
        if self._quote_places is not None:
            quotes = int(np.searchsorted(self._quote_places, first))
            before = [first - quotes, quotes, self._columns.is_quote]
        try:
            made, *state = self._compiled.play(
                first, last, *before, *self._taken, *self._room, *self._given, *self._state
            )
        except (ArithmeticError, ValueError, IndexError) as error:
            said = f"{type(error).__name__}: {error}"
            raise NotCompiled(f"{plan.file}: model {plan.name} raises {said}") from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] != "numba":
                raise
            raise NotCompiled(f"{plan.file}: model {plan.name}: {_reason(error)}") from error
        self._state = tuple(state)
        return int(made)


def _steps(first: int, last: int, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    for start, stop in zip([first, *cuts], [*cuts, last], strict=True):
        for place in range(start, stop, STEP):
            yield place, min(place + STEP, stop)


def _reason(error: Exception) -> str:
    """The line of a compiler's message that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("built-in function or_" in line for line in lines):  # what a row of whole numbers is given has an `| 0`
        return "an element of a row that begins as whole numbers is set to another number: begin it with 0.0"
    told = [line for line in lines if line.startswith(("No implementation", "Cannot unify", "No conversion"))]
    return f"numba says: {(told or lines or [type(error).__name__])[0][:200]}"
