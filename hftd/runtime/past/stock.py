"""What a start finds in the plugin folder, and what plays for a file that is broken: the version that played last.

Without it a daemon that traded on with an old version, since a file changed for the worse, would not come back from a
crash. Files that played before are loaded as they are; those that did not are tried in another process first.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hftd.config.load import folder
from hftd.config.schema import Config
from hftd.core.events import Enter, Leave, Version
from hftd.errors import HftdError
from hftd.plugin import find, host
from hftd.plugin.blueprint import Blueprint, kept_to
from hftd.plugin.host import Plugins
from hftd.runtime.models.trial import try_out
from hftd.runtime.past import archive
from hftd.runtime.past.journal import Begin, read, segments
from hftd.venues.shipped import SHIPPED


class Stock(Struct, frozen=True):
    """Every plugin that could be loaded, and what plays in place of the others."""

    plugins: Plugins
    earlier: Mapping[str, tuple[Blueprint, ...]] = {}
    """By file that is broken: the models it had, as they were."""
    failures: Mapping[str, str] = {}
    """What is wrong with each such file, by its name in the folder."""


def take_stock(config: Config, settings: Path, root: Path) -> Stock:
    """Load every plugin. ``settings`` is the file ``config`` came from, ``root`` the state folder.

    Raises PluginError, Refused for a broken file whose models have not played before, or that held more than models.
    """
    paths = find.discover(folder(config, settings))
    played = last_played(root)
    new = [path for path in paths if played and not archive.holds(root, path)]
    plugins = host.load(None, SHIPPED)
    earlier: dict[str, tuple[Blueprint, ...]] = {}
    failures: dict[str, str] = {}
    try:
        for path in sorted(paths, key=lambda path: (path in new, path)):  # a copy must not displace what played
            try:
                if path in new:
                    try_out(settings, path)
                plugins.add_file(path)
            except HftdError as error:
                plans = _earlier(config, settings, root, path, played) if path in new else ()
                if not plans:
                    raise
                earlier[str(path)], failures[path.name] = plans, str(error)
    except BaseException:
        plugins.forget()
        raise
    moved = plugins.parts("models").keys()
    kept = {file: tuple(plan for plan in plans if plan.name not in moved) for file, plans in earlier.items()}
    return Stock(plugins, kept, failures)


def last_played(root: Path) -> Mapping[str, Version]:
    """Models that were seated as the daemon last ran, or where no journal tells, all that ever were."""
    days = sorted(each for each in (root / "journal").glob("????-??-??") if segments(each))
    try:
        return _seated(days[-1]) if days else archive.latest(root)
    except HftdError:  # the daemon itself will say what is wrong with its journal
        return archive.latest(root)


def _seated(day: Path) -> Mapping[str, Version]:
    models: dict[str, Version] | None = None
    for record in read(day):
        match record.content:
            case Begin() as begin if models is None:
                models = dict(begin.models)
            case Enter(model, plays) if models is not None:
                models[model] = plays
            case Leave(model) if models is not None:
                models.pop(model, None)
    return models or {}


def _earlier(
    config: Config, settings: Path, root: Path, path: Path, played: Mapping[str, Version]
) -> tuple[Blueprint, ...]:
    """The models that ``path`` had, as they were. Raises PluginError where they cannot be loaded any more."""
    plans = []
    for name, version in sorted(played.items()):
        # What only a start takes, a risk check among it, cannot be left out: then there is no going on without.
        if archive.own_file(root, version) != path.name or archive.hooks(root, version) != ("register_models",):
            continue
        plan = archive.load_plan(root, name, version)
        table = kept_to(config.models.get(name, {}), f"{settings}: [models.{name}]")
        plans.append(replace(plan, table=table))
    return tuple(plans)
