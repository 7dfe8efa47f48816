"""The ``--config`` option, the same for every command."""

import argparse
from pathlib import Path

HERE = Path("hftd.toml")
INSTALLED = Path("/etc/hftd/hftd.toml")


def add_config(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the option; without it the file here is meant, else the installed one."""
    parser.add_argument(
        "--config", type=Path, default=HERE if HERE.exists() or not INSTALLED.exists() else INSTALLED,
        metavar="FILE", help=f"settings ({HERE} here, else {INSTALLED})",
    )  # fmt: skip
