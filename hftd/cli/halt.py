"""``hftd halt``: stop trading until ``hftd resume``. Open orders are withdrawn, positions kept. Without a running
daemon the next one starts stopped.
"""

import argparse

from hftd.cli.daemon.stopping import stop
from hftd.cli.daemon.word import add_word


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "halt", "stop trading until it is resumed", __doc__)
    parser.add_argument("reason", nargs="*", metavar="REASON", help="why, for the log and the status line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the daemon; where none answers, the next one."""
    return stop(arguments, "halt", "halted")
