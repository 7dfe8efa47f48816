"""``hftd why``: why an order left or was refused, what the model saw, and what became of it, from the journal alone."""

import argparse
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hftd.cli.audit import stores
from hftd.cli.options.session import journal_of, sessions
from hftd.cli.options.settings import add_config
from hftd.config.load import load
from hftd.config.secret import struck_json
from hftd.errors import OK, HftdError
from hftd.lab.evidence.why import Telling, Why
from hftd.lab.evidence.why_find import find_decision, find_order, find_refusal
from hftd.lab.evidence.why_view import Seen
from hftd.lab.tapes.seal import begun
from hftd.runtime.assemble import state_folder


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "why", help="why an order was sent or refused",
        description="The event that caused an order, the model with its version, what it saw, what each risk check "
        "said, every time from wire to wire, and what became of it. It reads the journal, whether the daemon runs or "
        "not.",
    )  # fmt: skip
    parser.add_argument("order", nargs="?", metavar="ORDER", help="the order's id, or the digits it ends with")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--refused", type=int, metavar="N", help="a refusal instead, counted back: 1 is the last one")
    what.add_argument("--record", type=int, metavar="N", help="the decision of this record: HFTD_SEQ of a log line")
    parser.add_argument("--day", metavar="DATE", help="the session, or a journal's folder (the last that has it)")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find the decision and tell of it."""
    config = load(arguments.config)
    root = state_folder(config, arguments.config, os.environ)
    days = [journal_of(root, arguments.day)] if arguments.day else sessions(root)[::-1]
    # The day an id begins with comes first: it is nearer, and no other day's damage is in the way.
    days.sort(key=lambda day: not (arguments.order or "").startswith(f"{day.name.replace('-', '')}-"))
    journal, number = _found(days, arguments)
    of = stores(config, arguments.config, journal).of(begun(journal).plugins)
    told = Telling(journal, of).tell(number)
    print(msgspec.json.encode(told).decode() if arguments.json else "\n".join(lines(told)))
    return OK


def _found(days: list[Path], arguments: argparse.Namespace) -> tuple[Path, int]:
    if (arguments.order is None) == (arguments.refused is None and arguments.record is None):
        raise HftdError("name one: an order, --refused N or --record N")
    for journal in days:
        if arguments.refused is not None:
            number = find_refusal(journal, arguments.refused)
        elif arguments.record is not None:
            number = find_decision(journal, arguments.record)
        else:
            found = find_order(journal, arguments.order)
            number = None if found is None else found[0]
        if number is not None:
            return journal, number
    said = arguments.order or (f"refusal {arguments.refused}" if arguments.refused else f"record {arguments.record}")
    where = f"{len(days)} sessions" if len(days) > 1 else days[0].name if days else "any session: there is none yet"
    raise HftdError(f"{said}: not found in {where}")


def lines(told: Why) -> Iterator[str]:
    """What people read."""
    yield f"{_headline(told)}   [session {told.journal}, record {told.record}]"
    yield f"caused by   {_words(told.cause)}   [record {told.cause_record}]"
    if told.version is not None:
        options = struck_json(told.version.options)
        yield f"model       {told.model}, {told.standing}, file {told.version.digest}, options {options}"
    if told.seen is not None:
        yield from _seen(told.seen)
    for each in told.verdicts:
        limits = ", ".join(f"{name} {value}" for name, value in each.limits.items() if value)
        yield f"check       {each.code:15} {each.said:10} {each.reason}{f'  [{limits}]' if limits else ''}".rstrip()
    if not told.verdicts:
        yield "check       none was asked"
    for name, value in told.figures.items():
        yield f"figure      {name:22} {value}"
    for moment in told.moments:
        venue = f"   [venue {_time(moment.venue)}]" if moment.venue else ""
        yield f"time        {_time(moment.at)} {moment.after / 1e6:+12.3f} ms  {moment.what}{venue}"
    yield f"became      {told.became}"


def _headline(told: Why) -> str:
    decision = told.decision
    match decision["kind"]:
        case "Submit" | "Replace":
            order = decision["order"]
            return f"order {order['id']}: {_wish(order)}, by {told.model}"
        case "Refuse":
            return f"refused ({decision['code']}): {_wish(decision['wish'])}, by {told.model}: {decision['reason']}"
        case _:
            return f"in the shadow: {_wish(decision['wish'])}, by {told.model}"


def _wish(wish: dict[str, Any]) -> str:
    if "side" not in wish:
        return _words(wish)
    price = "at market" if wish["limit"] is None else f"limit {wish['limit']}"
    return f"{wish['side']} {wish['shares']} {wish['symbol']} {price} {wish['tif']}"


def _words(thing: dict[str, Any] | None) -> str:
    if thing is None:
        return "none"
    told = (f"{name} {value}" for name, value in thing.items() if name != "kind" and value not in ("", [], None))
    return f"{thing['kind']}: {', '.join(told)}"


def _seen(view: Seen) -> Iterator[str]:
    yield f"it saw      phase {view.phase}, position {view.position}, account {view.account}"
    yield f"            last {_words(view.last)}"
    yield f"            quote {_words(view.quote)}"
    yield f"            open orders {', '.join(view.orders) or 'none'}"


def _time(moment: int) -> str:
    seconds, rest = divmod(moment, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09d}"
