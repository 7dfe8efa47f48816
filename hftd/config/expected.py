"""The words of a settings error: what was expected, what was found, which name was probably meant."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

LONGEST = 60
"""Characters of a value that are worth repeating in a message."""


def expected(kind: Any) -> str:
    """What a setting of type ``kind`` (a type annotation) accepts, in words."""
    return _words(inspect.type_info(kind))


def found(value: Any) -> str:
    """``value`` as the settings file would write it, on one line and not longer than ``LONGEST``."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = json.dumps(value, ensure_ascii=not value.isprintable())
        case list() | tuple():
            text = f"[{', '.join(found(item) for item in value)}]"
        case dict():
            text = "a table"
        case _:
            text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def shown(key: str) -> str:
    """A key as TOML writes it: bare where it may be, else quoted, so that it stays on one line."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def nearest(name: str, known: Iterable[str]) -> str:
    """``nearest is X``, or the list of what is known where nothing is like ``name``."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"nearest is {close[0]}"
    return f"expected {one_of(names)}" if names else "none is known"


def one_of(names: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            return _words(kind.type)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return f"a whole number{_bounds(kind)}"
        case inspect.FloatType():
            return f"a number{_bounds(kind)}"
        case inspect.DecimalType():
            return "a number"
        case inspect.StrType():
            return f"text matching {kind.pattern}" if kind.pattern else "text"
        case inspect.LiteralType():
            return one_of(found(value) for value in kind.values)
        case inspect.UnionType():
            return one_of(_words(part) for part in kind.types if not isinstance(part, inspect.NoneType))
        case inspect.DictType():
            return f"a table of {_words(kind.value_type)}"
        case inspect.CollectionType() | inspect.VarTupleType():
            return f"a list{' of one or more' if kind.min_length else ' of'} {_words(kind.item_type)}"
        case inspect.StructType():
            return "a table"
        case _:
            return type(kind).__name__.removesuffix("Type").lower()


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    """The limits of a number, in words; settings have a lower one, an upper one or both."""
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:g} to {kind.le:g}"
    limits = ((" above", kind.gt), (" of at least", kind.ge), (" below", kind.lt), (" of at most", kind.le))
    return " and".join(f"{words} {limit:g}" for words, limit in limits if limit is not None)
