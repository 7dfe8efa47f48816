"""``hftd status``: how the running daemon is, asked over its control socket."""

import argparse
import json
from pathlib import Path

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.cli.options.settings import add_config
from hftd.errors import OK


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status", help="how the running daemon is", description=__doc__.replace("``", "") if __doc__ else None
    )
    add_config(parser)
    parser.add_argument("--socket", type=Path, metavar="PATH", help="its control socket, where it is elsewhere")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    facts = ask(arguments.socket or control_socket(arguments.config), {"ask": "status"})
    if arguments.json:
        print(json.dumps(facts, indent=2))
        return OK
    print(facts["status"])
    for name, model in facts["models"].items():
        done = f"{model['buys']} buys, {model['sells']} sells, {model['orders']} orders, {model['refused']} refused"
        why = f" ({model['reason']})" if model["reason"] else ""
        print(f"  {name:20} {model['state']:8} {' '.join(model['symbols']):10} {done}{why}")
    for code, count in sorted(facts["refusals"].items(), key=lambda item: -item[1]):
        print(f"  refused by {code}: {count}")
    return OK
