"""``hftd run``: the daemon. Under systemd it speaks to journald; on a terminal it shows one live line."""

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hftd.cli.daemon.place import TRIAL
from hftd.cli.options.settings import add_config
from hftd.cli.options.times import span
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import ConfigError, HftdError
from hftd.plugin import host
from hftd.plugin.keys import Keys, find_keys, redact
from hftd.plugin.watch import Watch
from hftd.runtime.assemble import assemble, run_folder, state_folder
from hftd.runtime.daemon import Daemon
from hftd.runtime.loop import Loop, hold_cpu_awake
from hftd.runtime.models.furnish import furnish
from hftd.runtime.models.reload import Reload
from hftd.runtime.models.time_budget import TimeBudget
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.office.needs import needs
from hftd.runtime.past.recovery import lock
from hftd.runtime.past.stock import Stock, take_stock
from hftd.runtime.people import journald, message_ids
from hftd.runtime.people.control import Control
from hftd.runtime.people.direction import Direction
from hftd.runtime.people.kill_switch import released_by
from hftd.runtime.people.notify import Notify
from hftd.runtime.people.operator import Operator
from hftd.runtime.people.rights import Rights, rights
from hftd.runtime.people.status import facts
from hftd.runtime.people.terminal import LiveLine, summary
from hftd.runtime.speed.measuring import Measuring
from hftd.runtime.speed.sweeping import Sweeping
from hftd.runtime.speed.wake_up import lateness
from hftd.venues.shipped import SHIPPED
from hftd.venues.sim.greeting import port_of

log = logging.getLogger("hftd")

