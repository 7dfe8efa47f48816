"""``hftd halt``: stop trading until ``hftd resume``. Open orders are withdrawn, positions kept. Without a running
daemon the next one starts stopped.
"""

import argparse
import os
from pathlib import Path

from hftd.cli.daemon_line import state_of, without_daemon
from hftd.cli.word import add_word, give, show, speaker
from hftd.errors import HftdError, Refused, Unavailable
from hftd.runtime.people import kill_switch


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "halt", "stop trading until it is resumed", __doc__)
    parser.add_argument("reason", nargs="*", metavar="REASON", help="why, for the log and the status line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the daemon; where none answers, throw the switch on disk."""
    words = " ".join(arguments.reason)
    try:
        return give(arguments, "halt", words)
    except Unavailable as error:
        if not arguments.config.exists():
            raise
        state = state_of(arguments.config, os.environ)
        reason = f"{words} ({speaker()})" if words else f"halted by {speaker()}"
        try:
            alone = _throw(state, reason)
        except HftdError as closed:
            raise type(closed)(f"{error}; {closed}") from closed
        if alone:
            said = f"no daemon runs; the next one starts stopped: {reason} ({state / kill_switch.NAME})"
            return show(arguments, said, halted=reason)
        thrown = f"{state / kill_switch.NAME} is written and stops the next one"
        raise Unavailable(f"{error}, and yet one uses {state}: it does not hear us; {thrown}") from error


def _throw(state: Path, reason: str) -> bool:
    """Throw the switch in the folder ``state``; whether no daemon runs there. Raises Refused, HftdError."""
    before = os.umask(0o077)
    try:
        state.mkdir(parents=True, exist_ok=True)
        with without_daemon(state) as alone:
            kill_switch.keep(state, reason)
            return alone
    except PermissionError as error:
        raise Refused(f"{state}: closed to this user, expected root or the daemon's own") from error
    except OSError as error:
        raise HftdError(f"{state}: cannot be made: {error.strerror}") from error
    finally:
        os.umask(before)
