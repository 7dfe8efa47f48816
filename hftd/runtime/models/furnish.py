"""Where the workshop is built, beside a daemon that is about to run."""

from functools import partial
from pathlib import Path

from hftd.config.load import folder
from hftd.config.schema import Config
from hftd.plugin.blueprint import blueprints
from hftd.plugin.keys import Keys
from hftd.plugin.watch import Watch
from hftd.runtime.daemon import Daemon
from hftd.runtime.models.entrance import Entrance
from hftd.runtime.models.overbooked import Overbooked
from hftd.runtime.models.playbill import Playbill
from hftd.runtime.models.workshop import Workshop
from hftd.runtime.past.comeback import Rehearsals
from hftd.runtime.past.stock import Stock


def furnish(
    daemon: Daemon, config: Config, settings: Path, stock: Stock, keys: Keys, watch: Watch, root: Path
) -> Workshop:
    """The workshop of ``daemon``. ``settings`` is the file ``config`` came from, ``root`` the state folder."""
    feeds = partial(stock.plugins.factory("feeds", config.venue.name), config.venue, keys)

    def rehearsals(day: Path) -> Rehearsals:
        return Rehearsals(day, feeds, follows=daemon.clock.follows)

    offered = {file: list(plans) for file, plans in stock.earlier.items() if plans}
    for plan in blueprints(config, stock.plugins, settings, strict=False):
        offered.setdefault(plan.file, []).append(plan)
    playbill = Playbill(daemon.troupe.plans(), offered)
    entrance = Entrance(daemon, root, rehearsals)
    workshop = Workshop(
        daemon.loop, entrance, playbill, rehearsals, watch,
        folder=folder(config, settings), settings=settings, root=root,
    )  # fmt: skip
    workshop.failures = dict(stock.failures)
    daemon.health.broken = workshop.broken
    Overbooked(daemon, entrance, workshop)
    return workshop
