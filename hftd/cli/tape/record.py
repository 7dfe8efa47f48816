"""``hftd tape record``: journals of finished days as tapes."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hftd.cli.tape.place import add_into, tapes
from hftd.config.load import folder, load
from hftd.config.schema import Config, Venue
from hftd.errors import FAILED, OK, HftdError
from hftd.lab.tapes.seal import MakeFeeds, Sealed, journals, over, seal
from hftd.plugin import host
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Feed
from hftd.runtime.assemble import state_folder
from hftd.venues.shipped import SHIPPED


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "record", help="the market data of recorded days as tapes",
        description="Make a tape of the market data in each journal whose day is over, unless there is one. It reads "
        "files and asks nobody, so the daemon does not notice; broken off, it goes on when it is started again.",
    )  # fmt: skip
    parser.add_argument(
        "journal", nargs="*", type=Path, metavar="JOURNAL", help="a day's journal, over or not (every day that is over)"
    )
    add_into(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Seal each day; one that cannot be sealed does not keep the others from it."""
    config = load(arguments.config)
    into = arguments.into or tapes(config, arguments.config)
    make_feeds = feeds_of(config, arguments.config)
    root = state_folder(config, arguments.config, os.environ) / "journal"
    today, failed = datetime.now(UTC).date(), False
    done = 0
    for journal in arguments.journal or journals(root):
        try:
            if arguments.journal or over(journal, today):
                print(_line(seal(journal, into / journal.resolve().name, make_feeds)), flush=True)
                done += 1
        except HftdError as error:
            failed = True
            print(f"hftd: {error}", file=sys.stderr)
    if not done and not failed:
        print(f"{root}: no journal of a day that is over")
    return FAILED if failed else OK


def feeds_of(config: Config, file: Path) -> MakeFeeds:
    """Makes the feeds of a journal's venue, to decode with: they connect nowhere, so they have no keys.

    Raises ConfigError, PluginError.
    """
    plugins = host.load(folder(config, file), SHIPPED)

    def make(venue: Venue) -> Sequence[Feed]:
        feeds: Sequence[Feed] = plugins.factory("feeds", venue.name)(venue, Keys("", ""))
        return feeds

    return make


def _line(made: Sealed) -> str:
    if made.kept:
        return f"{made.tape}: is there already"
    odd = f", {made.note.oddities:,} messages made no sense" if made.note.oddities else ""
    return f"{made.tape}: {made.events:,} events of {made.note.journal}{odd}"
