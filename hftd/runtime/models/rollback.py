"""A model that was rolled back stays so, through restarts and reloads, until its file or its settings change."""

from pathlib import Path

import msgspec
from msgspec import Struct

from hftd.core.events import Version
from hftd.errors import ConfigError, HftdError, PluginError
from hftd.plugin.blueprint import Blueprint
from hftd.runtime.past import archive


class RolledBack(Struct, frozen=True):
    """What the plugin folder and the settings say, and what plays in its place."""

    instead_of: Version
    plays: Version


def previous(root: Path, name: str, now: Version) -> Version:
    """What the model ``name`` was before it was what it is ``now``. Raises HftdError where it was nothing else."""
    listed = archive.versions(root, name)
    while listed and listed[-1] == now:
        listed.pop()
    if not listed:
        raise HftdError(f"{name}: no earlier version is known, expected one that played")
    return listed[-1]


def roll_back(root: Path, name: str, instead_of: Version, plays: Version) -> None:
    """Note that ``plays`` takes the place of what the plugin folder has. Raises HftdError."""
    path = _path(root, name)
    try:
        path.with_suffix(".new").write_bytes(msgspec.json.encode(RolledBack(instead_of, plays)))
        path.with_suffix(".new").replace(path)
    except OSError as error:
        raise HftdError(f"{path}: cannot be written: {error.strerror}") from error


def settled(root: Path, plan: Blueprint) -> Blueprint:
    """``plan``, or what it was rolled back to. Raises PluginError where that cannot be loaded any more."""
    path = _path(root, plan.name)
    try:
        noted = msgspec.json.decode(path.read_bytes(), type=RolledBack)
    except FileNotFoundError:
        return plan
    except (OSError, msgspec.DecodeError) as error:
        raise PluginError(f"{path}: cannot be read, expected what {plan.name} was rolled back to: {error}") from error
    if noted.instead_of != plan.version:
        path.unlink(missing_ok=True)  # it was mended
        return plan
    try:
        return archive.load_plan(root, plan.name, noted.plays)
    except ConfigError as error:
        raise PluginError(f"{path}: {plan.name} cannot be rolled back: {error}") from error


def _path(root: Path, name: str) -> Path:
    return root / "models" / f"{name}.rolled_back"
