"""What a handler returns, as a code and a number of shares."""

import ast
from collections.abc import Mapping
from typing import Any

from hftd.core.intents import buy, sell, target
from hftd.lab.compiled.expressions import Expressions
from hftd.lab.compiled.scope import name

NOTHING, BUY, SELL, TARGET = 0, 1, 2, 3
CODES: Mapping[Any, int] = {buy: BUY, sell: SELL, target: TARGET}
PARTS = ("symbol", "shares")


def wish(node: ast.expr | None, handler: str, expressions: Expressions) -> tuple[ast.expr, ast.expr]:
    """Code and shares of what ``return node`` of ``handler`` wishes. Raises NotCompiled for another kind of wish."""
    scope = expressions.scope
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return ast.Constant(NOTHING), ast.Constant(0.0)
    if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
        raise scope.refuse(node, f"{handler} returns a {'tuple' if isinstance(node, ast.Tuple) else 'list'}")
    if not isinstance(node, ast.Call):
        raise scope.refuse(node, f"{handler} returns `{ast.unparse(node)}`, expected buy(), sell(), target() or None")
    function = scope.outside(node.func)
    code = next((code for made, code in CODES.items() if made is function), None)
    words = ast.unparse(node.func)
    if code is None:
        raise scope.refuse(node, f"{handler} returns {words}(), expected buy(), sell(), target() or None")
    parts = dict(zip(PARTS, node.args, strict=False)) | {each.arg or "**": each.value for each in node.keywords}
    extra = [each for each in parts if each not in PARTS] + ["a limit"] * (len(node.args) > len(PARTS))
    if extra or len(parts) != len(PARTS):
        raise scope.refuse(node, f"{words}() with {extra[0] if extra else 'too little'}, expected symbol and shares")
    if scope.is_symbol(parts["symbol"]) is not True:
        raise scope.refuse(node, f"{words}() of `{ast.unparse(parts['symbol'])}`, expected the symbol {scope.symbol}")
    return ast.Constant(code), ast.Call(name("real"), [expressions.put(parts["shares"])], [])
