"""``hftd replay``: a model on a tape, through the engine of the live daemon and the simulated venue's matching."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli
from msgspec.structs import replace

from hftd.cli.assumption_options import add_assumptions, assumptions
from hftd.cli.settings_option import add_config
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import OK, ConfigError
from hftd.lab.backtest import backtest
from hftd.lab.progress import progress
from hftd.lab.report import write
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.tape import open_tape
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
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the tape and say what came of it."""
    assumed, file = assumptions(arguments), None if arguments.report == HERE else arguments.report
    if arguments.report is not None:
        write.check(file)
    config = _with_options(load(arguments.config), arguments.model, arguments.option)
    plugins = host.load(folder(config, arguments.config), SHIPPED)
    plans = _chosen(blueprints(config, plugins, arguments.config), arguments.model)
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


def _about(arguments: argparse.Namespace, plans: Sequence[Blueprint], facts: dict[str, Any]) -> dict[str, str]:
    """What was played, for the report."""
    assumed = [f"latency {arguments.latency}", f"slippage by {arguments.slippage}"]
    assumed += [word for word, wanted in (("places in line", arguments.queue), ("sizes", arguments.sizes)) if wanted]
    refusals = sorted(facts["refusals"].items(), key=lambda item: -item[1])
    return {
        "tape": ", ".join(path.name for path in arguments.tape),
        "models": ", ".join(f"{plan.name} {plan.options!r}" for plan in plans),
        "cash": f"${arguments.cash:,}",
        "assumed": ", ".join(assumed),
        "fees": ", ".join(arguments.fee) or "none",
        "events": f"{facts['events']:,} in session, {facts['outside']:,} outside it",
        "orders": f"{facts['orders']:,} sent, {facts['refused']:,} refused, {facts['fills']:,} fills",
        "refusals": ", ".join(f"{code} {count:,}" for code, count in refusals) or "none",
        "bad rows": f"{facts['bad_rows']:,}",
        "hftd": version("hftd"),
    }


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
