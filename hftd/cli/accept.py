"""``hftd accept``: take the venue's figure for a position that does not add up, and let its symbol trade again."""

import argparse

from hftd.cli.daemon.word import add_word, give


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "accept", "take the venue's figure for a frozen position", __doc__)
    parser.add_argument("symbol", metavar="SYMBOL", help="a symbol `hftd status` shows as frozen")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the daemon."""
    return give(arguments, "accept", arguments.symbol)
