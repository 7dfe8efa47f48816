"""``hftd tape export``: one kind of event as a file for other programs."""

import argparse
import sys
from pathlib import Path

from hftd.cli.options.settings import add_config
from hftd.cli.options.times import moment
from hftd.cli.tape.record import feeds_of
from hftd.config.load import load
from hftd.errors import OK, HftdError
from hftd.lab.evidence import decisions
from hftd.lab.evidence.decisions import COLUMNS
from hftd.lab.tapes.seal import begun, market
from hftd.runtime.past.journal import segments
from hftd.tape.export import KINDS, LAST, Choice, export, write


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "export", help="a tape as Parquet or CSV",
        description="Write one kind of event of a tape, or of a day's journal, to a new file.",
    )  # fmt: skip
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a tape, a folder of tapes, or a day's journal")
    parser.add_argument("destination", type=Path, metavar="DEST", help="a new file, ending in .parquet or .csv")
    parser.add_argument(
        "--kind", choices=(*KINDS, *COLUMNS), default="trades",
        help="which events; orders, fills and refusals are a journal's alone (trades)",
    )  # fmt: skip
    parser.add_argument("--symbols", type=_symbols, metavar="A,B", help="only these symbols (all)")
    parser.add_argument("--from", dest="since", type=moment, default=0, metavar="TIME", help="what was seen since")
    parser.add_argument("--to", dest="until", type=moment, default=LAST, metavar="TIME", help="and before")
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say how much there is in it."""
    journal = arguments.source.is_dir() and bool(segments(arguments.source))
    rows = _from_journal(arguments) if journal else _from_tape(arguments)
    print(f"{arguments.destination}: {rows:,} {arguments.kind}")
    return OK


def _from_journal(arguments: argparse.Namespace) -> int:
    source, kind = arguments.source, arguments.kind
    feeds = feeds_of(load(arguments.config), arguments.config)(begun(source).venue)
    if kind not in COLUMNS:
        events = (event for _, event in market(source, feeds))
        return write(_choice(arguments).of(events), arguments.destination, kind)
    did = decisions.decisions(source, feeds, kind)
    rows = list(decisions.chosen(did, kind, arguments.symbols, arguments.since, arguments.until))
    decisions.export(rows, arguments.destination, kind)
    return len(rows)


def _from_tape(arguments: argparse.Namespace) -> int:
    if arguments.kind in COLUMNS:
        raise HftdError(f"{arguments.source}: a tape has no {arguments.kind}, expected a day's journal")
    exported = export([arguments.source], arguments.destination, _choice(arguments))
    for line in exported.report.lines():
        print(f"hftd: {line}", file=sys.stderr)
    return exported.rows


def _choice(arguments: argparse.Namespace) -> Choice:
    return Choice(arguments.kind, arguments.symbols, arguments.since, arguments.until)


def _symbols(text: str) -> frozenset[str]:
    return frozenset(each.strip().upper() for each in text.split(",") if each.strip())
