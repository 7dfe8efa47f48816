"""``hftd replay``: a model on a tape, through the engine of the live daemon and the simulated venue's matching."""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli
from msgspec.structs import replace

from hftd.cli.settings_option import add_config
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import OK, ConfigError
from hftd.lab.backtest import backtest
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.tape import open_tape
from hftd.venues.shipped import SHIPPED


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
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the tape and say what came of it."""
    config = _with_options(load(arguments.config), arguments.model, arguments.option)
    plugins = host.load(folder(config, arguments.config), SHIPPED)
    plans = _chosen(blueprints(config, plugins, arguments.config), arguments.model)
    tape = open_tape(arguments.tape)
    gc.collect()
    gc.freeze()
    played = backtest(config, plugins, plans, tape, cash=arguments.cash)
    facts = {**played.facts, "bad_rows": tape.report.faults}
    for line in tape.report.lines() if tape.report.faults else ():
        print(f"hftd: {line}", file=sys.stderr)
    print(json.dumps(facts, indent=2) if arguments.json else _table(facts))
    return OK


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
    return tuple(replace(known[name], state="active") for name in names)


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
