"""What a backtest assumes, as options of a command line."""

import argparse
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from hftd.core.matching import Fees, Slippage, Terms
from hftd.errors import ConfigError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.latency import Fixed, Latency, recorded

UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
TIME = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s)")
FEE = re.compile(r"(\d+(?:\.\d+)?)(/share|/order|bps)")
SLIPPAGE = re.compile(r"(quote|print)(?:\+(\d{1,6}))?")
JOURNAL = "journal:"
FIELDS = {"/share": "per_share", "/order": "per_order", "bps": "bps"}


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options."""
    parser.add_argument(
        "--latency", default="0ns", metavar="TIME",
        help="time an order takes to the venue, such as 500us; there and back: 500us/300us; "
        "journal:FOLDER draws from what orders took in a day's journal",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn by chance (0)")
    parser.add_argument(
        "--fee", action="append", default=[], metavar="FEE",
        help="what trading costs: 0.005/share, 1/order, 0.3bps (of the money); may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--slippage", default="quote", metavar="HOW",
        help="what an order that takes pays: quote (its far side), or print (the next one); with so many ticks more: "
        "print+1",
    )  # fmt: skip
    parser.add_argument(
        "--queue", action="store_true", help="limit orders wait behind the size that was quoted when they came"
    )
    parser.add_argument("--sizes", action="store_true", help="nothing fills beyond the size quoted or printed")


def assumptions(arguments: argparse.Namespace) -> Assumptions:
    """What the options say. Raises ConfigError for what cannot be read, HftdError for a journal that tells nothing."""
    matched = SLIPPAGE.fullmatch(arguments.slippage)
    if matched is None:
        raise ConfigError(f"--slippage {arguments.slippage}: expected quote, print, or either with ticks: print+1")
    slippage = Slippage("print" if matched[1] == "print" else "quote", int(matched[2] or 0))
    return Assumptions(
        _latency(arguments.latency, arguments.seed),
        Terms(_fees(arguments.fee), slippage, arguments.queue, arguments.sizes),
    )


def _latency(text: str, seed: int) -> Latency:
    if text.startswith(JOURNAL):
        return recorded(Path(text.removeprefix(JOURNAL)), seed)
    there, slash, back = text.partition("/")
    return Fixed(_time(there, text), _time(back, text) if slash else 0)


def _time(text: str, whole: str) -> int:
    matched = TIME.fullmatch(text)
    if matched is None:
        raise ConfigError(f"--latency {whole}: expected a time such as 500us, two as 500us/300us, or journal:FOLDER")
    return int(Decimal(matched[1]) * UNITS[matched[2]])


def _fees(words: Sequence[str]) -> Fees:
    found = {}
    for word in words:
        matched = FEE.fullmatch(word)
        if matched is None:
            raise ConfigError(f"--fee {word}: expected dollars as 0.005/share or 1/order, or basis points as 0.3bps")
        if FIELDS[matched[2]] in found:
            raise ConfigError(f"--fee {word}: a fee of this kind was given already")
        found[FIELDS[matched[2]]] = Decimal(matched[1])
    return Fees(**found)
