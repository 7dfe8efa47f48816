"""The kill switch on disk: thrown once, it stays thrown through restarts and nights, until an operator resets it."""

import os
from contextlib import suppress
from pathlib import Path

from hftd.errors import HftdError

NAME = "halted"
LONGEST = 500  # characters of a reason


def thrown(state: Path) -> str:
    """Why trading is stopped; empty while it is not. Raises HftdError where that cannot be known: no trading then."""
    path = state / NAME
    try:
        return path.read_text(errors="replace")[:LONGEST].strip() or "for a reason that was not written down"
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise HftdError(f"{path}: cannot be read: {error.strerror}") from error


def keep(state: Path, reason: str) -> None:
    """Write the switch down, on the disk itself; an empty ``reason`` takes it away. Raises HftdError."""
    path = state / NAME
    try:
        if not reason:
            with suppress(FileNotFoundError):
                path.unlink()
        else:
            beside = path.with_name(f"{NAME}.new")
            with beside.open("w") as file:
                file.write(reason[:LONGEST] + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        folder = os.open(state, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise HftdError(f"{path}: cannot be written: {error.strerror}") from error
