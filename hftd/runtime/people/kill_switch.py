"""The kill switch on disk: thrown once, it stays thrown through restarts and nights, until an operator resets it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hftd.errors import HftdError

NAME = "halted"
FLATTEN = "flatten"  # the second line of that file, where positions are traded away too
RELEASE = "resume"  # in its place while no daemon runs: the user who lets the next one trade again
LONGEST = 500  # characters of a reason


def thrown(state: Path) -> str:
    """Why trading is stopped; empty while it is not. Raises HftdError where that cannot be known: no trading then."""
    return _switch(state)[0]


def flattens(state: Path) -> bool:
    """Whether positions are to be traded away too, when the market is open. Raises HftdError as ``thrown`` does."""
    return _switch(state)[1]


def keep(state: Path, reason: str, *, flatten: bool = False) -> None:
    """Write the switch down, on the disk itself; an empty ``reason`` takes it away. Raises HftdError."""
    with _told(state / NAME):
        if reason:
            _write(state / NAME, " ".join(reason.split())[:LONGEST] + (f"\n{FLATTEN}" if flatten else ""))
        else:
            (state / NAME).unlink(missing_ok=True)
        (state / RELEASE).unlink(missing_ok=True)
        _settle(state)


def throw(state: Path, reason: str, *, flatten: bool) -> None:
    """Throw the switch in a daemon's place; what was to be traded away already still is. Raises HftdError."""
    with suppress(HftdError):  # one that cannot be read is written anew
        flatten = flatten or flattens(state)
    keep(state, reason, flatten=flatten)


def release(state: Path, by: str) -> None:
    """Note that the user ``by`` lets the next daemon trade again; it takes the switch away itself. Raises HftdError.

    The switch alone would not do: the day's journal remembers a halt too, and only a command in it ends that.
    """
    with _told(state / RELEASE):
        _write(state / RELEASE, by[:LONGEST])
        _settle(state)


def released_by(state: Path) -> str:
    """Who left word that trading may go on; empty where nobody did, or it cannot be read."""
    try:
        return _read(state / RELEASE)
    except OSError:
        return ""


def _switch(state: Path) -> tuple[str, bool]:
    path = state / NAME
    try:
        reason, _, more = _read(path).partition("\n")
    except FileNotFoundError:
        return "", False
    except OSError as error:
        raise HftdError(f"{path}: cannot be read: {error.strerror}") from error
    return reason.strip() or "for a reason that was not written down", more.strip() == FLATTEN


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HftdError(f"{path}: cannot be written: {error.strerror}") from error


# Root reads and writes here too, in a folder of a user who may be nobody's friend by then: no link is followed.


def _read(path: Path) -> str:
    with open(path, errors="replace", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
        return file.read(LONGEST + len(FLATTEN) + 1).strip()


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)  # what an earlier attempt left
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
        if os.geteuid() == 0:  # root speaks for the daemon, which must be able to read it
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _settle(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
