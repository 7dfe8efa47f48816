"""The ``--option`` of a model, as commands that play one have it."""

import argparse
from collections.abc import Sequence
from typing import Any

from hftd.errors import ConfigError
from hftd.lab.sweep.values import read


def add_option(parser: argparse.ArgumentParser, which: str) -> None:
    """Give ``parser`` the option; ``which`` says whose option is meant."""
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE",
        help=f"an option of the model {which}; a value as in TOML, or a bare word",
    )  # fmt: skip


def options(words: Sequence[str]) -> dict[str, Any]:
    """The values by their keys. Raises ConfigError."""
    found = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise ConfigError(f"--option {word}: expected KEY=VALUE")
        found[key] = read(text)
    return found
