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

from msgspec.structs import asdict

from hftd.cli.options.assumptions import add_assumptions, assumptions
from hftd.cli.replay.choice import add_choice, chosen
from hftd.cli.replay.compiled import add_compiled, play_compiled
from hftd.cli.replay.lookahead import add_lookahead, check_lookahead
from hftd.errors import OK
from hftd.lab.replay.backtest import backtest
from hftd.lab.replay.progress import progress
from hftd.lab.report import write
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.model import Options
from hftd.tape import open_tape

HERE = Path("-")
"""Where a report goes that no file is named for: it is shown."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "replay", help="a model on a recorded tape", description=(__doc__ or "").replace("``", "")
    )
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="Parquet or CSV files, merged by time")
    add_choice(parser)
    parser.add_argument("--cash", type=Decimal, default=Decimal(100_000), help="dollars to begin with (100000)")
    add_assumptions(parser)
    parser.add_argument("--progress", action="store_true", help="show how far the tape is, on a terminal")
    parser.add_argument(
        "--report", nargs="?", type=Path, const=HERE, metavar="FILE",
        help="what was earned, and how: to FILE as a page for a browser (.html) or as JSON (.json), else here",
    )  # fmt: skip
    add_lookahead(parser)
    add_compiled(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the tape and say what came of it."""
    assumed, file = assumptions(arguments), None if arguments.report == HERE else arguments.report
    if arguments.report is not None:
        write.check(file)
    if arguments.check_lookahead:
        return check_lookahead(arguments, assumed)
    config, plugins, plans = chosen(arguments)
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
