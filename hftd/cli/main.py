"""``hftd``: find the command, run it, turn what went wrong into one line and an exit status."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper

from hftd.errors import FAILED, INTERNAL, OK, HftdError

# Each is a module of this package with `add(commands)`, which declares the command and sets `run`.
COMMANDS = (
    "run", "check", "plugins", "status", "latency", "halt", "resume", "flatten", "accept", "models", "model", "reload",
    "cancel-all", "sim", "chaos", "replay", "sweep", "audit", "why", "bundle", "tape", "metrics", "calendar", "doctor",
)  # fmt: skip

EXIT_STATUSES = """\
exit status: 0 done; 1 failed; 2 wrong arguments; 69 a venue or the daemon does not answer;
70 a bug in hftd; 77 a file others can read or write, or a right we lack; 78 wrong settings or a bad plugin"""


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The command line, which is also where its reference page comes from; of the commands in ``names``."""
    top = argparse.ArgumentParser(
        prog="hftd",
        description="The trading daemon for Linux: models from plugins/, paper orders, whenever the exchange is open.",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"hftd {version('hftd')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in names:
        import_module(f"hftd.cli.{name.replace('-', '_')}").add(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the letter µ is no reason to stop trading
    try:
        # Only the module of the command that is meant is imported: `hftd status` need not wait for a web server.
        top = parser(words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS)
        arguments, unknown = top.parse_known_args(words)
        if unknown:
            command = next(word for word in words if word in COMMANDS)
            top.error(f"unrecognized arguments: {' '.join(unknown)}; `hftd {command} --help` has those there are")
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except HftdError as error:
        print(f"hftd: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:  # whoever read has gone, and Python would try once more as it ends
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return OK
    except Exception:  # a bug: its traceback goes where crashes go, keys struck out
        sys.excepthook(*sys.exc_info())
        return INTERNAL
