"""What a start finds in the plugin folder, and what plays for a file that is broken: the version that played last.

Without it a daemon that traded on with an old version, since a file changed for the worse, would not come back from a
crash. Files that played before are loaded as they are; those that did not are tried in another process first. One
whose models never played is left out where that is safe: docs/decisions/0008.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hftd.config.load import folder
from hftd.config.schema import Config
from hftd.core.events import Enter, Leave, Restarted, Version
from hftd.errors import ConfigError, HftdError
from hftd.plugin import find, host
from hftd.plugin.blueprint import Blueprint, kept_to
from hftd.plugin.host import Plugins
from hftd.runtime.models.trial import try_out
from hftd.runtime.past import archive
from hftd.runtime.past.journal import Begin, read, segments
from hftd.venues.shipped import SHIPPED

MORE = re.compile(rb"register_(?!models\b)\w+|import\s*\*")
"""In the text of a file: a sign that it may register more than models."""


class Stock(Struct, frozen=True):
    """Every plugin that could be loaded, and what plays in place of the others."""

    plugins: Plugins
    earlier: Mapping[str, tuple[Blueprint, ...]] = {}
    """By file that is broken: the models it had, as they were."""
    failures: Mapping[str, str] = {}
    """What is wrong with each such file, by its name in the folder."""
    left_out: frozenset[str] = frozenset()
    """Names of those whose models never played, so that nothing plays for them."""


class LastRun(Struct, frozen=True):
    """What the daemon ran with before, as its last journal tells."""

    models: Mapping[str, Version] = {}
    """Who was seated at its end, or where no journal tells, all that ever were."""
    plugins: Collection[str] = ()
    """Names of plugin files that held more than models."""


def take_stock(config: Config, settings: Path, root: Path) -> Stock:
    """Load every plugin. ``settings`` is the file ``config`` came from, ``root`` the state folder.

    Raises PluginError, Refused for a broken file that nothing can stand in for and that cannot be left out, and
    ConfigError where the settings are to blame.
    """
    paths = find.discover(folder(config, settings))
    before = last_run(root)
    new = [path for path in paths if not archive.holds(root, path)]
    suspects = _suspects(settings, new)
    plugins = host.load(None, SHIPPED)
    earlier: dict[str, tuple[Blueprint, ...]] = {}
    failures: dict[str, str] = {}
    left_out: dict[str, HftdError] = {}
    try:
        for path in sorted(paths, key=lambda path: (path in new, path)):  # a copy must not displace what played
            try:
                if path in suspects:
                    try_out(settings, path)
                plugins.add_file(path)
            except HftdError as error:
                plans = _earlier(config, settings, root, path, before.models) if path in new else ()
                if not plans:
                    _expect_models_alone(path, error, before)
                    left_out[path.name] = error
                earlier[str(path)], failures[path.name] = plans, str(error)
        names = {*plugins.parts("models"), *(plan.name for plans in earlier.values() for plan in plans)}
        _expect_nobody_missed(root, before, names, left_out)
    except BaseException:
        plugins.forget()
        raise
    moved = plugins.parts("models").keys()
    kept = {file: tuple(plan for plan in plans if plan.name not in moved) for file, plans in earlier.items()}
    return Stock(plugins, kept, failures, frozenset(left_out))


def last_run(root: Path) -> LastRun:
    """What the daemon with the state folder ``root`` ran with before."""
    days = sorted(each for each in (root / "journal").glob("????-??-??") if segments(each))
    try:
        return _told(days[-1]) if days else LastRun(archive.latest(root))
    except HftdError:  # the daemon itself will say what is wrong with its journal
        return LastRun(archive.latest(root))


def _told(day: Path) -> LastRun:
    models: dict[str, Version] | None = None
    plugins: dict[str, str] = {}
    for record in read(day):
        match record.content:
            case Begin() as begin if models is None:
                models, plugins = dict(begin.models), begin.plugins or {}
            case Restarted(plugins=noted):
                plugins = noted or {}
            case Enter(model, plays) if models is not None:
                models[model] = plays
            case Leave(model) if models is not None:
                models.pop(model, None)
    return LastRun(models or {}, tuple(plugins))


def _suspects(settings: Path, new: Sequence[Path]) -> Sequence[Path]:
    """Those of the ``new`` files that must be tried one by one: none, where all of the folder together is fine."""
    if len(new) < 2:
        return new
    try:
        try_out(settings)
    except HftdError:
        return new
    return ()


def _expect_models_alone(path: Path, error: HftdError, before: LastRun) -> None:
    """Raise ``error`` where what the file registers may not be missing, or the file is not to blame.

    A risk check that is missing lets orders pass. Raises Refused as reading the file does.
    """
    if type(error) is ConfigError or path.name in before.plugins or MORE.search(find.read(path)):
        raise error


def _expect_nobody_missed(
    root: Path, before: LastRun, here: Collection[str], left_out: Mapping[str, HftdError]
) -> None:  # fmt: skip
    """Raise the first error of files that are ``left_out`` where no model is ``here`` without them.

    And where one that played may have been in them: it would be taken for a model whose file is gone.
    """
    missed = [version for name, version in before.models.items() if name not in here]
    if left_out and (not here or any(archive.own_file(root, version) in ("", *left_out) for version in missed)):
        raise next(iter(left_out.values()))


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
