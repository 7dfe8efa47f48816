"""``hftd latency``: where the time goes between a tick and its order, and how long models take to decide."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.cli.options.settings import add_config
from hftd.errors import OK

COLUMNS = ("count", "p50", "p90", "p99", "p99.9", "max")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "latency", help="where the time goes between a tick and its order",
        description=__doc__.replace("``", "") if __doc__ else None,
    )  # fmt: skip
    add_config(parser)
    parser.add_argument("--socket", type=Path, metavar="PATH", help="its control socket, where it is elsewhere")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    facts = ask(arguments.socket or control_socket(arguments.config), {"ask": "latency"})
    print(json.dumps(facts, indent=2) if arguments.json else table(facts))
    return OK


def table(facts: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The figures in µs: one line a stage, then one line a model."""
    rows = {name.replace("_", " "): each for name, each in facts["stages"].items()}
    rows |= {f"model {name}": each for name, each in facts["models"].items()}
    width = max(map(len, rows))
    lines = [f"{'µs':{width}}" + "".join(f"{column:>10}" for column in COLUMNS)]
    for name, figures in rows.items():
        shown = "".join(f"{figures[column]:>10,.1f}" for column in COLUMNS[1:]) if figures["count"] else ""
        lines.append(f"{name:{width}}{figures['count']:>10,.0f}{shown}")
    return "\n".join(lines)
