"""Which session a command means: a date, a folder, or the last one."""

import argparse
from pathlib import Path

from hftd.cli.daemon.place import TRIAL
from hftd.errors import HftdError
from hftd.lab.tapes.seal import journals
from hftd.runtime.past.journal import segments
from hftd.runtime.past.recovery import day_folder


def add_session(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the argument that names one, for ``journal_of``."""
    parser.add_argument(
        "journal", nargs="?", metavar="DATE", help="the session, as YYYY-MM-DD, or a journal's folder (the last one)"
    )


def sessions(root: Path) -> list[Path]:
    """The journals in the state folder ``root``, oldest first; those put aside before their day's last one.

    Where there is none, the one that `hftd run --with-sim` left, which keeps its state apart.
    """
    found = journals(root / "journal") or journals(root / TRIAL / "journal")
    return sorted(found, key=lambda path: (path.name.partition(".")[0], "." not in path.name, path.name))


def journal_of(root: Path, named: str | None) -> Path:
    """The journal of a date or in a folder; without either, the last one. Raises HftdError where there is none."""
    if named is None:
        found = sessions(root)
        if not found:
            raise HftdError(f"{root / 'journal'}: no journal in this folder")
        return found[-1]
    for path in (day_folder(root, named), Path(named), day_folder(root / TRIAL, named)):
        if segments(path):
            return path.resolve()
    raise HftdError(f"{named}: no journal, expected a date such as 2026-11-20 or a journal's folder")
