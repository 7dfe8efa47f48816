"""Why a model is not compiled."""

import ast

from hftd.errors import HftdError


class NotCompiled(HftdError):
    """A model, or a tape, is left to the engine; the message says why in one line."""


def refuse(file: str, node: ast.AST, what: str) -> NotCompiled:
    """The error that names the line of ``file`` that is not understood."""
    return NotCompiled(f"{file}:{getattr(node, 'lineno', 1)}: {what}")
