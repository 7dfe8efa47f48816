"""Which model comes from which plugin file, and what plays: the workshop's own list, kept beside the engine's."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hftd.core.events import Version
from hftd.errors import PluginError
from hftd.plugin.blueprint import Blueprint


class Playbill:
    """Models by name. Names are each one file's; files are those of plugins, packages' and hftd's own among them."""

    def __init__(self, plays: Iterable[Blueprint], offered: Mapping[str, Sequence[Blueprint]]) -> None:
        """``offered`` is what each file registers; where it was rolled back, something else plays."""
        self.plays = {plan.name: plan for plan in plays}
        self.owners: dict[str, str] = {}
        self.offered: dict[str, Version] = {}
        """What the plugin folder and the settings say each model is."""
        self._sources: dict[str, frozenset[str]] = {}
        for file, plans in offered.items():
            self.register(file, plans)

    def of(self, file: str) -> set[str]:
        """Models that come from ``file``."""
        return {model for model, owner in self.owners.items() if owner == file}

    def importing(self, helpers: frozenset[str]) -> set[str]:
        """Files that import one of ``helpers``."""
        return {file for file, names in self._sources.items() if names & helpers}

    def claim(self, file: str, models: Iterable[str], gone: frozenset[str]) -> None:
        """See that no name is another file's, of those that are not ``gone``. Raises PluginError."""
        for model in models:
            owner = self.owners.get(model, file)
            if owner not in (file, *gone):
                raise PluginError(f"{file}: {model} is among the models of {owner} already, expected another name")

    def register(self, file: str, plans: Sequence[Blueprint]) -> None:
        """Note what comes from ``file`` from now on."""
        for model in self.of(file) - {plan.name for plan in plans}:
            del self.owners[model], self.offered[model]
        for plan in plans:
            self.owners[plan.name], self.offered[plan.name] = file, plan.version
        self._sources[file] = frozenset(name for plan in plans for name in plan.sources)
        if not plans:
            del self._sources[file]

    def enters(self, plan: Blueprint) -> bool:
        """Whether ``plan`` is other than what plays under its name."""
        now = self.plays.get(plan.name)
        return now is None or now.version != plan.version


def named(folder: Path, file: str) -> str:
    """A file as people know it: by its name where it is in ``folder``."""
    path = Path(file)
    return path.name if path.parent == folder else file
