"""What a model's handlers read and keep: its options and attributes as numbers and rows of numbers."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import getattr_static
from itertools import combinations
from typing import Any

import numpy as np
from msgspec import Struct

from hftd.lab.compiled.refusal import refuse
from hftd.lab.compiled.source import Method, method
from hftd.plugin.model import Model

Number = bool | int | float
Row = np.ndarray[Any, Any]

OWN = frozenset({"options", "view"})
WHOLE = 2**63  # numba's whole numbers have 64 bits


class Figures(Struct, frozen=True):
    """A model in numbers, by the names its methods use.

    ``options`` and ``fixed`` (attributes no handler sets) stay as they are; ``state`` is how the attributes that
    handlers set begin; ``rows`` are lists and arrays of numbers, whose elements handlers may set.
    """

    methods: Mapping[str, Method]
    options: Mapping[str, Number]
    fixed: Mapping[str, Number]
    rows: Mapping[str, Row]
    state: Mapping[str, Number]


def figures(model: Model, handlers: Iterable[str]) -> Figures:
    """All that ``handlers``, and the methods they call, need of ``model``, which has been started.

    Raises NotCompiled where something is no number.
    """
    methods: dict[str, Method] = {}
    for handler in handlers:
        _gather(model, handler, methods)
    read: dict[str, tuple[Method, ast.Attribute]] = {}
    written: set[str] = set()
    options: dict[str, Number] = {}
    for each in methods.values():
        for node in attributes(each):
            if node.attr not in OWN and node.attr not in methods:
                read.setdefault(node.attr, (each, node))
                if isinstance(node.ctx, ast.Store):
                    written.add(node.attr)
        options.update(_options(model, each))
    values = {name: _value(model, name, *where) for name, where in read.items()}
    for name in sorted(written):
        if isinstance(values[name], np.ndarray):
            raise refuse(read[name][0].file, read[name][1], f"self.{name} is a row of numbers and is set as a whole")
    _apart(model, [name for name, value in values.items() if isinstance(value, np.ndarray)], read)
    numbers = {name: value for name, value in values.items() if not isinstance(value, np.ndarray)}
    return Figures(
        methods,
        options,
        {name: value for name, value in numbers.items() if name not in written},
        {name: value for name, value in values.items() if isinstance(value, np.ndarray)},
        {name: value for name, value in numbers.items() if name in written},
    )


def attributes(of: Method) -> Iterator[ast.Attribute]:
    """Every ``self.NAME`` of a method."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == of.me:
            yield node


def number(value: object) -> Number | None:
    """``value`` as a number numba knows; None where it is none, or too large."""
    match value:
        case bool() | np.bool_():
            return bool(value)
        case int() | np.integer():
            return int(value) if abs(int(value)) < WHOLE else None
        case float() | np.floating():
            return float(value)
        case _:
            return None


def _gather(model: Model, name: str, methods: dict[str, Method]) -> None:
    if name in methods:
        return
    methods[name] = found = method(model, name)
    called = {id(node.func) for node in ast.walk(found.tree) if isinstance(node, ast.Call)}
    for node in attributes(found):
        if node.attr == "view":
            raise refuse(found.file, node, "uses self.view, which the engine alone can answer")
        if id(node) in called:
            _gather(model, node.attr, methods)


def _options(model: Model, of: Method) -> Iterator[tuple[str, Number]]:
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Attribute) and _is_options(node.value, of):
            value = number(getattr(model.options, node.attr, None))
            if value is not None:
                yield node.attr, value


def _apart(model: Model, rows: Sequence[str], read: Mapping[str, tuple[Method, ast.Attribute]]) -> None:
    """Raise NotCompiled where two names are one row: each would have its own."""
    for one, other in combinations(rows, 2):
        first, second = vars(model)[one], vars(model)[other]
        if first is second or (
            isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and np.shares_memory(first, second)
        ):
            raise refuse(read[other][0].file, read[other][1], f"self.{one} and self.{other} are one row of numbers")


def _is_options(node: ast.expr, of: Method) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "options"
        and isinstance(node.value, ast.Name)
        and node.value.id == of.me
    )


def _value(model: Model, name: str, of: Method, node: ast.Attribute) -> Number | Row:
    if name in vars(model):
        value = vars(model)[name]
    else:
        value = getattr_static(type(model), name, None)
        if isinstance(value, np.ndarray | list):
            raise refuse(of.file, node, f"self.{name} belongs to the class, expected it to be set in start()")
    if isinstance(value, list | np.ndarray):
        row = np.array(value)
        if row.ndim == 1 and len(row) and row.dtype in (np.float64, np.int64, np.bool_):
            return row.astype(np.float64 if row.dtype == np.float64 else np.int64)
    found = number(value)
    if found is None:
        kind = "None" if value is None else f"a {type(value).__name__}"
        raise refuse(of.file, node, f"self.{name} begins as {kind}, expected a number")
    return found
