"""What names mean inside one method that is being compiled for one kind of event."""

import ast
import builtins
from collections.abc import Mapping
from inspect import ismodule
from math import isnan
from typing import Any

from msgspec import Struct

from hftd.lab.compiled.figures import Figures, number
from hftd.lab.compiled.refusal import NotCompiled, refuse
from hftd.lab.compiled.source import Method

# Kinds of events, and their fields that are numbers on a tape, each with the column it is.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "trade": {"price": "price", "size": "size", "ts": "ts", "seen": "at"},
    "quote": {"bid": "bid", "bid_size": "bid_size", "ask": "ask", "ask_size": "ask_size", "ts": "ts", "seen": "at"},
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(dict.fromkeys(fields.values())) for kind, fields in FIELDS.items()
}


class Scope(Struct, frozen=True):
    """``events`` are the parameters that stand for the event, ``known`` the local names that hold a number by now."""

    method: Method
    kind: str
    figures: Figures
    symbol: str
    events: frozenset[str]
    known: set[str]

    def refuse(self, node: ast.AST, what: str) -> NotCompiled:
        """The error that names the line."""
        return refuse(self.method.file, node, what)

    def local(self, node: ast.Name) -> ast.expr | None:
        """A local name in compiled code; None where it is none of the method's own."""
        if node.id in self.known:
            return name(f"v_{node.id}")
        if node.id in self.events:
            raise self.refuse(node, f"uses the whole {self.kind}, expected one of its fields")
        stored = {each.id for each in ast.walk(self.method.tree)
                  if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}  # fmt: skip
        if node.id in stored:
            raise self.refuse(node, f"{node.id} may have no value here")
        return None

    def outside(self, node: ast.expr) -> Any:
        """What a name, or a name in a module, of the file means; None where it means nothing or is a local's."""
        match node:
            case ast.Name(id=known) if known not in self.known | self.events and known != self.method.me:
                world = self.method.world
                return world[known] if known in world else getattr(builtins, known, None)
            case ast.Attribute(value=ast.Name() as module, attr=attr):
                found = self.outside(module)
                return getattr(found, attr, None) if ismodule(found) else None
            case _:
                return None

    def constant(self, node: ast.expr) -> ast.expr | None:
        """A number the file names, as it is now."""
        value = number(self.outside(node))
        return None if value is None else literal(value)

    def attribute(self, node: ast.Attribute) -> ast.expr:
        """A field of the event, an option or an attribute of the model, as a name in compiled code."""
        match node.value:
            case ast.Name(id=event) if event in self.events:
                column = FIELDS[self.kind].get(node.attr)
                if column is None:
                    raise self.refuse(node, f"uses {event}.{node.attr}, which is no number of a tape")
                return name(f"e_{column}")
            case ast.Name(id=me) if me == self.method.me:
                for mark, names in (("s", self.figures.state), ("p", self.figures.fixed)):
                    if node.attr in names:
                        return name(f"{mark}_{node.attr}")
                raise self.refuse(node, f"uses self.{node.attr} as a number, which it is not")
            case ast.Attribute(value=ast.Name(id=me), attr="options") if me == self.method.me:
                if node.attr in self.figures.options:
                    return name(f"o_{node.attr}")
                raise self.refuse(node, f"uses self.options.{node.attr}, which is no number")
        found = self.constant(node)
        if found is None:
            raise self.refuse(node, f"uses {ast.unparse(node)}, which is no number")
        return found

    def row(self, node: ast.expr) -> ast.expr | None:
        """A row of numbers of the model; None where ``node`` is none."""
        match node:
            case ast.Attribute(value=ast.Name(id=me), attr=attr) if me == self.method.me and attr in self.figures.rows:
                return name(f"r_{attr}")
            case _:
                return None

    def is_symbol(self, node: ast.expr) -> bool | None:
        """Whether ``node`` is the symbol that is traded; None where it is no symbol at all."""
        match node:
            case ast.Attribute(value=ast.Name(id=event), attr="symbol") if event in self.events:
                return True
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=me), attr="options"), attr="symbol"):
                return True if me == self.method.me else None
            case ast.Constant(value=str(text)):
                return text == self.symbol
        named = self.outside(node)
        return named == self.symbol if isinstance(named, str) else None


def name(text: str) -> ast.Name:
    """``text`` as a name that is read."""
    return ast.Name(text, ast.Load())


def literal(value: bool | float) -> ast.expr:
    """A number as it is written; NaN, which has no digits, as the difference of infinities."""
    if isnan(value):
        return ast.BinOp(ast.Constant(float("inf")), ast.Sub(), ast.Constant(float("inf")))
    return ast.Constant(value)
