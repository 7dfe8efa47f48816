"""Run a plugin file as a fresh module. Nothing is written beside it, and nothing is left behind when it fails."""

import sys
import traceback
from pathlib import Path
from types import ModuleType

from hftd.errors import PluginError
from hftd.plugin.beside import Beside

LONGEST = 200
"""Characters of an exception's text that are worth repeating in a message."""


def run(path: Path, source: bytes, digest: str, beside: Beside | None = None) -> ModuleType:
    """The module ``source`` makes, named after the file and its digest. Raises PluginError with the line at fault.

    ``beside``: the modules of its folder it may import. It stays in ``sys.modules`` (``forget`` takes it out), where
    annotations and pickles look for it.
    """
    module = ModuleType(f"hftd_plugin_{path.stem}_{digest[:12]}")
    module.__file__ = str(path)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    if beside is not None:
        beside.admit(module)
    try:
        code = compile(source, str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - running the user's file is what a plugin is
    except BaseException as error:
        forget(module)
        if beside is not None:
            beside.forget()
        if before is not None:
            sys.modules[module.__name__] = before
        if isinstance(error, KeyboardInterrupt):
            raise
        raise PluginError(f"{blame(error, path)}: {said(error)}") from error
    return module


def forget(module: ModuleType) -> None:
    """Take ``module`` out of ``sys.modules``, unless another has its name by now."""
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


def blame(error: BaseException, path: Path) -> str:
    """``path:line`` of what raised, the line being the last one of the plugin's own; ``path`` where it has none."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}:{error.lineno}" if error.lineno else str(path)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}:{lines[-1]}" if lines else str(path)


def said(error: BaseException) -> str:
    """The exception's type and text, on one line."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    line = " ".join(f"{type(error).__name__}: {text}".split()).removesuffix(":")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
