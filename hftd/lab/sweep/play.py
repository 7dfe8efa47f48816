"""What a worker does: read the tape once, and play a model on it with one set of options after the other."""

import gc
import pickle
import time
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from socket import gethostname
from typing import Any

from msgspec.structs import replace

from hftd.config.load import folder, load
from hftd.errors import ConfigError, HftdError
from hftd.lab.replay.backtest import backtest
from hftd.lab.sweep.job import Job, Lane, Result, Span
from hftd.lab.sweep.objective import Figure, measured, worth
from hftd.lab.sweep.space import Values
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import Blueprint, blueprint
from hftd.tape import open_tape
from hftd.tape.layout import Market
from hftd.venues.shipped import SHIPPED


def play(packed: bytes, values: Values, span: Span | None = None) -> Result:
    """Play the job that ``packed`` holds with ``values``, on all of the tape or a ``span``.

    Options the model does not take make a result without a value. Raises HftdError where settings, model or tape
    are not those of the job, or are missing.
    """
    began = time.perf_counter()
    job: Job = pickle.loads(packed)  # noqa: S301 - from the process that runs the sweep
    stage = _stage(packed)
    lane: Lane = "engine"
    figures: dict[str, Figure] = {}
    try:
        lane, figures, why = stage.played(values, span)
    except ConfigError as error:
        why = str(error)
    value = None if why else worth(figures, job.objective)
    if not why and int(figures["fills"] or 0) < job.least_fills:
        value, why = None, f"{figures['fills']} fills, expected at least {job.least_fills}"
    if not why and value is None:
        why = f"no {job.objective}: too little was traded"
    return Result(value, why, lane, figures, round(time.perf_counter() - began, 3))


class Stage:
    """Settings, plugins and tape of a job, read once. Memory holds every event of the tape."""

    def __init__(self, job: Job) -> None:
        file = Path(job.settings)
        self._job = job
        self._config = load(file)
        self._plugins = host.load(folder(self._config, file), SHIPPED)
        self._part = _same(self._plugins, job)
        self._events: Sequence[Market] = ()
        self._reel: Any = None

    def plan(self, values: Values) -> Blueprint:
        """The model with ``values``, active. Raises ConfigError where it does not take them."""
        # A number with a fraction is meant as it is written, also where the option is a Decimal.
        exact = {key: Decimal(repr(value)) if isinstance(value, float) else value for key, value in values.items()}
        table = {**self._config.models.get(self._job.model, {}), **self._job.options, **exact}
        plan = blueprint(self._part, table, Path(self._job.settings))
        return replace(plan, table=replace(plan.table, state="active"))

    def played(self, values: Values, span: Span | None) -> tuple[Lane, dict[str, Figure], str]:
        """Where a trial was played, its figures, and why they count for nothing, or "". Raises as ``play``."""
        plan = self.plan(values)
        if self._job.lane == "compiled":
            figures = self._compiled(plan)
            if figures is not None:
                return "compiled", figures, ""
        job = self._job
        played = backtest(
            self._config, self._plugins, (plan,), self._of(span),
            cash=job.cash, assumptions=job.assumptions, days=job.days,
        )  # fmt: skip
        model = played.facts["models"][job.model]
        why = f"benched: {model['reason']}" if model["state"] == "benched" else ""
        return "engine", measured(played, job.objective), why

    def _of(self, span: Span | None) -> Sequence[Market]:
        if not self._events:
            self._events = list(open_tape([Path(tape) for tape in self._job.tapes]))
            gc.collect()
            gc.freeze()  # what stays for good need not be looked through in every trial
        if span is None:
            return self._events
        first, last = (bisect_left(self._events, moment, key=attrgetter("seen")) for moment in span)
        return self._events[first:last]

    def _compiled(self, plan: Blueprint) -> dict[str, Figure] | None:
        """The figures of the model as machine code; None where it is left to the engine."""
        # numpy and numba are for those who have them.
        from hftd.lab.compiled.reel import open_reel  # noqa: PLC0415
        from hftd.lab.compiled.refusal import NotCompiled  # noqa: PLC0415

        try:
            if self._reel is None:
                paths = [Path(tape) for tape in self._job.tapes]
                self._reel = open_reel(self._config, self._plugins, paths, plan.build(Blank()).symbols[0])
            made = self._reel.play(plan).outcome
        except NotCompiled:
            return None
        return {"pnl": made.pnl, "drawdown": made.drawdown, "fills": made.fills, "turnover": made.turnover}


def _same(plugins: host.Plugins, job: Job) -> host.Part:
    """The model of the job. Raises HftdError where it is another one here."""
    part = plugins.parts("models").get(job.model)
    if part is None or part.plugin.digest != job.digest:
        found = part.plugin.digest[:12] if part is not None else "none"
        raise HftdError(f"model {job.model} on {gethostname()}: expected version {job.digest[:12]}, found {found}")
    return part


@lru_cache(maxsize=1)
def _stage(packed: bytes) -> Stage:
    return Stage(pickle.loads(packed))  # noqa: S301 - as above
