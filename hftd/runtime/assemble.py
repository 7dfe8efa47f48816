"""Where the one object graph is built: settings in, a daemon that knows the day and remembers it out."""

import logging
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from hftd.config.load import folder as plugin_folder
from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.errors import Unavailable
from hftd.plugin.blueprint import Blueprint, blueprints, strays
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Feed
from hftd.runtime.clock import Clock, VenueClock, WallClock
from hftd.runtime.daemon import RETRY, Daemon
from hftd.runtime.loop import Loop
from hftd.runtime.models import rollback
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.office.day_table import DayTable
from hftd.runtime.past import archive, equipment
from hftd.runtime.past.comeback import Rehearsals, come_back
from hftd.runtime.past.journal import Begin
from hftd.runtime.past.pulse import Beat, Pulse
from hftd.runtime.past.recovery import Survey, begins_again, day_folder, open_journal, put_aside, survey
from hftd.runtime.past.stock import Stock
from hftd.runtime.people import message_ids
from hftd.runtime.people.journald import Say
from hftd.runtime.people.notify import Notify

log = logging.getLogger("hftd")


def state_folder(config: Config, file: Path, environ: Mapping[str, str]) -> Path:
    """Where the daemon keeps what must survive it."""
    named = config.runtime.state or environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return file.parent / (named or "state")


def run_folder(config: Config, file: Path, environ: Mapping[str, str]) -> Path:
    """Where the control socket is."""
    named = config.runtime.run or environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return file.parent / named if named else state_folder(config, file, environ)


def assemble(
    config: Config, file: Path, stock: Stock, keys: Keys, loop: Loop, office: BackOffice, notify: Notify, say: Say
) -> Daemon:
    """The daemon, ready to run. ``file`` is the settings file; ``say`` writes lines to the log.

    Raises ConfigError, PluginError, Refused for what must be mended; HftdError where the state cannot be used.
    """
    root = state_folder(config, file, os.environ)
    plugins = stock.plugins
    plans = _plans(config, stock, file, root)
    make_feeds = partial(plugins.factory("feeds", config.venue.name), config.venue, keys)
    feeds: tuple[Feed, ...] = make_feeds()
    broker = plugins.factory("brokers", config.venue.name)(config.venue, keys)

    state = State()
    checks = {code: part.factory for code, part in plugins.parts("checks").items()}
    troupe = Troupe(state, plans, checks)
    seats = troupe.seats()

    clock = _clock(feeds, office, notify, loop)
    table = DayTable(office, config.session)
    schedule = table.wait(clock.now())
    day = schedule.at(clock.now()).day
    folder = day_folder(root, day)
    notify.status(f"remembering {day}")
    pulse = Pulse(notify.starting)
    found = _survey(folder, clock, pulse)
    clock.hear(found.until)  # what was lived through is past
    models = {plan.name: plan.version for plan in plans}
    noted = equipment.keep(root, plugins, plugin_folder(config, file))
    begin = Begin(0, day, "", "", models, config.risk, config.session.flatten, config.venue, noted)
    first = found.begin or begin
    seats += [Seat(name, None, ()) for name in sorted(found.models.keys() - models.keys())]
    engine = Engine(state, seats, troupe.checks(first.limits), flatten=first.flatten, backstage=troupe)
    journal = open_journal(folder, found, begin, fsync=config.runtime.fsync)
    rehearsals = Rehearsals(folder, make_feeds, follows=clock.follows)
    rehearsals.beat = pulse
    news = come_back(
        engine, troupe, found, begin, folder, feeds, rehearsals, follows=clock.follows, now=clock.now(),
        flattened={name for name, table in config.models.items() if table.get("when_removed") == "flatten"},
    )  # fmt: skip
    daemon = Daemon(
        config, engine, journal, schedule, troupe=troupe, table=table,
        loop=loop, clock=clock, feeds=feeds, broker=broker, office=office, notify=notify, say=say, root=root,
    )  # fmt: skip
    for event in news:  # before anything else is said to the engine: a journal's reader begins there as we did here
        daemon.hear(event)
    return daemon


def _plans(config: Config, stock: Stock, file: Path, root: Path) -> list[Blueprint]:
    """What plays: what the plugins register, but for what was rolled back or is broken. Its source is kept."""
    earlier = [plan for plans in stock.earlier.values() for plan in plans]
    known = [*stock.plugins.parts("models"), *(plan.name for plan in earlier)]
    for stray in strays(config, known, file):
        log.warning("%s", stray)
    for path, (name, reason) in zip(stock.earlier, stock.failures.items(), strict=True):
        fields = {"message_id": message_ids.NOT_TAKEN, "fields": {"HFTD_FILE": path}}
        what = "broken, and left out" if name in stock.left_out else "not taken, what played before it plays on"
        log.error("%s: %s", what, reason, extra=fields)
    offered = blueprints(config, stock.plugins, file, strict=False)
    plans = [*(rollback.settled(root, plan) for plan in offered), *earlier]
    for plan in plans:
        archive.keep(root, plan.digest, plan.sources)
        archive.note(root, plan.name, plan.version)
    return sorted(plans, key=lambda plan: plan.name)


def _clock(feeds: tuple[Feed, ...], office: BackOffice, notify: Notify, loop: Loop) -> Clock:
    if not any(feed.keeps_time for feed in feeds):
        return WallClock()
    while True:
        try:
            return VenueClock(office.wait("clock", []))
        except Unavailable as error:
            if not loop.running:
                raise
            notify.starting()
            notify.status(f"waiting for the simulated venue: {error}")
            log.warning("waiting for the simulated venue: %s", error)
        pause = [True]
        loop.after(RETRY, pause.clear)
        while pause and loop.running:
            loop.turn()


def _survey(place: Path, clock: Clock, beat: Beat) -> Survey:
    found = survey(place, beat)
    if clock.follows and begins_again(found, clock.now()):
        aside = put_aside(place)
        log.warning("the simulated venue begins this day again, and so does hftd: the old journal is now %s", aside)
        return Survey()
    return found
