"""Libraries only sweeps need, imported when they are."""

from importlib import import_module
from typing import Any

from hftd.errors import HftdError, to_install


def needed(name: str, extra: str = "sweep") -> Any:
    """The library ``name``. Raises HftdError that names the extra it comes with where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise HftdError(f"a sweep needs {name}: {to_install(extra)}") from error
