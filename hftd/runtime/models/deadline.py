"""What runs in a thread and does not come back is broken off: a rehearsing model that loops for ever, or crawls."""

import ctypes
import threading
import time
from types import TracebackType

FIRST = 20.0
"""Seconds until the first ``STRIDE`` beats: a model may take as long to be built as to be loaded."""
THEN = 5.0
"""Seconds for each ``STRIDE`` beats after that."""
STRIDE = 100
LOOK = 0.5  # seconds between two looks at how it gets on


class TooLong(KeyboardInterrupt):
    """Raised in the midst of whatever takes too long: like Ctrl-C, it is no fault of a model that an engine keeps."""


class Deadline:
    """Over the ``with`` block of one thread, which raises TooLong where beats stay away.

    What waits in C code, such as a long sleep, is broken off as that returns: PyThreadState_SetAsyncExc.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._due = time.monotonic() + FIRST
        self.beats = 0
        """How much was done."""
        self._over = threading.Event()
        self._lock = threading.Lock()

    def beat(self) -> None:
        """Say that something was done."""
        self.beats += 1
        if self.beats % STRIDE == 0:
            self._due = time.monotonic() + THEN

    def __enter__(self) -> "Deadline":
        threading.Thread(target=self._watch, name="deadline", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over.set()
        _raise_in(self._thread, None)  # one that is under way must not arrive behind the block

    def _watch(self) -> None:
        while not self._over.wait(max(0.0, min(LOOK, self._due - time.monotonic()))):
            if time.monotonic() < self._due:
                continue
            with self._lock:
                if not self._over.is_set():
                    _raise_in(self._thread, TooLong)
            return


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)
