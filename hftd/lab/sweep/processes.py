"""A crew of processes on this machine. They die with the one that began them, however it dies."""

import ctypes
import os
import signal
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context

from hftd.errors import HftdError
from hftd.lab.sweep.job import Job, Result, Span
from hftd.lab.sweep.play import play
from hftd.lab.sweep.space import Values

PR_SET_PDEATHSIG = 1
"""prctl(2)."""


class Processes:
    """So many processes, each with the tape in its memory."""

    def __init__(self, job: Job, count: int) -> None:
        self.slots = count
        self._packed = job.packed()
        self._strangers = frozenset(active_children())
        # Not forked: libraries may have threads running here.
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (os.getpid(),))
        self._open: dict[Future[Result], int] = {}
        self._out = 0
        """How many are being played; counted before they are handed out, since Ctrl-C may come at any moment."""

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        """As Crew."""
        self._out += 1
        self._open[self._pool.submit(play, self._packed, values, span)] = number

    def finished(self) -> Sequence[tuple[int, Result]]:
        """As Crew."""
        done, _ = wait(self._open, return_when=FIRST_COMPLETED)
        try:
            found = [(self._open.pop(future), future.result()) for future in done]
        except BrokenProcessPool as error:
            raise HftdError("a worker of the sweep died: killed, or out of memory (fewer --workers need less)"
                            ) from error  # fmt: skip
        self._out -= len(found)
        return found

    def close(self) -> None:
        """As Crew."""
        if self._out:  # what they play nobody waits for any more
            for worker in set(active_children()) - self._strangers:
                worker.kill()
        # Its thread is waited for: at the interpreter's end it would be woken through a pipe it may just be closing.
        self._pool.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    """Die with the parent, and at Ctrl-C without a word: the parent says what there is to say."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
