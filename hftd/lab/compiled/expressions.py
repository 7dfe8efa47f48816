"""Expressions of a model's method, put in terms of numbers alone."""

import ast
import builtins
import math
from collections.abc import Callable, Mapping
from typing import Any

from hftd.lab.compiled import arithmetic
from hftd.lab.compiled.scope import Scope, name

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
FEWEST = 2  # arguments of min and max: of one they want a list

# Functions a model may call, and what compiled code calls instead.
FUNCTIONS: tuple[tuple[Callable[..., Any], str], ...] = (
    (builtins.abs, "abs"), (builtins.min, "min"), (builtins.max, "max"), (builtins.float, "real"),
    (builtins.bool, "bool"), (builtins.int, "whole"), (builtins.round, "nearest"), (math.sqrt, "root"),
    (math.log, "logarithm"), (math.exp, "power_of_e"), (math.floor, "floor"), (math.ceil, "ceiling"),
    (math.fabs, "abs"), (math.isfinite, "isfinite"), (math.isnan, "isnan"),
)  # fmt: skip
GIVEN: Mapping[str, Callable[..., Any]] = {
    **{each.__name__: each for each in (
        arithmetic.whole, arithmetic.real, arithmetic.nearest, arithmetic.nearest_place, arithmetic.root,
        arithmetic.logarithm, arithmetic.power_of_e, arithmetic.floor, arithmetic.ceiling,
    )},
    "isfinite": math.isfinite, "isnan": math.isnan,
}  # fmt: skip
"""What compiled code may call by name, numba's own aside."""

Call = Callable[[Scope, ast.Call], ast.expr | None]


class Expressions:
    """Turns one expression into another. ``own_call`` puts a call of one of the model's own methods."""

    def __init__(self, scope: Scope, own_call: Call) -> None:
        self.scope = scope
        self._own_call = own_call

    def put(self, node: ast.expr) -> ast.expr:
        """``node`` in terms of numbers. Raises NotCompiled where it is not understood."""
        scope = self.scope
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return node
            case ast.Name():
                found = scope.local(node) or scope.constant(node)
                if found is None:
                    raise scope.refuse(node, f"uses {node.id}, which is no number")
                return found
            case ast.Attribute():
                return scope.attribute(node)
            case ast.BinOp(left, operator, right) if isinstance(operator, OPERATORS):
                return ast.BinOp(self.put(left), operator, self.put(right))
            case ast.UnaryOp(ast.USub() | ast.UAdd() | ast.Not() as operator, operand):
                return ast.UnaryOp(operator, self.put(operand))
            case ast.BoolOp(operator, values):
                return ast.BoolOp(operator, [self.put(value) for value in values])
            case ast.IfExp(test, body, orelse):
                return ast.IfExp(self.put(test), self.put(body), self.put(orelse))
            case ast.Compare():
                return self._compare(node)
            case ast.Subscript(value, index) if not isinstance(index, ast.Slice):
                row = scope.row(value)
                if row is not None:
                    return ast.Subscript(row, self.put(index), ast.Load())
            case ast.Call():
                return self._call(node)
        raise scope.refuse(node, f"`{ast.unparse(node)}` is not understood")

    def _compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) == 1:
            left, operator, right = node.left, node.ops[0], node.comparators[0]
            if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List | ast.Set):
                return self._among(left, right.elts, isinstance(operator, ast.NotIn))
            one, other = self.scope.is_symbol(left), self.scope.is_symbol(right)
            if one is not None and other is not None and isinstance(operator, ast.Eq | ast.NotEq):
                return self._symbols(node, one, other, isinstance(operator, ast.Eq))
        if not all(isinstance(operator, COMPARISONS) for operator in node.ops):
            raise self.scope.refuse(node, f"`{ast.unparse(node)}` is not understood")
        return ast.Compare(self.put(node.left), node.ops, [self.put(each) for each in node.comparators])

    def _symbols(self, node: ast.Compare, one: bool, other: bool, equal: bool) -> ast.expr:
        if not one and not other:
            raise self.scope.refuse(node, "compares two symbols that are not the model's")
        return ast.Constant((one and other) == equal)

    def _among(self, left: ast.expr, elements: list[ast.expr], absent: bool) -> ast.expr:
        # Whatever is asked for is a number that stays as it is, so asking for it again changes nothing.
        asked = [ast.Compare(self.put(left), [ast.Eq()], [self.put(element)]) for element in elements]
        found: ast.expr = ast.BoolOp(ast.Or(), [ast.Constant(False), *asked])
        return ast.UnaryOp(ast.Not(), found) if absent else found

    def _call(self, node: ast.Call) -> ast.expr:
        own = self._own_call(self.scope, node)
        if own is not None:
            return own
        function, words = self.scope.outside(node.func), ast.unparse(node.func)
        if function is builtins.len and len(node.args) == 1:
            row = self.scope.row(node.args[0])
            if row is not None:
                return ast.Call(name("len"), [row], [])
        known = next((put for python, put in FUNCTIONS if python is function), None)
        if known is None or node.keywords:
            raise self.scope.refuse(node, f"calls {words}(), which is not compiled")
        if len(node.args) != 1 and function not in (builtins.min, builtins.max, builtins.round):
            raise self.scope.refuse(node, f"calls {words}() with {len(node.args)} arguments, expected 1")
        if function in (builtins.min, builtins.max) and len(node.args) < FEWEST:
            raise self.scope.refuse(node, f"calls {words}() of a list, expected two numbers or more")
        arguments = [self.put(argument) for argument in node.args]
        if function is builtins.round and len(arguments) == FEWEST:
            return ast.Call(name("nearest_place"), arguments, [])
        return ast.Call(name(known), arguments, [])
