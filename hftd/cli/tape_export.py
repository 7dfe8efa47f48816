"""``hftd tape export``: one kind of event as a file for other programs."""

import argparse
import sys
from pathlib import Path

from hftd.cli.settings_option import add_config
from hftd.cli.tape_alpaca import moment
from hftd.cli.tape_record import feeds_of
from hftd.config.load import load
from hftd.errors import OK
from hftd.lab.seal import begun, market
from hftd.runtime.journal import segments
from hftd.tape.export import KINDS, LAST, Choice, export, write


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "export", help="a tape as Parquet or CSV",
        description="Write one kind of event of a tape, or of a day's journal, to a new file.",
    )  # fmt: skip
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a tape, a folder of tapes, or a day's journal")
    parser.add_argument("destination", type=Path, metavar="DEST", help="a new file, ending in .parquet or .csv")
    parser.add_argument("--kind", choices=KINDS, default="trades", help="which events (trades)")
    parser.add_argument("--symbols", type=_symbols, metavar="A,B", help="only these symbols (all)")
    parser.add_argument("--from", dest="since", type=moment, default=0, metavar="TIME", help="what was seen since")
    parser.add_argument("--to", dest="until", type=moment, default=LAST, metavar="TIME", help="and before")
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say how much there is in it."""
    source, destination = arguments.source, arguments.destination
    choice = Choice(arguments.kind, arguments.symbols, arguments.since, arguments.until)
    if source.is_dir() and segments(source):
        make_feeds = feeds_of(load(arguments.config), arguments.config)
        events = (event for _, event in market(source, make_feeds(begun(source).venue)))
        rows = write(choice.of(events), destination, choice.kind)
    else:
        exported = export([source], destination, choice)
        rows = exported.rows
        for line in exported.report.lines():
            print(f"hftd: {line}", file=sys.stderr)
    print(f"{destination}: {rows:,} {choice.kind}")
    return OK


def _symbols(text: str) -> frozenset[str]:
    return frozenset(each.strip().upper() for each in text.split(",") if each.strip())
