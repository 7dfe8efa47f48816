"""Read ``hftd.toml``. Whatever is wrong with it ends in one line: file, table, key, what was found and expected."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli
from msgspec import structs

from hftd.config.expected import found, nearest, shown
from hftd.config.fill import fill
from hftd.config.schema import Config, Model
from hftd.core.risk.limits import Limits
from hftd.errors import ConfigError, Refused


def load(path: Path) -> Config:
    """The settings in the file at ``path``. Raises ConfigError, or Refused where the file is closed to us."""
    return settle(parse(read(path), path), path)


def settle(tables: Mapping[str, Any], path: Path) -> Config:
    """The settings that the tables of the file at ``path`` make. Raises ConfigError."""
    known = {field.name: field for field in structs.fields(Config)}
    for name, table in tables.items():
        if name not in known:
            what = "table" if isinstance(table, dict) else "key outside a table"
            raise ConfigError(f"{path}: {_named(name, table)}: no such {what}, {nearest(name, known)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name}: expected a table, found {found(table)}")
    parts: dict[str, Any] = {
        name: fill(known[name].type, table, f"{path}: [{name}]") for name, table in tables.items() if name != "models"
    }
    config = Config(**parts, models=_models(tables.get("models", {}), path))
    _amounts(config.risk, f"{path}: [risk]")
    return config


def folder(config: Config, path: Path) -> Path:
    """Where plugin files are: ``[runtime] plugins``, counted from the folder of the settings file at ``path``."""
    return path.parent / Path(config.runtime.plugins).expanduser()


def read(path: Path) -> str:
    """The text of the file. Raises ConfigError or Refused, one line for each way a file can fail to be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file, expected the settings") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path}: is a folder, expected a settings file") from error
    except PermissionError as error:
        raise Refused(f"{path}: not readable by this user, expected a settings file open to us") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}, expected TOML in UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected a settings file") from error


def parse(text: str, path: Path) -> dict[str, Any]:
    """The tables of the file, fractions kept as they are written. Raises ConfigError with the line."""
    try:
        return tomli.loads(text, parse_float=Decimal)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{path}: line {error.lineno}: {error.msg}, expected TOML") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}, expected TOML") from error


def _models(tables: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """``[models.NAME]`` tables as they are; only the model itself knows its options, so they are checked later."""
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: [models] {shown(name)}: expected a table, found {found(table)}")
        own = {key: value for key, value in table.items() if key in Model.__struct_fields__}
        fill(Model, own, f"{path}: [models.{shown(name)}]")
    return dict(tables)


def _amounts(limits: Limits, where: str) -> None:
    """Hold amounts to their range, which the type of a Decimal cannot express."""
    for field in structs.fields(Limits):
        amount = getattr(limits, field.name)
        if not isinstance(amount, Decimal):
            continue
        if field.name in ("min_shares", "lot") and amount <= 0:
            raise ConfigError(f"{where} {field.name}: expected a number above 0, found {amount}")
        if amount < 0:
            raise ConfigError(f"{where} {field.name}: expected a number of at least 0, found {amount}")


def _named(name: str, table: Any) -> str:
    return f"[{shown(name)}]" if isinstance(table, dict) else shown(name)
