"""Turn one table of the settings into the struct that describes it, or say exactly which key is wrong."""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert, structs

from hftd.config.expected import expected, found, nearest, shown
from hftd.errors import ConfigError

T = TypeVar("T", bound=Struct)


def fill(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """A ``kind`` with the values of ``table``; ``where`` (file and table) begins every message.

    Whole numbers are taken where fractions are expected, never the other way round. Raises ConfigError.
    """
    fields = {field.name: field for field in structs.fields(kind)}
    for key, value in table.items():
        if key not in fields:
            raise ConfigError(f"{where} {shown(key)}: no such key, {nearest(key, fields)}")
        _check(value, fields[key].type, f"{where} {key}")
    for field in fields.values():
        if field.required and field.name not in table:
            raise ConfigError(f"{where} {field.name}: missing, expected {expected(field.type)}")
    try:
        return convert(table, kind)
    except ValidationError as error:
        raise ConfigError(f"{where} {error}") from error


def _check(value: Any, kind: Any, where: str) -> None:
    try:
        settled = convert(value, kind)
    except (ValidationError, OverflowError) as error:
        raise ConfigError(f"{where}: expected {expected(kind)}, found {found(value)}") from error
    if not _finite(settled):
        raise ConfigError(f"{where}: expected a finite number, found {found(value)}")


def _finite(value: Any) -> bool:
    match value:
        case float() | Decimal():
            return isfinite(value)
        case list() | tuple() | set() | frozenset():
            return all(map(_finite, value))
        case dict():
            return all(map(_finite, value.values()))
        case _:
            return True
