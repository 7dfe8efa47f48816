"""The body of a model's method, put in terms of numbers alone."""

import ast
from collections.abc import Callable, Sequence
from copy import deepcopy

from hftd.lab.compiled.expressions import Expressions
from hftd.lab.compiled.scope import name

Leave = Callable[[ast.expr | None], list[ast.stmt]]
"""What stands for ``return``."""
Act = Callable[[ast.Call, bool], ast.stmt | None]
"""What stands for a call of an own method, which may change the model: its value, if it is wanted, is ``GIVEN``."""

GIVEN = "v_"


class Statements:
    """Turns one statement after the other into compiled ones."""

    def __init__(self, expressions: Expressions, leave: Leave, act: Act) -> None:
        self._put = expressions.put
        self._scope = expressions.scope
        self._leave = leave
        self._act = act

    def body(self, nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements for ``nodes``; what is not understood raises NotCompiled."""
        return [made for node in nodes for made in self._one(node)] or [ast.Pass()]

    def _one(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Pass() | ast.Expr(ast.Constant()) | ast.AnnAssign(value=None) | ast.Break() | ast.Continue():
                return [node] if isinstance(node, ast.Break | ast.Continue) else []
            case ast.Return(value=value):
                return self._return(value)
            case ast.If():
                return [self._if(node)]
            case ast.For():
                return [self._for(node)]
            case ast.Expr(value=ast.Call() as call):
                made = self._act(call, False)
                if made is not None:
                    return [made]
            case ast.Assign(targets=targets, value=value):
                return self._assign(targets, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                return self._assign([target], value)
            case ast.AugAssign(target=target, op=operator, value=value):
                return self._assign([target], ast.copy_location(ast.BinOp(_read(target), operator, value), node))
        first = ast.unparse(node).partition("\n")[0]
        raise self._scope.refuse(node, f"`{first}` is not understood")

    def _return(self, value: ast.expr | None) -> list[ast.stmt]:
        if isinstance(value, ast.IfExp):
            return [ast.If(self._put(value.test), self._return(value.body), self._return(value.orelse))]
        return self._leave(value)

    def _if(self, node: ast.If) -> ast.stmt:
        test, known = self._put(node.test), self._scope.known
        before = set(known)
        body = self.body(node.body)
        after_body = set(known)
        self._know(before)
        orelse = self.body(node.orelse) if node.orelse else []
        # A branch that leaves says nothing about what holds after it.
        if leaves(node.orelse):
            self._know(after_body)
        elif not leaves(node.body):
            self._know(after_body & known)
        return ast.If(test, body, orelse)

    def _for(self, node: ast.For) -> ast.stmt:
        call = node.iter
        ranged = isinstance(call, ast.Call) and self._scope.outside(call.func) is range and not call.keywords
        if not ranged or not isinstance(call, ast.Call) or not isinstance(node.target, ast.Name) or node.orelse:
            raise self._scope.refuse(node, "a loop over something else than range()")
        over = ast.Call(name("range"), [self._put(argument) for argument in call.args], [])
        before = set(self._scope.known)
        self._scope.known.add(node.target.id)
        body = self.body(node.body)
        self._know(before)
        return ast.For(_stored(name(f"v_{node.target.id}")), over, body, [])

    def _assign(self, targets: list[ast.expr], value: ast.expr) -> list[ast.stmt]:
        first: list[ast.stmt] = []
        if isinstance(value, ast.Tuple) and all(
            isinstance(target, ast.Tuple) and len(target.elts) == len(value.elts) for target in targets
        ):
            put: ast.expr = ast.Tuple([self._put(each) for each in value.elts], ast.Load())
        else:
            first, put = self._value(value)
            if any(self._is_whole_row(target) for target in targets):
                put = ast.BinOp(put, ast.BitOr(), ast.Constant(0))  # numba knows no such thing of a float
        made = ast.Assign([self._target(target) for target in targets], put)
        self._learn(targets)
        return [*first, made]

    def _value(self, node: ast.expr) -> tuple[list[ast.stmt], ast.expr]:
        """What comes before, and the value: a call of an own method sets the model's attributes first."""
        if isinstance(node, ast.Call):
            acted = self._act(node, True)
            if acted is not None:
                return [acted], name(GIVEN)
        return [], self._put(node)

    def _target(self, node: ast.expr) -> ast.expr:
        scope = self._scope
        match node:
            case ast.Name(id=local) if local not in scope.events:
                return _stored(name(f"v_{local}"))
            case ast.Attribute(value=ast.Name(id=me)) if me == scope.method.me:
                return _stored(scope.attribute(node))
            case ast.Subscript():
                return _stored(self._put(ast.Subscript(node.value, node.slice, ast.Load())))
            case ast.Tuple(elts=elements) if not any(isinstance(each, ast.Subscript) for each in elements):
                return ast.Tuple([self._target(element) for element in elements], ast.Store())
        raise scope.refuse(node, f"`{ast.unparse(node)}` cannot be set")

    def _is_whole_row(self, target: ast.expr) -> bool:
        row = self._scope.figures.rows.get(target.value.attr) if (
            isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute)
        ) else None  # fmt: skip
        return row is not None and row.dtype.kind == "i"

    def _know(self, names: set[str]) -> None:
        self._scope.known.clear()
        self._scope.known.update(names)

    def _learn(self, targets: Sequence[ast.expr]) -> None:
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    self._scope.known.add(each.id)


def _read(target: ast.expr) -> ast.expr:
    read = deepcopy(target)
    if isinstance(read, ast.Name | ast.Attribute | ast.Subscript):
        read.ctx = ast.Load()
    return read


def _stored(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        node.ctx = ast.Store()
    return node


def leaves(nodes: Sequence[ast.stmt]) -> bool:
    """Whether nothing after ``nodes`` is reached through them."""
    if not nodes:
        return False
    last = nodes[-1]
    if isinstance(last, ast.If):
        return leaves(last.body) and leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Break | ast.Continue)
