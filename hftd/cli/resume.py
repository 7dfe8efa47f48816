"""``hftd resume``: let trading go on after a halt. Without a running daemon the next one trades again."""

import argparse
import os

from hftd.cli.daemon.place import state_of, without_daemon
from hftd.cli.daemon.word import add_word, give, show, speaker
from hftd.errors import Unavailable
from hftd.runtime.people import kill_switch


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = add_word(commands, "resume", "let trading go on after a halt", __doc__)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the daemon; where none runs, leave word for the next."""
    try:
        return give(arguments, "resume")
    except Unavailable as error:
        if not arguments.config.exists():
            raise
        state = state_of(arguments.config, os.environ)
        with without_daemon(state) as alone:
            if not alone:
                raise Unavailable(f"{error}, and yet one uses {state}: it does not hear us") from error
            reason = kill_switch.thrown(state)
            if not reason:
                return show(arguments, f"no daemon runs, and trading is not stopped ({state})", halted="")
            kill_switch.release(state, speaker())
        return show(arguments, f"no daemon runs; the next one trades again, although: {reason} ({state})", halted="")
