"""``hftd reload``: have the running daemon read its settings and every plugin again, all of it or nothing. It says what
changed, and fails where anything is bad or needs a restart.
"""

import argparse

from hftd.cli.daemon.errand import run_errand
from hftd.cli.daemon.word import add_word


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    add_word(commands, "reload", "read settings and plugins again while it trades", __doc__).set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Begin, wait, tell."""
    return run_errand(arguments, "reload")
