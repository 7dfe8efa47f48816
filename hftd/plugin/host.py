"""Load every plugin once: files of the folder, plugins of installed packages, and what hftd ships, all the same way."""

import sys
from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import sha256
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pluggy
from msgspec import Struct

from hftd.config.expected import nearest
from hftd.errors import ConfigError, PluginError
from hftd.plugin import check, checks, find, hookspecs, module
from hftd.plugin.beside import Beside, Look, digest_of


class Plugin(Struct, frozen=True):
    """Where a plugin came from. ``digest`` is that of its sources; empty where it has no file."""

    name: str
    file: str
    digest: str
    hooks: tuple[str, ...]
    sources: Mapping[str, bytes] = {}
    """Its file, and those beside it that it imports, by name."""


class Part(Struct, frozen=True):
    """One thing a plugin registered: a model class, or a factory as the hook describes it."""

    name: str
    factory: Any
    plugin: Plugin


class Plugins:
    """Everything that was found, fixed once ``load`` returns."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager("hftd")
        self.manager.add_hookspecs(hookspecs)
        self.found: list[Plugin] = []
        self._parts: dict[str, dict[str, Part]] = {kind: {} for kind in hookspecs.KINDS}
        self._modules: list[tuple[ModuleType, Beside]] = []

    def parts(self, kind: str) -> Mapping[str, Part]:
        """What was registered as ``kind`` (models, feeds, brokers, offices, calendars, checks), by name."""
        return MappingProxyType(self._parts[kind])

    def factory(self, kind: str, name: str) -> Any:
        """The factory registered as ``kind`` under ``name``. Raises ConfigError that names the nearest."""
        parts = self._parts[kind]
        if name not in parts:
            raise ConfigError(f"{name}: not among the {kind} of any plugin, {nearest(name, parts)}")
        return parts[name].factory

    def forget(self) -> None:
        """Let go of the plugin files' modules, once another load has taken their place."""
        for loaded, beside in self._modules:
            module.forget(loaded)
            beside.forget()

    def add_file(self, path: Path) -> None:
        """Load one plugin file. Raises PluginError, Refused."""
        self.add_source(path, find.read(path), partial(find.beside, path.parent))

    def add_source(self, path: Path, source: bytes, look: Look) -> None:
        """Load one plugin file that was read already; ``look`` finds what it imports beside it. Raises PluginError."""
        beside = Beside(path.parent, look)
        loaded = module.run(path, source, sha256(source).hexdigest(), beside)
        self._modules.append((loaded, beside))
        sources = {path.name: source, **beside.sources}
        self.add(loaded, path.stem, str(path), digest_of(sources), sources)
        beside.close()

    def add_installed(self, entry: EntryPoint) -> None:
        """Load the plugin of an installed package. Raises PluginError."""
        where = f"package {entry.dist.name if entry.dist else '?'}: {entry.value}"
        try:
            plugin = entry.load()
        except Exception as error:
            raise PluginError(f"{where}: {module.said(error)}") from error
        home = plugin if isinstance(plugin, ModuleType) else sys.modules.get(type(plugin).__module__)
        file = getattr(home, "__file__", None)
        sources = _sources(file)
        self.add(plugin, entry.name, file or where, digest_of(sources) if sources else "", sources)

    def add(
        self, plugin: object, name: str, file: str, digest: str, sources: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        """Check a loaded plugin and take what it registers. Raises PluginError; nothing of a bad one is kept."""
        about = Plugin(name, file, digest, check.hooks(self.manager, plugin, file), sources)
        try:
            self.manager.register(plugin, f"{name} ({file})")
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(f"{file}: {module.said(error)}") from error
        try:
            asked = [(hook.removeprefix("register_"), self._ask(plugin, hook, about)) for hook in about.hooks]
            made = [(kind, part) for kind, parts in asked for part in parts]
            for kind, part in made:
                self._expect_free(kind, part)
        except PluginError:
            self.manager.unregister(plugin)
            raise
        for kind, part in made:
            self._parts[kind][part.name] = part
        self.found.append(about)

    def _ask(self, plugin: object, hook: str, about: Plugin) -> list[Part]:
        # Called one plugin at a time: one that raises inside a hook call would silence all the others.
        try:
            made = getattr(plugin, hook)()
        except Exception as error:
            raise PluginError(f"{module.blame(error, Path(about.file))}: {hook}: {module.said(error)}") from error
        return [Part(name, factory, about) for name, factory in check.answer(made, hook, about.file).items()]

    def _expect_free(self, kind: str, part: Part) -> None:
        other = self._parts[kind].get(part.name)
        if other is not None:
            raise PluginError(f"{part.plugin.file}: {part.name} is among the {kind} of {other.plugin.file} already")


def load(
    folder: Path | None, shipped: Iterable[ModuleType] = (), entries: Iterable[EntryPoint] | None = None
) -> Plugins:
    """Every plugin there is: hftd's checks, ``shipped``, packages' entry points, then the files of ``folder`` if any.

    ``entries`` stands in for the entry points of the installed packages. The first bad plugin ends it, so that a set is
    either whole or not taken. Raises PluginError, Refused.
    """
    plugins = Plugins()
    try:
        for own in (checks, *shipped):
            plugins.add(own, own.__name__, str(own.__file__), digest_of(_sources(own.__file__)))
        for entry in find.installed() if entries is None else entries:
            plugins.add_installed(entry)
        for path in find.discover(folder) if folder is not None else ():
            plugins.add_file(path)
    except BaseException:
        plugins.forget()
        raise
    return plugins


def _sources(file: str | None) -> Mapping[str, bytes]:
    return {Path(file).name: Path(file).read_bytes()} if file else {}
