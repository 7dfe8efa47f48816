"""Every error hftd raises on purpose, and the exit status it ends a command with.

    HftdError             1   something the user asked for could not be done
    ├── Unavailable      69   a venue or the daemon does not answer
    │   └── TooOften     69   a venue says that it is asked too often
    ├── Refused          77   a file or folder is open to people it should not be open to, or closed to us;
    │                         or the daemon gives us no right to what we asked
    └── ConfigError      78   the settings are wrong: nothing was connected, restarting will not help
        └── PluginError  78   a plugin cannot be loaded or does not look like one

The numbers are those of sysexits.h where it has one. Each message is one line: the thing, what was found, what was
expected.
"""

import sys
from pathlib import Path

OK, FAILED, USAGE, INTERNAL = 0, 1, 2, 70


class HftdError(Exception):
    """Something the user asked for could not be done."""

    exit_status = FAILED


class Unavailable(HftdError):
    """A venue or the daemon does not answer."""

    exit_status = 69


class TooOften(Unavailable):
    """A venue says that it is asked too often; in ``seconds`` it may be asked again (0: it does not say when)."""

    def __init__(self, said: str, seconds: float = 0.0) -> None:
        super().__init__(said)
        self.seconds = seconds


class Refused(HftdError):
    """A file or folder is open to people it should not be open to, or closed to us; or the right to it is missing."""

    exit_status = 77


class ConfigError(HftdError):
    """The settings are wrong."""

    exit_status = 78


class PluginError(ConfigError):
    """A plugin cannot be loaded or does not look like one."""


def to_install(extra: str) -> str:
    """The command that brings an extra of hftd into the environment this program runs in."""
    pip = Path(sys.prefix) / "bin" / "pip"
    shown = pip.relative_to(Path.cwd()) if pip.is_relative_to(Path.cwd()) else pip
    return f"{shown} install 'hftd[{extra}]'"
