"""``hftd tape``: recorded market data: what there is, whether it is sound, from elsewhere and to elsewhere."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hftd.cli import tape_alpaca, tape_export, tape_import, tape_record
from hftd.cli.settings_option import add_config
from hftd.cli.tape_folder import folder
from hftd.errors import FAILED, OK, HftdError
from hftd.tape.facts import Facts, facts, found
from hftd.tape.report import FileReport
from hftd.tape.tape import open_tape

SECOND = 1_000_000_000
UNITS = ("B", "kB", "MB", "GB", "TB")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser(
        "tape", help="recorded market data", description=(__doc__ or "").replace("``", "")
    )
    own = parser.add_subparsers(metavar="COMMAND", required=True, help="what to do with tapes; each is described below")
    _add_ls(own)
    _add_check(own)
    tape_import.add(own, tape_alpaca.add)
    tape_export.add(own)
    tape_record.add(own)


def _add_ls(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "ls", help="what tapes there are", description="Each tape file: its kind, rows, span, size and symbols."
    )
    parser.add_argument("path", nargs="*", type=Path, metavar="PATH", help="tapes (those of the state folder)")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON array; times in nanoseconds since 1970 UTC")
    parser.set_defaults(run=ls)


def ls(arguments: argparse.Namespace) -> int:
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


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check", help="is a tape sound?",
        description="Read every row: those that make no sense are counted and named, and make the exit status 1.",
    )  # fmt: skip
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="tape files, and folders of them")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.set_defaults(run=check)


def check(arguments: argparse.Namespace) -> int:
    """Read tapes to their end and say what became of their rows."""
    files: list[FileReport] = []
    faults: list[str] = []
    for path in found(arguments.tape):
        tape = open_tape([path])
        for _ in tape:
            pass
        files += tape.report.files
        faults += tape.report.lines()
    if not files:
        raise HftdError(f"{arguments.tape[0]}: no tape in it, expected files ending in .parquet or .csv")
    if arguments.json:
        print(json.dumps([_plain(file) for file in files], indent=2))
        return FAILED if faults else OK
    for file in files:
        bad = sum(file.faults.values())
        print(f"{file.path}: {file.rows:,} rows of {file.kind}, {file.events:,} events, {bad or 'no'} bad rows")
    for line in faults:
        print(f"hftd: {line}", file=sys.stderr)
    return FAILED if faults else OK


def _plain(file: FileReport) -> dict[str, Any]:
    return {
        "path": str(file.path), "kind": file.kind, "rows": file.rows, "events": file.events,
        "faults": file.faults, "examples": file.examples,
    }  # fmt: skip


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M:%S}" if at else "-"


def _size(count: int) -> str:
    step = min(len(UNITS) - 1, max(0, len(str(count)) - 1) // 3)
    return f"{count / 1000**step:.{min(step, 1)}f} {UNITS[step]}"
