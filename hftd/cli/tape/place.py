"""Where tapes are kept: the option that says it, and the folder when nobody does."""

import argparse
import os
from pathlib import Path

from hftd.cli.options.settings import add_config
from hftd.config.load import load
from hftd.config.schema import Config
from hftd.runtime.assemble import state_folder

TAPES = "tapes"


def add_into(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the option that says where tapes go, and the settings that say where the state folder is."""
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where tapes go (the tapes of the state folder)")
    add_config(parser)


def folder(file: Path) -> Path:
    """The folder of tapes in the state folder of the settings ``file``. Raises ConfigError."""
    return tapes(load(file), file)


def tapes(config: Config, file: Path) -> Path:
    """The folder of tapes in the state folder; ``file`` is the settings file."""
    return state_folder(config, file, os.environ) / TAPES
