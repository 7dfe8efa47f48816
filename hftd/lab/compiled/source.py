"""The source of a method that is loaded, certain to be what runs."""

import ast
from collections.abc import Iterator
from inspect import ismethod
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from msgspec import Struct

from hftd.lab.compiled.refusal import NotCompiled, refuse


class Method(Struct, frozen=True):
    """One method of a model: its syntax tree, the file it stands in, and the names its module gives it."""

    name: str
    file: str
    tree: ast.FunctionDef
    world: dict[str, Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its parameters, ``self`` left out."""
        return tuple(argument.arg for argument in self.tree.args.args[1:])

    @property
    def me(self) -> str:
        """What it calls the model: ``self``."""
        return self.tree.args.args[0].arg


def method(model: object, name: str) -> Method:
    """The method ``name`` of ``model`` as its file has it. Raises NotCompiled where that cannot be told."""
    bound = getattr(model, name, None)
    function = bound.__func__ if ismethod(bound) and bound.__self__ is model else None
    if not isinstance(function, FunctionType):
        raise NotCompiled(f"{type(model).__name__}.{name} is no plain method")
    code = function.__code__
    file = code.co_filename
    tree = _tree(file, code)
    plain = tree.args
    if plain.vararg or plain.kwarg or plain.kwonlyargs or plain.posonlyargs or plain.defaults or not plain.args:
        raise refuse(file, tree, f"{name} takes other parameters than plain ones")
    if tree.decorator_list:
        raise refuse(file, tree, f"{name} is decorated")
    if code.co_freevars:
        raise refuse(file, tree, f"{name} uses {code.co_freevars[0]} of the function around it")
    return Method(name, file, tree, function.__globals__)


def _tree(file: str, code: CodeType) -> ast.FunctionDef:
    try:
        source = Path(file).read_bytes()
        parsed = ast.parse(source, file)
        whole = compile(source, file, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError) as error:
        raise NotCompiled(f"{file}: its source cannot be read any more") from error
    # A file that was edited since it was loaded may hold another rule in the same place.
    if not any(each == code for each in _codes(whole)):
        raise NotCompiled(f"{file}: {code.co_name} is not what was loaded, the file has changed")
    for node in ast.walk(parsed):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and _first_line(node) == code.co_firstlineno:
            return node
    raise NotCompiled(f"{file}:{code.co_firstlineno}: {code.co_name} is no `def`")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _first_line(node: ast.FunctionDef) -> int:
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno
