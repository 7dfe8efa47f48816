"""The names plugin authors import from ``hftd``: values field by field, functions with their signatures."""

import inspect
import re
from collections.abc import Iterator
from typing import get_type_hints

from msgspec import NODEFAULT, Struct, structs

import hftd
from hftd_docs.directive import indented


def name_lines(which: str) -> Iterator[str]:
    """The names of one sort: ``values`` (events and orders), or ``wishes`` (functions)."""
    for name in hftd.__all__:
        thing = getattr(hftd, name)
        if which == "values" and isinstance(thing, type) and issubclass(thing, Struct) and structs.fields(thing):
            yield from _value(name, thing)
        elif which == "wishes" and inspect.isfunction(thing):
            yield from _function(name, thing)


def _value(name: str, kind: type[Struct]) -> Iterator[str]:
    hints = get_type_hints(kind)
    fields = []
    for field in structs.fields(kind):
        value = "" if field.default is NODEFAULT else f" = {_shown(field.default)}"
        fields.append(f"{field.name}: {_typed(hints[field.name])}{value}")
    yield from (f".. py:class:: {name}({', '.join(fields)})", "", *indented(inspect.getdoc(kind) or ""), "")


def _function(name: str, function: object) -> Iterator[str]:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    words = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        value = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        words.append(f"{parameter.name}: {_typed(parameter.annotation)}{value}")
    yield from (f".. py:function:: {name}({', '.join(words)})", "", *indented(inspect.getdoc(function) or ""), "")


def _typed(kind: object) -> str:
    """A type as an author would write it."""
    if isinstance(kind, type):
        return kind.__name__
    text = re.sub(r"\b(?:typing|decimal|hftd\.[\w.]+)\.", "", str(kind)).replace("NoneType", "None")
    return text.replace("int | float | str | Decimal", "Figure")


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | tuple) or value is None else str(value)
