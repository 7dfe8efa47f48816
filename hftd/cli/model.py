"""``hftd model``: have one model of the running daemon stand otherwise, or play the version before again."""

import argparse

from hftd.cli.daemon.errand import run_errand
from hftd.cli.daemon.word import add_word, give

STANDS = ("shadow", "activate", "bench", "rollback")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "model", "change how one model stands", __doc__)
    parser.add_argument("name", metavar="NAME", help="the model")
    parser.add_argument(
        "stands", metavar="STANDS", choices=STANDS,
        help="shadow: it decides and sends nothing; activate: it sends orders; bench: it hears nothing more;"
        " rollback: its earlier version plays again",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Give the word and show what came of it."""
    if arguments.stands == "rollback":
        return run_errand(arguments, "rollback", arguments.name)
    return give(arguments, arguments.stands, arguments.name)
