"""pyarrow, which reads and writes Parquet: an extra, imported when the first such file is opened."""

from importlib import import_module
from pathlib import Path
from typing import Any

from hftd.errors import HftdError, to_install


def arrow(path: Path) -> tuple[Any, Any]:
    """The modules ``pyarrow`` and ``pyarrow.parquet``, for ``path``. Raises HftdError where they are not installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise HftdError(f"{path}: Parquet needs pyarrow: {to_install('lab')}") from error
