"""``hftd tape ls``: what tapes there are."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hftd.cli.options.settings import add_config
from hftd.cli.tape.place import folder
from hftd.errors import OK
from hftd.tape.facts import Facts, facts, found

SECOND = 1_000_000_000
UNITS = ("B", "kB", "MB", "GB", "TB")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "ls", help="what tapes there are", description="Each tape file: its kind, rows, span, size and symbols."
    )
    parser.add_argument("path", nargs="*", type=Path, metavar="PATH", help="tapes (those of the state folder)")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON array; times in nanoseconds since 1970 UTC")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """List tapes."""
    paths = arguments.path or [place for place in [folder(arguments.config)] if place.exists()]
    every = [facts(path) for path in found(paths)]
    if arguments.json:
        print(json.dumps([{**msgspec.structs.asdict(each), "path": str(each.path)} for each in every], indent=2))
    elif every:
        print("\n".join(_rows(every)))
    else:
        print(f"no tapes in {', '.join(map(str, paths)) or folder(arguments.config)}")
    return OK


def _rows(every: list[Facts]) -> list[str]:
    wide = max(len(str(each.path)) for each in every)
    lines = [f"{'tape':{wide}}  {'kind':11}  {'rows':>12}  {'from (UTC)':19}  {'to (UTC)':19}  {'size':>8}  symbols"]
    for each in every:
        times = f"{_moment(each.first):19}  {_moment(each.last):19}"
        size = f"{_size(each.bytes):>8}"
        symbols = ", ".join(each.symbols[:8]) + (f" and {len(each.symbols) - 8} more" if each.symbols[8:] else "")
        lines.append(f"{each.path!s:{wide}}  {each.kind:11}  {each.rows:12,}  {times}  {size}  {symbols}")
    return lines


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M:%S}" if at else "-"


def _size(count: int) -> str:
    step = min(len(UNITS) - 1, max(0, len(str(count)) - 1) // 3)
    return f"{count / 1000**step:.{min(step, 1)}f} {UNITS[step]}"
