"""Whether somebody opens a file: asked of the kernel, since a library may open it without Python's knowing."""

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hftd.errors import HftdError

IN_OPEN = 0x20
"""inotify(7)."""
EVENTS = 4096


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[Callable[[], bool]]:
    """A function that says whether any of ``paths`` was opened since it was last asked, or since this began.

    Raises HftdError where the kernel watches no files.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watch < 0:
        raise HftdError(f"files cannot be watched: {os.strerror(ctypes.get_errno())}")
    try:
        for path in paths:
            if libc.inotify_add_watch(watch, os.fsencode(path), IN_OPEN) < 0:
                raise HftdError(f"{path}: cannot be watched: {os.strerror(ctypes.get_errno())}")
        yield lambda: _any(watch)
    finally:
        os.close(watch)


def _any(watch: int) -> bool:
    found = False
    while True:
        try:
            found = bool(os.read(watch, EVENTS)) or found
        except BlockingIOError:
            return found
