"""A model's handlers as a program of plain functions over numbers, and the loop that calls them."""

import ast
from collections.abc import Sequence
from itertools import count

from msgspec import Struct

from hftd.lab.compiled.expressions import Expressions
from hftd.lab.compiled.figures import Figures, attributes
from hftd.lab.compiled.refusal import refuse
from hftd.lab.compiled.scope import COLUMNS, Scope, name
from hftd.lab.compiled.source import Method
from hftd.lab.compiled.statements import GIVEN, Statements, leaves
from hftd.lab.compiled.wishes import wish

HANDLERS = {"on_trade": "trade", "on_quote": "quote"}


class Function(Struct, frozen=True):
    """A compiled method: what it is called, whether it gives a number, whether it sets anything of the model."""

    called: str
    gives: bool
    changes: bool


class Program:
    """Grows by one function for each method and kind of event. ``text`` is the whole of it as Python."""

    def __init__(self, figures: Figures, symbol: str) -> None:
        self._figures = figures
        self._symbol = symbol
        self._functions: dict[tuple[str, str, tuple[bool, ...]], Function] = {}
        self._begun: list[str] = []
        self._parts: list[str] = []
        self._numbers = count()
        self.state = [f"s_{each}" for each in figures.state]
        self.given = [
            *(f"o_{each}" for each in figures.options),
            *(f"p_{each}" for each in figures.fixed),
            *(f"r_{each}" for each in figures.rows),
        ]

    @property
    def text(self) -> str:
        """Every function, those that are called first."""
        return "\n\n".join(self._parts)

    def append(self, function: str) -> None:
        """Add a function as text."""
        self._parts.append(function)

    def handler(self, handler: str) -> Function:
        """The function for ``on_trade`` or ``on_quote``: code and shares of its wish, then the state."""
        method = self._figures.methods[handler]
        if len(method.parameters) != 1:
            raise refuse(method.file, method.tree, f"{handler} takes {len(method.parameters)} parameters, expected one")
        return self._function(handler, HANDLERS[handler], (True,))

    def _function(self, method: str, kind: str, events: tuple[bool, ...]) -> Function:
        key = (method, kind, events)
        if key not in self._functions:
            found = self._figures.methods[method]
            if method in self._begun:
                raise refuse(found.file, found.tree, f"{method} calls itself")
            self._begun.append(method)
            self._functions[key] = self._made(found, kind, events)
            self._begun.pop()
        return self._functions[key]

    def _made(self, method: Method, kind: str, events: tuple[bool, ...]) -> Function:
        by_event = dict(zip(method.parameters, events, strict=True))
        numbers = [parameter for parameter, event in by_event.items() if not event]
        scope = Scope(
            method, kind, self._figures, self._symbol,
            frozenset(parameter for parameter, event in by_event.items() if event), set(numbers),
        )  # fmt: skip
        function = Function(f"f{next(self._numbers)}", _gives(method), self._changes(method.name))
        expressions = Expressions(scope, self._call)
        handler = method.name if method.name in HANDLERS else ""

        def leave(value: ast.expr | None) -> list[ast.stmt]:
            parts: Sequence[ast.expr]
            if handler:
                parts = wish(value, handler, expressions)
            else:
                parts = (ast.Constant(0) if not function.gives or value is None else expressions.put(value),)
            return [_return([*parts, *(map(name, self.state) if function.changes else ())])]

        def act(call: ast.Call, wanted: bool) -> ast.stmt | None:
            return self._act(scope, call, wanted)

        body = Statements(expressions, leave, act).body(method.tree.body)
        if not leaves(method.tree.body):
            body += leave(None)
        arguments = [f"e_{column}" for column in COLUMNS[kind]] + [f"v_{each}" for each in numbers]
        self.append(_def(function.called, [*arguments, *self.given, *self.state], body))
        return function

    # ---- the model's own methods, called by another -------------------------------------------------------------

    def _call(self, scope: Scope, call: ast.Call) -> ast.expr | None:
        function, made = self._called(scope, call)
        if function is not None and function.changes:
            raise scope.refuse(call, f"{ast.unparse(call.func)}() sets attributes and is called inside an expression")
        if function is not None and not function.gives:
            raise scope.refuse(call, f"{ast.unparse(call.func)}() gives no number")
        return made

    def _act(self, scope: Scope, call: ast.Call, wanted: bool) -> ast.stmt | None:
        function, made = self._called(scope, call)
        if function is None or made is None:
            return None
        if wanted and not function.gives:
            raise scope.refuse(call, f"{ast.unparse(call.func)}() gives no number")
        state = self.state if function.changes else ()
        names: list[ast.expr] = [ast.Name(each, ast.Store()) for each in (GIVEN, *state)]
        return ast.Assign([_together(names, ast.Store())], made)

    def _called(self, scope: Scope, call: ast.Call) -> tuple[Function | None, ast.expr | None]:
        match call.func:
            case ast.Attribute(value=ast.Name(id=me), attr=attr) if me == scope.method.me:
                method = self._figures.methods[attr]
            case _:
                return None, None
        if attr in HANDLERS:
            raise scope.refuse(call, f"calls {attr}() itself")
        if call.keywords or len(call.args) != len(method.parameters):
            raise scope.refuse(call, f"{ast.unparse(call.func)}() with other arguments than {len(method.parameters)}")
        events = tuple(isinstance(each, ast.Name) and each.id in scope.events for each in call.args)
        function = self._function(attr, scope.kind, events)
        put = Expressions(scope, self._call).put
        numbers = [put(each) for each, event in zip(call.args, events, strict=True) if not event]
        passed = [f"e_{column}" for column in COLUMNS[scope.kind]], [*self.given, *self.state]
        return function, ast.Call(name(function.called), [*map(name, passed[0]), *numbers, *map(name, passed[1])], [])

    def _changes(self, method: str) -> bool:
        """Whether a method, or one that it calls, sets an attribute or an element of one."""
        reached, open_ = {method}, [method]
        while open_:
            found = self._figures.methods[open_.pop()]
            for node in ast.walk(found.tree):
                if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                    return True
            more = {node.attr for node in attributes(found)} & self._figures.methods.keys() - reached
            reached |= more
            open_ += more
        return False


def _gives(method: Method) -> bool:
    """Whether a method gives a number. Raises NotCompiled where it sometimes does."""
    if method.name in HANDLERS:
        return False
    returns = [node for node in ast.walk(method.tree) if isinstance(node, ast.Return)]
    empty = [node for node in returns if node.value is None]
    if len(empty) == len(returns):
        return False
    if empty or not leaves(method.tree.body):
        raise refuse(method.file, method.tree, f"{method.name} gives a number on some ways and nothing on others")
    return True


def _return(parts: Sequence[ast.expr]) -> ast.stmt:
    return ast.Return(_together(list(parts), ast.Load()))


def _together(parts: list[ast.expr], context: ast.expr_context) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.Tuple(parts, context)


def _def(called: str, arguments: Sequence[str], body: list[ast.stmt]) -> str:
    module = ast.Module(body, [])
    lines = ast.unparse(ast.fix_missing_locations(module)).splitlines()
    return "\n".join([f"def {called}({', '.join(arguments)}):", *(f"    {line}" for line in lines)])
