"""What is to be swept: from words and paths to a job for workers, a space and the parts of the tape."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, defstruct, structs

from hftd.config.expected import nearest
from hftd.config.fill import fill
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import ConfigError, HftdError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import calendar
from hftd.lab.sweep.draw import Sampler
from hftd.lab.sweep.job import Job, Span
from hftd.lab.sweep.lane import engine_needed
from hftd.lab.sweep.parts import by_days, by_time, traded
from hftd.lab.sweep.space import Settle, Space, space
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprint
from hftd.plugin.host import Part, Plugins
from hftd.runtime.office.day_table import make_schedule
from hftd.tape import open_tape
from hftd.tape.tape import files
from hftd.venues.shipped import SHIPPED

SOME = 100
"""Trials where nobody says how many and the sampler is none that comes to an end."""


class Asked(Struct, frozen=True):
    """What somebody asks of a sweep. ``walk_forward`` is the number of steps, 0 for one search on the whole tape."""

    settings: Path
    model: str
    options: Mapping[str, Any]
    space: Sequence[str]
    tapes: Sequence[Path]
    objective: str
    sampler: Sampler
    trials: int | None
    seed: int
    cash: Decimal
    assumptions: Assumptions
    least_fills: int
    walk_forward: int
    split: Literal["days", "time"]
    in_engine: bool


class Setting(Struct, frozen=True):
    """A sweep that can begin. ``why_engine`` says why trials are not played as machine code, "" where they are."""

    job: Job
    space: Space
    sampler: Sampler
    seed: int
    trials: int
    parts: list[Span]
    zone: str
    why_engine: str
    about: Mapping[str, Any]
    """What makes the sweep what it is, for its study."""


def setting(asked: Asked) -> Setting:
    """Look at everything once, before workers begin. Raises ConfigError, PluginError, HftdError."""
    config = load(asked.settings)
    plugins = host.load(folder(config, asked.settings), SHIPPED)
    part = _part(plugins, asked.model)
    searched = space(asked.space, _settle(part))
    plan = blueprint(part, {**config.models.get(asked.model, {}), **asked.options}, asked.settings)
    first = next(open_tape(asked.tapes), None)
    if first is None:
        raise HftdError("the tape holds no event")
    zone, days = calendar(config, plugins, datetime.fromtimestamp(first.seen / 1e9, UTC).date())
    spans: list[Span] = []
    if asked.walk_forward:
        sessions = traded(open_tape(asked.tapes), make_schedule(days, config.session))
        spans = (by_days if asked.split == "days" else by_time)(sessions, asked.walk_forward + 1)
    why = "as asked" if asked.in_engine else engine_needed(
        plan, searched, asked.objective, asked.assumptions, spans)  # fmt: skip
    job = Job(
        str(asked.settings.resolve()), asked.model, dict(asked.options), part.plugin.digest,
        tuple(str(tape.resolve()) for tape in asked.tapes), asked.cash, asked.assumptions, days,
        asked.objective, asked.least_fills, "engine" if why else "compiled",
    )  # fmt: skip
    about = _about(asked, config, plan, job)
    trials = _trials(asked, searched)
    return Setting(job, searched, asked.sampler, asked.seed, trials, spans, zone, why, about)


def _part(plugins: Plugins, model: str) -> Part:
    models = plugins.parts("models")
    if model not in models:
        raise ConfigError(f"{model}: no such model, {nearest(model, models)}")
    return models[model]


def _settle(part: Part) -> Settle:
    kinds = {field.name: field.type for field in structs.fields(part.factory.Options)}

    def settled(key: str, value: Any) -> Any:
        if key not in kinds:
            raise ConfigError(f"--space {key}: no such option of {part.name}, {nearest(key, kinds)}")
        return getattr(fill(defstruct("Option", [(key, kinds[key])]), {key: value}, "--space"), key)

    return settled


def _trials(asked: Asked, searched: Space) -> int:
    if asked.sampler != "grid":
        return asked.trials or SOME
    if asked.trials not in (None, searched.size):
        raise ConfigError(f"--trials {asked.trials}: the grid has {searched.size} points, expected all of them;"
                          " --sampler random takes some")  # fmt: skip
    return searched.size


def _about(asked: Asked, config: Config, plan: Blueprint, job: Job) -> dict[str, Any]:
    """Plain values, each of which must be the same where a study goes on."""
    lived_by = msgspec.json.encode(
        (config.risk, config.session, plan.options, asked.assumptions), order="sorted", enc_hook=repr
    )
    return {
        "model": asked.model,
        "version": job.digest,
        "space": list(asked.space),
        "objective": asked.objective,
        "sampler": asked.sampler,
        "seed": asked.seed,
        "least_fills": asked.least_fills,
        "cash": str(asked.cash),
        "settings_and_assumptions": sha256(lived_by).hexdigest(),
        "tapes": [f"{path.name}, {path.stat().st_size} bytes" for path in files(asked.tapes)],
        "lane": job.lane,
    }
