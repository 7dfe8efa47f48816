"""One process that plays trials, one after the other, and the pipe between it and the sweep."""

import ctypes
import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any

from hftd.errors import HftdError
from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.play import play
from hftd.lab.sweep.space import Values

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


class Worker:
    """A process with the tape in its memory. It dies with the one that began it, however that dies."""

    def __init__(self, packed: bytes) -> None:
        context = get_context("spawn")  # not forked: libraries may have threads running here
        self.line: Connection[Any, Any]
        self.line, its = context.Pipe()
        self._process = context.Process(target=_work, args=(os.getpid(), its, packed), daemon=True)
        with _deaf():
            self._process.start()
        its.close()  # so that its death is this line's end
        self._given: deque[int] = deque()

    @property
    def busy(self) -> int:
        """How many trials it was given and has not answered."""
        return len(self._given)

    def give(self, number: int, values: Values, span: Span | None) -> None:
        """Have a trial played after those it was given before. Raises HftdError where it is dead."""
        self._given.append(number)  # first: Ctrl-C may come at any moment, and it is killed if it is busy
        try:
            self.line.send((values, span))
        except OSError as error:
            raise _lost() from error

    def answer(self) -> tuple[int, Result]:
        """The next trial it has played, waited for. Raises HftdError as ``play``, and where it is dead."""
        try:
            said = self.line.recv()
        except (EOFError, OSError) as error:
            raise _lost() from error
        if isinstance(said, Exception):
            raise said
        return self._given.popleft(), said

    def leave(self) -> None:
        """Have it end, now if it is busy: nobody waits for what it plays."""
        if self._given:
            self._process.kill()
        self.line.close()

    def join(self) -> None:
        """Wait for its end."""
        self._process.join()


def _lost() -> HftdError:
    return HftdError("a worker of the sweep died: killed, or out of memory (fewer --workers need less)")


@contextmanager
def _deaf() -> Iterator[None]:
    """A process begun meanwhile never hears Ctrl-C: the sweep does, and says what there is to say."""
    resource_tracker.ensure_running()  # else the first process begins it, which ends what is set here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(parent: int, line: "Connection[Any, Any]", packed: bytes) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    with suppress(EOFError):  # the parent has left
        while True:
            values, span = line.recv()
            line.send(_played(packed, values, span))


def _played(packed: bytes, values: Values, span: Span | None) -> Result | Exception:
    try:
        return play(packed, values, span)
    except Exception as error:
        error.add_note(format_exc())  # where it was raised does not travel with it
        return error
