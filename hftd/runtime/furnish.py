"""Where the workshop is built, beside a daemon that is about to run."""

from functools import partial
from pathlib import Path

from hftd.config.load import folder
from hftd.config.schema import Config
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.plugin.host import Plugins
from hftd.plugin.keys import Keys
from hftd.plugin.watch import Watch
from hftd.runtime.comeback import Rehearsals
from hftd.runtime.daemon import Daemon
from hftd.runtime.entrance import Entrance
from hftd.runtime.playbill import Playbill
from hftd.runtime.workshop import Workshop


def furnish(
    daemon: Daemon, config: Config, settings: Path, plugins: Plugins, keys: Keys, watch: Watch, root: Path
) -> Workshop:
    """The workshop of ``daemon``. ``settings`` is the file ``config`` came from, ``root`` the state folder."""
    feeds = partial(plugins.factory("feeds", config.venue.name), config.venue, keys)

    def rehearsals(day: Path) -> Rehearsals:
        return Rehearsals(day, feeds, follows=daemon.clock.follows)

    offered: dict[str, list[Blueprint]] = {}
    for plan in blueprints(config, plugins, settings, strict=False):
        offered.setdefault(plan.file, []).append(plan)
    playbill = Playbill(daemon.troupe.plans(), offered)
    return Workshop(
        daemon.loop, Entrance(daemon, root, rehearsals), playbill, rehearsals, watch,
        folder=folder(config, settings), settings=settings, root=root,
    )  # fmt: skip
