"""``hftd cancel-all``: withdraw every order of hftd's last session that is still open at the venue, and no other.

For ``ExecStopPost=``: a daemon that died cannot do it itself.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from hftd.cli.daemon.place import state_of
from hftd.cli.options.settings import add_config
from hftd.config.load import folder, load
from hftd.core.events import VenueOrder
from hftd.core.orders import order_id
from hftd.errors import OK, TooOften, Unavailable
from hftd.plugin.keys import find_keys
from hftd.runtime.loop import Loop
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.office.needs import needs_for
from hftd.runtime.past.journal import Begin, read

START = 15.0  # seconds the back office has to start: its libraries take long to load on a machine that is busy
PATIENCE = 10.0  # seconds for all of it from then on; with START below the unit's TimeoutStopSec
PAUSE = 0.25  # seconds between two looks at what is still open


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "cancel-all", help="withdraw hftd's orders in its place", description=(__doc__ or "").replace("``", "")
    )
    add_config(parser)
    parser.add_argument(
        "--if-died", action="store_true",
        help="do nothing where systemd says that the daemon ended well ($SERVICE_RESULT)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Withdraw them and say so. Raises Unavailable where some are open ten seconds after the back office began."""
    if arguments.if_died and ended_well(os.environ):
        return OK
    begin = last_session(state_of(arguments.config, os.environ))
    if begin is None:
        print("no session was ever begun here: nothing to withdraw")
        return OK
    config = load(arguments.config)
    loop = Loop()
    needed = needs_for(config.venue.name, folder(config, arguments.config))
    office = BackOffice(loop, config.venue, find_keys(config.venue, os.environ), needed)
    office.open()
    try:
        begin_work(office, loop, begin)
        loop.after(PATIENCE, lambda: loop.stop(0))
        withdrawn = withdraw(office, loop, begin)
    finally:
        office.close()
        loop.close()
    print(f"{begin.day}: orders withdrawn: {', '.join(withdrawn) or 'none, none was open'}")
    return OK


def ended_well(environ: Mapping[str, str]) -> bool:
    """Whether the service stopped because it was meant to. systemd.exec(5): SERVICE_RESULT is ``success`` then."""
    return environ.get("SERVICE_RESULT") == "success"


def last_session(state: Path) -> Begin | None:
    """How the newest journal in the folder ``state`` begins; None where there is none. Raises HftdError."""
    days = sorted((state / "journal").glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"))
    first = next(read(days[-1]), None) if days else None
    return first.content if first is not None and isinstance(first.content, Begin) else None


def begin_work(office: BackOffice, loop: Loop, begin: Begin) -> None:
    """Wait until the back office answers. Raises Unavailable where it does not, ConfigError for wrong settings.

    What it cannot do yet is no reason to give up: the venue is asked all the same, and says so itself.
    """
    silent = [True]
    loop.after(START, lambda: loop.stop(0) if silent else None)
    try:
        office.wait("here", [])
    except Unavailable as error:
        if not loop.running:
            left = "what is open at the venue is not known: the back office did not answer"
            raise Unavailable(f"{begin.day}: after {START:.0f} s, {left}") from error
    silent.clear()


def withdraw(office: BackOffice, loop: Loop, begin: Begin) -> list[str]:
    """Ask for every open order of the session until none is left or the loop stops; the ids of those withdrawn.

    Raises Unavailable where some are still open, or the venue never said, ConfigError where the settings are wrong.
    """
    asked: dict[str, str] = {}
    while True:
        wait = PAUSE
        try:
            ours = [order for order in office.wait("open_orders", []) if is_ours(order, begin)]
            if not ours:
                return [order for order, objection in asked.items() if not objection]
            for order in ours:
                if order.order not in asked:
                    asked[order.order] = office.wait("cancel", [order.venue_id])
            left = f"still open at the venue: {', '.join(order.order for order in ours)}"
        except Unavailable as error:
            left = f"what is open at the venue is not known: {error}"
            wait = max(PAUSE, error.seconds) if isinstance(error, TooOften) else PAUSE
        pause = [True]
        loop.after(wait, pause.clear)
        while pause and loop.running:
            loop.turn()
        if not loop.running:
            raise Unavailable(f"{begin.day}: after {PATIENCE:.0f} s, {left}")


def is_ours(order: VenueOrder, begin: Begin) -> bool:
    """Whether the session placed it: the id begins with its day and the run that was drawn for it and no other."""
    first = order_id(begin.day, begin.run, 0)
    return order.order.rpartition("-")[0] == first.rpartition("-")[0]