LIVELY = "--lead 2 --rate 40"  # a first look should not begin with a minute of silence


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("run", help="run the daemon", description=(__doc__ or "").replace("``", ""))
    add_config(parser)
    parser.add_argument(
        "--with-sim", nargs="?", const="", metavar="OPTIONS",
        help="start a simulated venue for this run, with these options of `hftd sim`; its state begins empty",
    )  # fmt: skip
    parser.add_argument("--for", dest="span", type=span, metavar="SPAN", help="stop by itself after 20s, 5m or 1h")
    parser.add_argument("--verbose", action="store_true", help="on a terminal, show every log line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Live until stopped."""
    file: Path = arguments.config
    notify = Notify()
    notify.starting()  # plugin files that never played are tried first, and one that hangs is waited for
    try:
        config = load(file)
        allowed = rights(config.runtime, file)
        watch = Watch(folder(config, file))  # before they are loaded: what changes meanwhile is not missed
        stock = _stock(config, file, simulated=arguments.with_sim is not None)
        stock.plugins.factory("feeds", config.venue.name)  # a misspelt venue is told before its keys are missed
        keys = find_keys(config.venue, os.environ)
    except ConfigError as error:
        if journald.to_journal(sys.stderr.fileno(), os.environ):
            journald.setup("info", str)
            log.error("%s", error, extra={"message_id": message_ids.BAD_CONFIG})
        raise
    live = sys.stdout.isatty() or arguments.with_sim is not None
    level = "warning" if live and not arguments.verbose else config.runtime.log
    say = journald.setup(level, partial(redact, keys=keys))
    with ExitStack() as open_things:
        on_file = config
        if arguments.with_sim is not None:
            config = _with_sim(config, file, arguments.with_sim, open_things)
        descriptor = lock(state_folder(config, file, os.environ))
        open_things.callback(os.close, descriptor)
        loop = Loop(spin=config.runtime.wait == "spin")
        open_things.callback(loop.close)
        office = BackOffice(loop, config.venue, keys, needs(stock.plugins, folder(config, file)))
        office.open()
        open_things.callback(office.close)
        open_things.callback(notify.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.on_signal(number, partial(loop.stop, 0))
        loop.on_signal(signal.SIGHUP, lambda: log.warning("not reloaded: the start is not complete"))
        if config.runtime.wait == "awake":
            _stay_awake(open_things)
        daemon = _assembled(config, file, stock, keys, loop, office, notify, say)
        if daemon is None:
            return 0
        open_things.callback(daemon.close)
        workshop = furnish(daemon, config, file, stock, keys, watch, state_folder(config, file, os.environ))
        open_things.callback(workshop.close)
        direction = Direction(daemon, workshop, Reload(workshop, on_file, config, stock.plugins), notify)
        workshop.open()
        return _live(daemon, direction, config, file, allowed, arguments.span, live, open_things)


def _stock(config: Config, file: Path, *, simulated: bool) -> Stock:
    """Every plugin; with a venue of its own a run begins empty, and has nothing to go back to."""
    if simulated:
        return Stock(host.load(folder(config, file), SHIPPED))
    return take_stock(config, file, state_folder(config, file, os.environ))


def _assembled(
    config: Config, file: Path, stock: Stock, keys: Keys, loop: Loop, office: BackOffice, notify: Notify,
    say: journald.Say,
) -> Daemon | None:  # fmt: skip
    """The daemon; None where a signal ended the start."""
    try:
        return assemble(config, file, stock, keys, loop, office, notify, say)
    except HftdError as error:
        if not loop.running:
            return None
        if isinstance(error, ConfigError):
            log.error("%s", error, extra={"message_id": message_ids.BAD_CONFIG})
        raise


def _live(
    daemon: Daemon, direction: Direction, config: Config, file: Path, allowed: Rights, span: float | None, live: bool,
    open_things: ExitStack,
) -> int:  # fmt: skip
    loop = daemon.loop
    loop.on_signal(signal.SIGHUP, direction.hang_up)
    TimeBudget(daemon)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.on_signal(number, partial(daemon.shut_down, signal.Signals(number).name))
    if span is not None:
        loop.after(span, partial(daemon.shut_down, f"--for {span:g}s is over"))

    def now() -> dict[str, Any]:
        return facts(daemon.engine, daemon.pace, daemon.stages.tick_to_order, daemon.trouble)

    measuring = Measuring(daemon)
    turns = {**direction.turns, "latency": measuring.facts}
    operator = Operator(daemon.engine, daemon.command, now, allowed, turns)
    control = Control(loop, run_folder(config, file, os.environ), allowed, operator.answer)
    open_things.callback(control.close)
    by = released_by(state_folder(config, file, os.environ))
    if by:
        daemon.command("resume", "", by)
    line = LiveLine(loop, daemon.status_line) if live else None
    Sweeping(loop)
    try:
        exit_status = daemon.run()
    except ConfigError as error:
        log.error("%s", error, extra={"message_id": message_ids.BAD_CONFIG})
        raise
    measuring.note()
    if line is not None:
        line.close()
        print(summary(now()))
    return exit_status


def _stay_awake(open_things: ExitStack) -> None:
    asleep = lateness()
    descriptor, failure = hold_cpu_awake()
    if failure:
        log.warning('[runtime] wait = "awake" is not possible, waiting as with "block": %s', failure)
    else:
        open_things.callback(os.close, descriptor)
        log.info("the processor is kept awake: a wake-up takes %.0f µs, and took %.0f before", lateness(), asleep)


def _with_sim(config: Config, file: Path, options: str, open_things: ExitStack) -> Config:
    """Start a simulated venue that lives as long as this process; the settings to reach it."""
    state = file.parent / "state" / TRIAL
    shutil.rmtree(state, ignore_errors=True)
    sim = subprocess.Popen(  # noqa: S603 - our own program; the options are the caller's own words
        [sys.executable, "-m", "hftd", "sim", "--port", "0", "--die-with-parent", *(options or LIVELY).split()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0,
    )  # fmt: skip
    open_things.callback(sim.wait)
    open_things.callback(sim.terminate)
    assert sim.stdout is not None  # noqa: S101 - for the type checker
    said = sim.stdout.readline()
    port = port_of(said)
    print(said.strip(), flush=True)
    return replace(
        config,
        venue=replace(config.venue, name="sim", host="127.0.0.1", port=port),
        runtime=replace(config.runtime, state=str(state.absolute()), run=str(state.absolute())),
    )
