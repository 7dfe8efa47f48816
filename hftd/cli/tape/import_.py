"""``hftd tape import``: market data of other programs as tapes."""

import argparse
import sys
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeAlias, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hftd.cli.tape.place import add_into, folder
from hftd.errors import OK
from hftd.tape.imports import Imported, Opener, binance, import_file, lean, plain
from hftd.tape.moments import Unit
from hftd.tape.report import TapeReport
from hftd.tape.text import Reading

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(commands: Commands, *others: Callable[[Commands], None]) -> None:
    """Declare the command and one for each format of files; ``others`` declare what does not come from files."""
    parser = commands.add_parser(
        "import", help="market data from elsewhere",
        description="Make tapes of what other programs recorded. Rows that make no sense are counted and named.",
    )  # fmt: skip
    formats = parser.add_subparsers(metavar="FORMAT", required=True, help="where it is from; each is described below")
    _format(formats, "lean", "zips of QuantConnect's Lean: ticks and minutes of US equities", lambda _: lean)
    captures = _format(
        formats, "binance", "captures of Binance's streams: trades, best bids and offers, minutes", _binance
    )
    captures.add_argument(
        "--lot", type=_lot, default=Decimal("0.001"), metavar="AMOUNT",
        help="the amount that counts as a size of 1: sizes are whole numbers (0.001)",
    )  # fmt: skip
    csv = _format(formats, "csv", "CSV files whose first line names the columns", _plain)
    csv.add_argument(
        "--rename", type=_names, action="append", default=[], metavar="OURS=THEIRS",
        help="a column of the tape and its name in the file; may be repeated",
    )  # fmt: skip
    csv.add_argument("--symbol", default="", help="the symbol of every row, where no column says it")
    csv.add_argument("--time", choices=get_args(Unit), default="ns", help="the unit of times, or iso (ns)")
    csv.add_argument("--zone", type=_zone, default="UTC", help="the zone of iso times that name none (UTC)")
    for other in others:
        other(formats)


def run(arguments: argparse.Namespace) -> int:
    """Make a tape of each file and say what is in it."""
    opener: Opener = arguments.opener(arguments)
    into = arguments.into or folder(arguments.config)
    for path in arguments.file:
        made = import_file(opener, path, into)
        print(_line(made))
        for line in TapeReport([made.report]).lines():
            print(f"hftd: {line}", file=sys.stderr)
    return OK


def _format(
    commands: Commands, name: str, what: str, opener: Callable[[argparse.Namespace], Opener]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.add_argument("file", nargs="+", type=Path, metavar="FILE", help="one tape is made of each")
    add_into(parser)
    parser.set_defaults(run=run, opener=opener)
    return parser


def _line(made: Imported) -> str:
    if made.kept:
        return f"{made.tape}: is there already"
    rows = ", ".join(f"{count:,} {kind}" for kind, count in made.rows.items())
    return f"{made.tape}: {rows}" + (f", {made.report.unwanted:,} other rows left out" if made.report.unwanted else "")


def _binance(arguments: argparse.Namespace) -> Opener:
    return binance(arguments.lot)


def _plain(arguments: argparse.Namespace) -> Opener:
    names = {theirs: ours for ours, theirs in arguments.rename}
    return plain(Reading(names, arguments.symbol.upper(), arguments.time, arguments.zone))


def _names(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise argparse.ArgumentTypeError(f"found {text}, expected one such as price=px")
    return ours.strip(), theirs.strip()


def _lot(text: str) -> Decimal:
    try:
        lot = Decimal(text)
    except InvalidOperation:
        lot = Decimal(0)
    if not (lot.is_finite() and lot > 0):
        raise argparse.ArgumentTypeError(f"found {text}, expected an amount above 0")
    return lot


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError):
        raise argparse.ArgumentTypeError(f"found {text}, expected a zone such as America/New_York") from None
