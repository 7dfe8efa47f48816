"""``--compiled`` of ``hftd replay``: the same decisions as machine code, where the model can be compiled."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from hftd.config.schema import Config
from hftd.lab.replay.assumptions import Assumptions
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.host import Plugins


def add_compiled(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--compiled", action="store_true",
        help="play the model as machine code if it can be compiled, checked against the engine on a sample;"
             " else say why and play as always",
    )  # fmt: skip


def play_compiled(
    arguments: argparse.Namespace, config: Config, plugins: Plugins, plans: Sequence[Blueprint], assumed: Assumptions
) -> bool:
    """Whether the tape was played compiled, and the figures printed; else the reason was.

    Raises HftdError without numba, or as a tape does.
    """
    # numpy is for those who ask for it alone.
    from hftd.lab.compiled.model import compile_model  # noqa: PLC0415
    from hftd.lab.compiled.reel import open_reel  # noqa: PLC0415
    from hftd.lab.compiled.refusal import NotCompiled  # noqa: PLC0415

    try:
        if len(plans) != 1:
            raise NotCompiled(f"{len(plans)} models play, expected one --model")
        if arguments.report is not None or assumed != Assumptions():
            raise NotCompiled("a report, fees, slippage and the like need the engine")
        compile_model(plans[0])  # whoever has to hear that it cannot be need not wait for the tape
        began = time.perf_counter()
        reel = open_reel(config, plugins, arguments.tape, plans[0].build(Blank()).symbols[0])
        reading = time.perf_counter() - began
        played = reel.play(plans[0])
    except NotCompiled as error:
        print(f"hftd: not compiled: {error}", file=sys.stderr)
        return False
    report, made = reel.columns.report, played.outcome
    for line in report.lines() if report is not None else ():
        print(f"hftd: {line}", file=sys.stderr)
    facts: dict[str, Any] = {
        "compiled": True,
        "events": made.heard,
        "outside": made.outside,
        "sell_intents": made.sells,
        "buy_intents": made.buys,
        "targets": made.targets,
        "checked": {"events": played.checked.events, "decisions": played.checked.decisions},
        "estimate": {
            "orders": made.orders, "fills": made.fills, "position": made.position, "pnl": round(made.pnl, 2),
            "drawdown": round(made.drawdown, 2), "turnover": round(made.turnover, 2),
        },
        "bad_rows": report.faults if report is not None else 0,
        "seconds": round(played.playing, 6),
        "seconds_reading": round(reading, 3),
        "seconds_compiling": round(played.compiling, 3),
        "events_per_second": round(len(reel.columns) / played.playing),
    }  # fmt: skip
    print(json.dumps(facts, indent=2) if arguments.json else _table(facts, reel.columns.symbol))
    return True


def _table(facts: dict[str, Any], symbol: str) -> str:
    estimate = facts["estimate"]
    targets = f", {facts['targets']:,} targets" if facts["targets"] else ""
    lines = [
        f"events     {facts['events']:,} in session, {facts['outside']:,} outside it",
        f"decided    {facts['sell_intents']:,} sells, {facts['buy_intents']:,} buys{targets}",
        f"checked    {facts['checked']['events']:,} events in the engine too: {facts['checked']['decisions']:,}"
        " decisions, all the same",
        f"estimate   {estimate['orders']:,} orders, position {estimate['position']:g} {symbol}, pnl"
        f" ${estimate['pnl']:.2f}, if no risk check and no venue minds",
        f"speed      {facts['events_per_second']:,} events/s, after {facts['seconds_compiling']:.1f} s of compiling"
        f" and {facts['seconds_reading']:.1f} s of reading",
    ]
    return "\n".join(lines)
