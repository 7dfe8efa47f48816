"""``--check-lookahead`` of ``hftd replay``: does a model know what is still to come?"""

import argparse
import json
from datetime import UTC, datetime

from hftd.cli.replay.choice import chosen
from hftd.errors import FAILED, OK, HftdError
from hftd.lab.honest.lookahead import Course, imports_the_tape, look_ahead
from hftd.lab.honest.opened import opened
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import calendar
from hftd.lab.report.words import clock
from hftd.tape import open_tape
from hftd.tape.tape import files


def add_lookahead(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--check-lookahead", action="store_true",
        help="tell which models know what is still to come: each is played on tapes that differ only in that",
    )  # fmt: skip


def check_lookahead(arguments: argparse.Namespace, assumed: Assumptions) -> int:
    """Say of each model whether it looks ahead; FAILED where one does. Raises HftdError."""
    tape = list(open_tape(arguments.tape))
    if not tape:
        raise HftdError("the tape holds no event")
    with opened(list(files(arguments.tape))) as was_opened:  # a model may read it as soon as it is imported
        config, plugins, plans = chosen(arguments)
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
