"""Trading is stopped from the command line: by the daemon that runs, or by the switch on disk for the next one."""

import argparse
import os
from pathlib import Path

from hftd.cli.daemon.place import state_of, without_daemon
from hftd.cli.daemon.word import give, show, speaker
from hftd.errors import HftdError, Refused, Unavailable
from hftd.runtime.people import kill_switch


def stop(arguments: argparse.Namespace, name: str, done: str, *, flatten: bool = False) -> int:
    """Say ``name`` to the daemon, with the reason that was given; where none answers, throw the switch on disk.

    ``done`` is the deed in one word, for whom no reason was given to; ``flatten``: positions are traded away too.
    Raises Unavailable, Refused, HftdError.
    """
    words = " ".join(arguments.reason)
    try:
        return give(arguments, name, words)
    except Unavailable as error:
        if not arguments.config.exists():
            raise
        state = state_of(arguments.config, os.environ)
        reason = f"{words} ({speaker()})" if words else f"{done} by {speaker()}"
        try:
            alone = _throw(state, reason, flatten=flatten)
        except HftdError as closed:
            raise type(closed)(f"{error}; {closed}") from closed
        if alone:
            more = ", and trades positions away when the market is open" if kill_switch.flattens(state) else ""
            said = f"no daemon runs; the next one starts stopped{more}: {reason} ({state / kill_switch.NAME})"
            return show(arguments, said, halted=reason)
        thrown = f"{state / kill_switch.NAME} is written and stops the next one"
        raise Unavailable(f"{error}, and yet one uses {state}: it does not hear us; {thrown}") from error


def _throw(state: Path, reason: str, *, flatten: bool) -> bool:
    """Throw the switch in the folder ``state``; whether no daemon runs there. Raises Refused, HftdError."""
    before = os.umask(0o077)
    try:
        state.mkdir(parents=True, exist_ok=True)
        with without_daemon(state) as alone:
            kill_switch.throw(state, reason, flatten=flatten)
            return alone
    except PermissionError as error:
        raise Refused(f"{state}: closed to this user, expected root or the daemon's own") from error
    except OSError as error:
        raise HftdError(f"{state}: cannot be made: {error.strerror}") from error
    finally:
        os.umask(before)
