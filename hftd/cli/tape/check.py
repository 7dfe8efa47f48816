"""``hftd tape check``: is a tape sound?"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hftd.errors import FAILED, OK, HftdError
from hftd.tape.facts import found
from hftd.tape.report import FileReport
from hftd.tape.tape import open_tape


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check", help="is a tape sound?",
        description="Read every row: those that make no sense are counted and named, and make the exit status 1.",
    )  # fmt: skip
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="tape files, and folders of them")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
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
