"""``hftd sweep``: one model with many options on a tape, and the best of them."""

import argparse
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from hftd.cli.options.assumptions import add_assumptions, assumptions
from hftd.cli.options.model import add_option, options
from hftd.cli.options.settings import add_config
from hftd.errors import OK, ConfigError, HftdError
from hftd.lab.sweep import picture
from hftd.lab.sweep.crew import Crew
from hftd.lab.sweep.draw import SAMPLERS
from hftd.lab.sweep.job import Job
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.objective import OBJECTIVES
from hftd.lab.sweep.on_dask import Dask
from hftd.lab.sweep.on_ray import Ray
from hftd.lab.sweep.processes import Processes
from hftd.lab.sweep.progress import progress
from hftd.lab.sweep.setting import Asked, Setting, setting
from hftd.lab.sweep.space import written
from hftd.lab.sweep.sweep import Swept, sweep
from hftd.lab.sweep.table import table, value, walked


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "sweep", help="find a model's best options on a tape", description=(__doc__ or "").replace("``", "")
    )
    parser.add_argument("model", metavar="MODEL", help="the model whose options are searched")
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="Parquet or CSV files, merged by time")
    parser.add_argument(
        "--space", action="append", required=True, metavar="KEY=VALUES",
        help="an option to search, and where: KEY=LOW..HIGH, KEY=LOW..HIGH:STEP or KEY=a,b,c; may be given again",
    )  # fmt: skip
    add_option(parser, "that is not searched")
    parser.add_argument("--objective", choices=tuple(OBJECTIVES), default="sharpe", help="what to look for (sharpe)")
    parser.add_argument(
        "--sampler", choices=SAMPLERS, default="tpe",
        help="every point of the space, points by chance, or points near good ones (tpe)",
    )  # fmt: skip
    parser.add_argument("--trials", type=int, metavar="N", help="how many to play (100; a grid: every point)")
    parser.add_argument(
        "--min-fills", type=int, default=0, metavar="N", help="a trial with fewer fills is worth nothing (0)"
    )
    parser.add_argument(
        "--walk-forward", type=int, default=0, metavar="N",
        help="in N steps: choose on one part of the tape, judge on the next, which the choice has not seen",
    )  # fmt: skip
    parser.add_argument(
        "--split", choices=("days", "time"), default="days",
        help="parts of whole days, or of equal time in sessions (days)",
    )  # fmt: skip
    parser.add_argument("--study", type=Path, metavar="FILE", help="keep trials in FILE; the same command goes on")
    _add_crew(parser)
    add_config(parser)
    parser.add_argument("--cash", type=Decimal, default=Decimal(100_000), help="dollars to begin with (100000)")
    add_assumptions(parser)
    parser.add_argument(
        "--engine", action="store_true", help="play every trial in the engine, also where machine code could"
    )
    parser.add_argument("--top", type=int, default=10, metavar="N", help="how many trials to show (10)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the trials, as .svg or .png")
    parser.add_argument("--json", action="store_true", help="one JSON object, with every trial")
    parser.set_defaults(run=run)


def _add_crew(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes on this machine (one for each CPU)")
    where.add_argument("--dask", metavar="ADDRESS", help="play on the Dask cluster with this scheduler")
    where.add_argument("--ray", metavar="ADDRESS", help="play on this Ray cluster; local begins one here")


def run(arguments: argparse.Namespace) -> int:
    """Sweep, and say what was found."""
    asked = _asked(arguments)
    needed("optuna")
    if arguments.picture is not None:
        if asked.walk_forward:
            raise ConfigError("--picture: a walk has none, expected a sweep without --walk-forward")
        picture.check(arguments.picture)
    ready = setting(asked)
    print(f"hftd: {_plainly(ready)}", file=sys.stderr)
    try:
        with progress(ready.trials * max(1, len(ready.parts) - 1), sys.stderr) as told:
            swept = sweep(ready, _hired(arguments), arguments.study, told)
    except KeyboardInterrupt:
        kept = f"the same command goes on with {arguments.study}" if arguments.study else "no --study kept its trials"
        raise HftdError(f"the sweep was stopped: {kept}") from None
    print(_json(swept) if arguments.json else _text(swept, ready, arguments.top))
    if arguments.picture is not None:
        picture.draw(swept.trials, ready.space, asked.objective, arguments.picture)
    return OK


def _asked(arguments: argparse.Namespace) -> Asked:
    for name, least in (("trials", 1), ("workers", 1), ("top", 1), ("walk_forward", 0), ("min_fills", 0)):
        given = getattr(arguments, name)
        if given is not None and given < least:
            raise ConfigError(f"--{name.replace('_', '-')} {given}: expected at least {least}")
    return Asked(
        arguments.config, arguments.model, options(arguments.option), arguments.space, arguments.tape,
        arguments.objective,
        arguments.sampler, arguments.trials, arguments.seed, arguments.cash, assumptions(arguments),
        arguments.min_fills, arguments.walk_forward, arguments.split, arguments.engine,
    )  # fmt: skip


def _hired(arguments: argparse.Namespace) -> Callable[[Job], Crew]:
    if arguments.dask:
        return lambda job: Dask(job, arguments.dask)
    if arguments.ray:
        return lambda job: Ray(job, arguments.ray)
    return lambda job: Processes(job, arguments.workers or os.cpu_count() or 1)


def _plainly(ready: Setting) -> str:
    lane = f"in the engine ({ready.why_engine})" if ready.why_engine else (
        "as machine code, an estimate without risk checks; the engine plays the best once more")  # fmt: skip
    steps = f" for each of {len(ready.parts) - 1} steps" if ready.parts else ""
    return f"{ready.trials:,} trials{steps} {lane}"


def _text(swept: Swept, ready: Setting, most: int) -> str:
    objective = ready.job.objective
    if swept.steps:
        return walked(swept.steps, objective, ready.zone)
    lines = [table(swept.trials, objective, most)]
    if swept.proved is not None:
        said = swept.proved.why or f"{objective} {value(swept.proved, objective)}"
        lines.append(f"the best in the engine: {written(swept.trials[0].values)}: {said}")
    return "\n".join(lines)


def _json(swept: Swept) -> str:
    return msgspec.json.format(msgspec.json.encode(swept)).decode()
