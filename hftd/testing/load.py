"""A model out of a plugin file."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from hftd.config.expected import nearest, one_of
from hftd.errors import PluginError
from hftd.plugin.host import Part, Plugins
from hftd.plugin.model import Model


def load(file: str | Path, name: str = "") -> type[Model]:
    """The model the plugin file ``file`` registers as ``name``; without one, its only model.

    The file is held to what the daemon asks of a plugin, but for who may write it: a test trusts its own checkout.
    Raises PluginError.
    """
    path = Path(file)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise PluginError(f"{path.absolute()}: {error.strerror}, expected a plugin file") from error
    plugins = Plugins()
    plugins.add_source(path, source, partial(_beside, path.parent))
    return _chosen(plugins.parts("models"), path, name)


def _beside(folder: Path, name: str) -> bytes | None:
    path = folder / name
    return path.read_bytes() if path.is_file() else None


def _chosen(models: Mapping[str, Part], path: Path, name: str) -> type[Model]:
    if not models:
        raise PluginError(f"{path}: registers no model, expected one")
    if not name and len(models) > 1:
        raise PluginError(f"{path}: registers {len(models)} models, expected the name of one: {one_of(sorted(models))}")
    if name and name not in models:
        raise PluginError(f"{path}: {name}: no such model, {nearest(name, models)}")
    found: type[Model] = (models[name] if name else next(iter(models.values()))).factory
    return found
