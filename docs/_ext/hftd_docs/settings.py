"""Every key of one table of ``hftd.toml``: name, type and range, default, meaning."""

from collections.abc import Iterator
from decimal import Decimal
from typing import get_type_hints

from msgspec import NODEFAULT, Meta, Struct, structs

from hftd.config.expected import expected
from hftd.config.schema import Config, Model

TABLES = {**{field.name: field.type for field in structs.fields(Config)}, "models": Model}


def setting_lines(table: str) -> Iterator[str]:
    """One ``confval`` a key of ``table``, named as TOML's dotted keys are: ``risk.max_shares``."""
    for field, text in keys(TABLES[table]):
        # Type and default stand in the text: a manual page has no form for them beside it.
        yield from (f".. confval:: {dotted(table, field.name)}", "")
        yield from (f"   {text}", "", f"   *Type:* {_typed(field)}. *Default:* ``{_default(field)}``.", "")


def keys(kind: type[Struct]) -> Iterator[tuple[structs.FieldInfo, str]]:
    """The fields of a table, each with its description. Raises LookupError for one that has none."""
    hints = get_type_hints(kind, include_extras=True)
    for field in structs.fields(kind):
        texts = [meta.description for meta in hints[field.name].__metadata__ if isinstance(meta, Meta)]
        text = next((text for text in texts if text), None)
        if text is None:
            raise LookupError(f"{kind.__name__}.{field.name} has no description")
        yield field, text


def dotted(table: str, key: str) -> str:
    """The name a key is documented under."""
    return f"models.NAME.{key}" if table == "models" else f"{table}.{key}"


def _typed(field: structs.FieldInfo) -> str:
    # The range of an amount is held when the file is read; its type cannot express it.
    if isinstance(field.default, Decimal):
        return "a number above 0" if field.name in ("min_shares", "lot") else "a number of at least 0"
    return expected(field.type).replace('"', "``")


def _default(field: structs.FieldInfo) -> str:
    value = field.default_factory() if field.default is NODEFAULT else field.default
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case Decimal() | int() | float():
            return str(value)
        case tuple():
            return "[" + ", ".join(f'"{each}"' for each in value) + "]"
        case dict():
            return "{}"
        case _:
            raise LookupError(f"{field.name}: no word for the default {value!r}")
