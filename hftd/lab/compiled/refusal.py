"""Why a model is left to the plain lane."""

import ast

from hftd.errors import HftdError


class NotCompiled(HftdError):
    """The compiled lane does not take this model, or this tape; the message says why in one line."""


def refuse(file: str, node: ast.AST, what: str) -> NotCompiled:
    """The error that names the line of ``file`` that is not understood."""
    return NotCompiled(f"{file}:{getattr(node, 'lineno', 1)}: {what}")
