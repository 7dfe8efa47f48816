"""``hftd bundle``: a session in one file, to be audited elsewhere."""

import argparse
import os
from pathlib import Path

from hftd.cli.audit import stores
from hftd.cli.options.session import add_session, journal_of
from hftd.cli.options.settings import add_config
from hftd.config.load import load
from hftd.errors import OK
from hftd.lab.evidence.bundle import pack
from hftd.lab.tapes.seal import begun
from hftd.runtime.assemble import state_folder


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "bundle", help="pack a session into one file",
        description="Pack a session's journal, the source of every model that played in it, the settings without "
        "secrets and the versions of what ran into one file. `hftd audit --bundle` decides it anew elsewhere.",
    )  # fmt: skip
    add_session(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (hftd-DATE.tar.gz here)")
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Pack it, and say what was decided in it."""
    config = load(arguments.config)
    journal = journal_of(state_folder(config, arguments.config, os.environ), arguments.journal)
    of = stores(config, arguments.config, journal).of(begun(journal).plugins)
    into = arguments.output or Path(f"hftd-{journal.name}.tar.gz")
    made = pack(journal, into, of, config)
    print(f"{into}: session {made.journal}, {into.stat().st_size:,} bytes")
    print(f"sha256 of the decisions: {made.digest}")
    return OK
