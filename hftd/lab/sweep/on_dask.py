"""A crew of the workers of a Dask cluster, which find settings, plugins and tape under the same paths."""

from collections.abc import Sequence
from typing import Any

from hftd.errors import HftdError, Unavailable
from hftd.lab.sweep.job import Job, Result, Span
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.play import play
from hftd.lab.sweep.space import Values

PATIENCE = 10.0
"""Seconds to wait for the scheduler, and for a worker."""


class Dask:
    """Every worker of the cluster whose scheduler is at ``address``. Raises Unavailable where none answers."""

    def __init__(self, job: Job, address: str) -> None:
        self._distributed = needed("distributed", "dask")
        try:
            self._client = self._distributed.Client(address, timeout=PATIENCE, set_as_default=False)
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise Unavailable(f"--dask {address}: no scheduler with a worker answers within {PATIENCE:g} s") from error
        self.slots = sum(self._client.nthreads().values())
        self._packed = job.packed()
        self._open: dict[Any, int] = {}

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        """As Crew."""
        self._open[self._client.submit(play, self._packed, dict(values), span, pure=False)] = number

    def finished(self) -> Sequence[tuple[int, Result]]:
        """As Crew."""
        with self._client.as_current():
            done = self._distributed.wait(list(self._open), return_when="FIRST_COMPLETED").done
        try:
            return [(self._open.pop(future), future.result()) for future in done]
        except HftdError:
            raise
        except Exception as error:
            raise HftdError(f"a worker of the Dask cluster: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """As Crew."""
        self._client.cancel(list(self._open))
        self._client.close()
