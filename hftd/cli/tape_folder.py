"""Where tapes are kept when nobody says otherwise."""

import os
from pathlib import Path

from hftd.config.load import load
from hftd.config.schema import Config
from hftd.runtime.assemble import state_folder

TAPES = "tapes"


def folder(file: Path) -> Path:
    """The folder of tapes in the state folder of the settings ``file``. Raises ConfigError."""
    return tapes(load(file), file)


def tapes(config: Config, file: Path) -> Path:
    """The folder of tapes in the state folder; ``file`` is the settings file."""
    return state_folder(config, file, os.environ) / TAPES
