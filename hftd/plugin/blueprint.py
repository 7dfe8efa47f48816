"""From a registered model and its table in the settings to a model that can be built, now or after a reload."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from hftd.config.expected import one_of, shown
from hftd.config.fill import fill
from hftd.config.schema import Config
from hftd.config.schema import Model as Table
from hftd.core.events import Version
from hftd.errors import ConfigError, PluginError
from hftd.plugin import check
from hftd.plugin.host import Part, Plugins
from hftd.plugin.model import Model, Options, View
from hftd.plugin.module import blame, said


class Blueprint(Struct, frozen=True):
    """A model with its settings. ``digest`` is that of the file it came from, and of what that imports beside it."""

    name: str
    cls: type[Model]
    options: Options
    table: Table
    """What hftd itself goes by: how the model begins, and what becomes of what it leaves."""
    file: str
    digest: str
    sources: Mapping[str, bytes] = {}
    """Those files, by name; the model's own is the first."""

    @property
    def version(self) -> Version:
        """What tells this model from one of the same name."""
        options = msgspec.json.encode(self.options, order="sorted").decode()
        return Version(self.digest, options, self.table.state, self.table.canary)

    @property
    def handlers(self) -> tuple[str, ...]:
        """The handlers the model defines."""
        return check.handlers(self.cls)

    def build(self, view: View) -> Model:
        """A started model. Raises PluginError where it raises, or names no symbol."""
        try:
            model = self.cls(self.options, view)
            symbols = model.symbols
        except Exception as error:
            raise PluginError(f"{blame(error, Path(self.file))}: model {self.name}: {said(error)}") from error
        if not symbols or not all(isinstance(symbol, str) and symbol for symbol in symbols):
            raise PluginError(
                f"{self.file}: model {self.name}: no symbol, expected `symbol` or `symbols` in its Options,"
                f" set there or in [models.{self.name}]"
            )
        return model


def blueprints(config: Config, plugins: Plugins, file: Path, *, strict: bool = True) -> tuple[Blueprint, ...]:
    """One blueprint for each model, by name; ``file`` is the settings file, for messages.

    A model without a table is active with its defaults. Raises ConfigError for a wrong option and, where ``strict``,
    for a table of no model.
    """
    models = plugins.parts("models")
    for stray in strays(config, models, file) if strict else ():
        raise ConfigError(stray)
    return tuple(blueprint(models[name], config.models.get(name, {}), file) for name in sorted(models))


def strays(config: Config, models: Iterable[str], file: Path) -> list[str]:
    """What to say of each table that belongs to none of ``models``."""
    known = sorted(models)
    expected = f"expected {one_of(known)}" if known else "no plugin registers any"
    return [
        f"{file}: [models.{shown(name)}]: no such model, {expected}" for name in config.models if name not in known
    ]


def blueprint(part: Part, table: Mapping[str, Any], file: Path) -> Blueprint:
    """The blueprint of a registered model and its table in the settings. Raises ConfigError."""
    where = f"{file}: [models.{part.name}]"
    others = {key: value for key, value in table.items() if key not in Table.__struct_fields__}
    options = fill(part.factory.Options, others, where)
    from_file = part.plugin
    return Blueprint(
        part.name, part.factory, options, kept_to(table, where), from_file.file, from_file.digest, from_file.sources
    )


def kept_to(table: Mapping[str, Any], where: str) -> Table:
    """What hftd itself goes by, of the table of a model in the settings. Raises ConfigError, which names ``where``."""
    return fill(Table, {key: value for key, value in table.items() if key in Table.__struct_fields__}, where)
