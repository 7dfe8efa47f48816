"""``hftd tape import alpaca``: history of the venue the settings name."""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from hftd.cli.options.times import moment
from hftd.cli.tape.place import add_into, tapes
from hftd.config.load import load
from hftd.config.schema import Venue
from hftd.errors import OK, ConfigError, HftdError
from hftd.lab.tapes.history import KINDS, Fetched, History, Kind, Wish
from hftd.plugin.keys import find_keys
from hftd.tape.report import TapeReport
from hftd.venues.alpaca.plugin import DATA

SECOND = 1_000_000_000
FEEDS = ("iex", "sip", "delayed_sip")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "alpaca", help="Alpaca's history of stocks, or that of the simulated venue",
        description="History of the venue in the settings: one tape for each symbol and kind. A download that was "
        "broken off goes on when the same command is given again.",
    )  # fmt: skip
    parser.add_argument("symbol", nargs="+", metavar="SYMBOL", help="such as SPY")
    parser.add_argument("--from", dest="since", type=moment, required=True, metavar="TIME",
                        help="a date, or an ISO 8601 time; UTC where it names no zone")  # fmt: skip
    parser.add_argument("--to", dest="until", type=moment, metavar="TIME", help="where to end (a day after --from)")
    parser.add_argument("--kind", choices=KINDS, action="append", help="may be repeated (trades)")
    parser.add_argument("--feed", choices=FEEDS, help="whose prints and quotes (that of the settings)")
    add_into(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fetch every wish in turn."""
    config = load(arguments.config)
    until = arguments.until or arguments.since + int(timedelta(days=1).total_seconds()) * SECOND
    if until <= arguments.since:
        raise ConfigError("--to: found a time that is not after --from, expected a later one")
    if config.venue.name != "sim" and until > time.time_ns():  # the simulated venue has a clock of its own
        raise ConfigError("--to: found a time still to come, expected one that has passed: a tape is fetched once")
    history = History(_address(config.venue), find_keys(config.venue, os.environ))
    into = arguments.into or tapes(config, arguments.config)
    feed = arguments.feed or (config.venue.feed if config.venue.feed in FEEDS else FEEDS[0])
    try:
        for wish in _wishes(arguments.symbol, arguments.kind or ["trades"], arguments.since, until, feed):
            fetched = history.fetch(wish, into, _show)
            print(_line(wish, fetched))
            for line in TapeReport([fetched.report]).lines():
                print(f"hftd: {line}", file=sys.stderr)
    except HftdError:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # what went wrong stands below how far it came
        raise
    finally:
        history.close()
    return OK


def _wishes(symbols: Sequence[str], kinds: Sequence[Kind], since: int, until: int, feed: str) -> Iterator[Wish]:
    for symbol in dict.fromkeys(symbols):
        for kind in dict.fromkeys(kinds):
            yield Wish(symbol.upper(), kind, since, until, feed)


def _address(venue: Venue) -> str:
    if venue.name == "sim":
        host = f"[{venue.host}]" if ":" in venue.host else venue.host
        return f"http://{host}:{venue.port}"
    if venue.name != "alpaca":
        raise ConfigError(f"[venue] name: found {venue.name}, expected alpaca or sim to have Alpaca's history from")
    return DATA


def _show(wish: Wish, rows: int, reached: int) -> None:
    """One line that is written over and over, where somebody looks."""
    if sys.stderr.isatty():
        part = 100 * (reached - wish.since) // (wish.until - wish.since)
        at = datetime.fromtimestamp(reached // SECOND, UTC)
        end = "\n" if reached >= wish.until else ""
        print(f"\r{wish.symbol} {wish.kind}: {rows:,} to {at:%Y-%m-%d %H:%M:%S} UTC, {part} %\033[K", end=end,
              file=sys.stderr, flush=True)  # fmt: skip


def _line(wish: Wish, fetched: Fetched) -> str:
    if fetched.tape is None:
        return f"{wish.symbol}: the venue has no {wish.kind} of it then"
    if fetched.kept:
        return f"{fetched.tape}: is there already"
    return f"{fetched.tape}: {fetched.report.events:,} {wish.kind} in {fetched.pages} pages"
