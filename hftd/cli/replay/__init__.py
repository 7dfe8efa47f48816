"""``hftd replay``: a model on a tape, through the engine of the live daemon and the simulated venue's matching."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli
from msgspec.structs import asdict, replace

from hftd.cli.options.assumptions import add_assumptions, assumptions
from hftd.cli.options.settings import add_config
from hftd.cli.replay.compiled import add_compiled, play_compiled
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import FAILED, OK, ConfigError, HftdError
from hftd.lab.assumptions import Assumptions
from hftd.lab.backtest import backtest, calendar
from hftd.lab.honest.lookahead import Course, imports_the_tape, look_ahead
from hftd.lab.honest.opened import opened
from hftd.lab.progress import progress
from hftd.lab.report import write
from hftd.lab.report.words import clock
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.plugin.model import Options
from hftd.tape import open_tape
from hftd.tape.tape import files
from hftd.venues.shipped import SHIPPED

HERE = Path("-")
"""Where a report goes that no file is named for: it is shown."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "replay", help="a model on a recorded tape", description=(__doc__ or "").replace("``", "")
    )
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="Parquet or CSV files, merged by time")
    parser.add_argument("--model", action="append", metavar="NAME", help="play this model, actively (all, as set)")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE",
        help="an option of the model for this run; a value as in TOML, or a bare word",
    )  # fmt: skip
    add_config(parser)
    parser.add_argument("--cash", type=Decimal, default=Decimal(100_000), help="dollars to begin with (100000)")
    add_assumptions(parser)
    parser.add_argument("--progress", action="store_true", help="show how far the tape is, on a terminal")
    parser.add_argument(
        "--report", nargs="?", type=Path, const=HERE, metavar="FILE",
        help="what was earned, and how: to FILE as a page for a browser (.html) or as JSON (.json), else here",
    )  # fmt: skip
    parser.add_argument(
        "--check-lookahead", action="store_true",
        help="tell which models know what is still to come: each is played on tapes that differ only in that",
    )  # fmt: skip
    add_compiled(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the tape and say what came of it."""
    assumed, file = assumptions(arguments), None if arguments.report == HERE else arguments.report
    if arguments.report is not None:
        write.check(file)
    if arguments.check_lookahead:
        return _check_lookahead(arguments, assumed)
    config, plugins, plans = _models(arguments)
    if arguments.compiled and play_compiled(arguments, config, plugins, plans, assumed):
        return OK
    tape = open_tape(arguments.tape)
    gc.collect()
    gc.freeze()
    with progress(arguments.tape, tape, sys.stderr) if arguments.progress else nullcontext() as told:
        played = backtest(config, plugins, plans, tape, cash=arguments.cash, assumptions=assumed, progress=told)
    facts = {**played.facts, "bad_rows": tape.report.faults}
    for line in tape.report.lines() if tape.report.faults else ():
        print(f"hftd: {line}", file=sys.stderr)
    print(json.dumps(facts, indent=2) if arguments.json else _table(facts))
    if arguments.report is not None:
        said = write.write(played, _about(arguments, plans, facts), file)
        # One JSON object is all a program wants to read.
        print(said, file=sys.stderr if arguments.json else sys.stdout)
    return OK


def _models(arguments: argparse.Namespace) -> tuple[Config, host.Plugins, tuple[Blueprint, ...]]:
    config = _with_options(load(arguments.config), arguments.model, arguments.option)
    plugins = host.load(folder(config, arguments.config), SHIPPED)
    return config, plugins, _chosen(blueprints(config, plugins, arguments.config), arguments.model)


def _check_lookahead(arguments: argparse.Namespace, assumed: Assumptions) -> int:
    """Say of each model whether it looks ahead; FAILED where one does."""
    tape = list(open_tape(arguments.tape))
    if not tape:
        raise HftdError("the tape holds no event")
    with opened(list(files(arguments.tape))) as was_opened:  # a model may read it as soon as it is imported
        config, plugins, plans = _models(arguments)
        zone, days = calendar(config, plugins, datetime.fromtimestamp(tape[0].seen / 1e9, UTC).date())
        course = Course(config, plugins, days, tape, arguments.cash, assumed)
        imported = was_opened()
        found = {
            plan.name: (imports_the_tape(course, plan, was_opened) if imported else None)
            or look_ahead(course, plan, was_opened)
            for plan in plans
        }
    at = clock(zone)
    told = {name: f"{each.shows} ({at(each.at)})" if each is not None else "" for name, each in found.items()}
    if arguments.json:
        print(json.dumps(told, indent=2))
    else:
        for name, shows in told.items():
            print(f"{name}: looks ahead: {shows}" if shows else f"{name}: knows nothing of what is still to come")
    return FAILED if any(told.values()) else OK


def _about(arguments: argparse.Namespace, plans: Sequence[Blueprint], facts: dict[str, Any]) -> dict[str, str]:
    """What was played, for the report."""
    assumed = [f"latency {arguments.latency}", f"slippage by {arguments.slippage}"]
    assumed += [word for word, wanted in (("places in line", arguments.queue), ("sizes", arguments.sizes)) if wanted]
    refusals = sorted(facts["refusals"].items(), key=lambda item: -item[1])
    return {
        "tape": ", ".join(path.name for path in arguments.tape),
        "models": ", ".join(f"{plan.name} ({_shown(plan.options)})" for plan in plans),
        "cash": f"${arguments.cash:,}",
        "assumed": ", ".join(assumed),
        "fees": ", ".join(arguments.fee) or "none",
        "events": f"{facts['events']:,} in session, {facts['outside']:,} outside it",
        "orders": f"{facts['orders']:,} sent, {facts['refused']:,} refused, {facts['fills']:,} fills",
        "refusals": ", ".join(f"{code} {count:,}" for code, count in refusals) or "none",
        "bad rows": f"{facts['bad_rows']:,}",
        "hftd": version("hftd"),
    }


def _shown(options: Options) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(options).items())


def _with_options(config: Config, models: Sequence[str] | None, options: Sequence[str]) -> Config:
    if not options:
        return config
    if not models or len(models) != 1:
        raise ConfigError("--option: expected exactly one --model to give it to")
    table = dict(config.models.get(models[0], {}))
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise ConfigError(f"--option {option}: expected KEY=VALUE")
        try:
            table[key] = tomli.loads(f"value = {value}", parse_float=Decimal)["value"]
        except tomli.TOMLDecodeError:
            table[key] = value
    return replace(config, models={**config.models, models[0]: table})


def _chosen(plans: tuple[Blueprint, ...], names: Sequence[str] | None) -> tuple[Blueprint, ...]:
    if not names:
        return plans
    known = {plan.name: plan for plan in plans}
    for name in names:
        if name not in known:
            raise ConfigError(f"--model {name}: no such model, known: {', '.join(known) or 'none'}")
    return tuple(replace(known[name], table=replace(known[name].table, state="active")) for name in names)


def _table(facts: dict[str, Any]) -> str:
    lines = [
        f"events     {facts['events']:,} in session, {facts['outside']:,} outside it",
        f"decided    {facts['sell_intents']:,} sells, {facts['buy_intents']:,} buys",
        f"orders     {facts['orders']:,} sent, {facts['refused']:,} refused, {facts['fills']:,} fills",
        f"position   {', '.join(f'{n} {symbol}' for symbol, n in facts['positions'].items()) or 'flat'}",
        f"pnl        ${facts['pnl']}",
        f"speed      {facts['events_per_second']:,} events/s",
    ]
    if facts["refusals"]:
        refusals = sorted(facts["refusals"].items(), key=lambda item: -item[1])
        lines.append("refused    " + ", ".join(f"{code} {count:,}" for code, count in refusals))
    lines += [f"benched    {name}: {m['reason']}" for name, m in facts["models"].items() if m["state"] == "benched"]
    return "\n".join(lines)
