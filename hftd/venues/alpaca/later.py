"""Libraries another one imports, and what we use of that one never needs: they are loaded at their first use, if ever.

alpaca-py imports pandas and numpy for tables we never ask it for; they are two thirds of its import and 90 MB.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for the library of its name."""

    importing = True
    """Whether it is only being imported: names taken from it stand in annotations, and any object will do."""

    def __getattr__(self, name: str) -> Any:
        """What the library has by this name. Raises AttributeError, ImportError."""
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        return object if self.importing else getattr(import_module(self.__name__), name)


@contextmanager
def later(*names: str) -> Iterator[None]:
    """Within the block, importing one of these libraries takes no time, unless it was imported before."""
    standing = [Later(name) for name in names if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in standing})
    try:
        yield
    finally:
        for module in standing:
            module.importing = False
            del sys.modules[module.__name__]
