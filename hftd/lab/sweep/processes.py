"""A crew of processes on this machine.

Each has a pipe of its own, and here is one thread: there is no lock that Ctrl-C, which may come between any two steps,
or the death of a worker could leave taken, for somebody to wait for.
"""

from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import wait

from hftd.lab.sweep.job import Job, Result, Span
from hftd.lab.sweep.space import Values
from hftd.lab.sweep.worker import Worker

GIVEN = 2
"""Trials a worker has at most: one it plays, and one to go on with while what came of the first is written down."""


class Processes:
    """At most ``count`` workers, each begun when there is a trial for it."""

    def __init__(self, job: Job, count: int) -> None:
        self.slots = count
        self._packed = job.packed()
        self._workers: list[Worker] = []
        self._trials: deque[tuple[int, Values, Span | None]] = deque()
        """Those no worker was given yet."""

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        """As Crew."""
        self._trials.append((number, values, span))
        self._give()

    def finished(self) -> Sequence[tuple[int, Result]]:
        """As Crew."""
        ready = wait([worker.line for worker in self._workers])
        found = [worker.answer() for worker in self._workers if worker.line in ready]
        self._give()
        return found

    def close(self) -> None:
        """As Crew."""
        for worker in self._workers:
            worker.leave()
        for worker in self._workers:
            worker.join()

    def _give(self) -> None:
        while self._trials:
            if len(self._workers) < self.slots and all(worker.busy for worker in self._workers):
                self._workers.append(Worker(self._packed))
            least = min(self._workers, key=lambda worker: worker.busy)
            if least.busy == GIVEN:
                return
            least.give(*self._trials.popleft())
