"""What the running daemon takes a while for: begun, and waited for, so that the exit status is that of the outcome."""

import argparse
import json
import time

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.errors import OK, Unavailable

PATIENCE = 80.0  # seconds; systemd gives ExecReload= 90
LOOK = 0.05  # seconds between two questions after it


def run_errand(arguments: argparse.Namespace, word: str, argument: str = "") -> int:
    """Begin what ``word`` asks for, wait for its end and show it. Raises HftdError where it failed, Unavailable."""
    line = control_socket(arguments.config)
    begun = ask(line, {"ask": word, "argument": argument})
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        outcome = ask(line, {"ask": "outcome", "argument": str(begun["errand"])})
        if outcome["done"]:
            print(json.dumps(outcome, indent=2) if arguments.json else outcome["said"])
            return OK
        time.sleep(LOOK)
    raise Unavailable(f"{word}: not done within {PATIENCE:.0f} s; the daemon's log will tell its end")

