"""Compiled replay from end to end: a tape read once, and any number of settings of models played on it."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from hftd.config.schema import Config
from hftd.core.session import Schedule
from hftd.lab.compiled import check, sample
from hftd.lab.compiled.check import Checked
from hftd.lab.compiled.columns import Columns
from hftd.lab.compiled.decide import decide
from hftd.lab.compiled.fills import fills
from hftd.lab.compiled.model import compile_model
from hftd.lab.compiled.outcome import Outcome, play, sums
from hftd.lab.compiled.reading import read
from hftd.lab.compiled.refusal import NotCompiled
from hftd.lab.compiled.sessions import stretches
from hftd.lab.replay.backtest import calendar
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.host import Plugins
from hftd.runtime.office.day_table import make_schedule

SEED = 17


class Played(Struct, frozen=True):
    """One pass of a tape: its figures, what was checked, and seconds to make machine code and to play."""

    outcome: Outcome
    checked: Checked
    compiling: float
    playing: float


class Reel:
    """A tape of one symbol. ``schedule`` makes the tape's schedule anew, standing before its first moment."""

    def __init__(self, columns: Columns, schedule: Callable[[], Schedule], paths: Sequence[Path] = ()) -> None:
        self.columns = columns
        self.paths = tuple(paths)
        self._schedule = schedule
        self._sessions = tuple(stretches(schedule()))

    def play(self, plan: Blueprint, seed: int = SEED) -> Played:
        """Play one model, and the sample that ``seed`` draws in the engine too.

        Raises NotCompiled, which says why the engine must play the tape: the model cannot be compiled, or it
        decides otherwise than in the engine.
        """
        began = time.perf_counter()
        compiled = compile_model(plan)
        if compiled.symbol != self.columns.symbol:
            raise NotCompiled(f"model {plan.name} trades {compiled.symbol}, the columns are of {self.columns.symbol}")
        play(compiled, self.columns, ())  # the first call makes the machine code
        windows = sample.windows(self.columns, self._sessions, seed)
        keep = check.places(compiled, self.columns, windows)
        ready = time.perf_counter()
        decisions = decide(compiled, self.columns, self._sessions, keep)
        filled = fills(compiled, self.columns, self._sessions, decisions)
        outcome = sums(self.columns, self._sessions, decisions, filled)
        done = time.perf_counter()
        checked = check.check(compiled, self.columns, decisions, windows, self._schedule, self.paths)
        if checked.difference:
            raise NotCompiled(f"model {plan.name}: {checked.difference}")
        return Played(outcome, checked, ready - began, done - ready)


def open_reel(config: Config, plugins: Plugins, paths: Sequence[Path], symbol: str) -> Reel:
    """A reel of a tape's prints and quotes of ``symbol``, in the hours of the settings.

    Raises NotCompiled where there are none, HftdError as a tape does.
    """
    columns = read(paths, symbol)
    if not len(columns):
        raise NotCompiled(f"the tape has no print and no quote of {symbol}")
    first = min(int(at[0]) for at in (columns.trades.at, columns.quotes.at) if len(at))
    _, days = calendar(config, plugins, datetime.fromtimestamp(first / 1e9, UTC).date())
    return Reel(columns, lambda: make_schedule(days, config.session), paths)
