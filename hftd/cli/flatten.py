"""``hftd flatten``: stop trading, withdraw every order, and trade every position away at the market. Without a running
daemon the next one does, when the market is open.
"""

import argparse

from hftd.cli.daemon.stopping import stop
from hftd.cli.daemon.word import add_word


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "flatten", "stop trading and give up every position", __doc__)
    parser.add_argument("reason", nargs="*", metavar="REASON", help="why, for the log and the status line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the daemon; where none answers, the next one."""
    return stop(arguments, "flatten", "flattened", flatten=True)
