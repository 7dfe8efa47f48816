"""A crew of the workers of a Ray cluster, which find settings, plugins and tape under the same paths."""

import os
from collections.abc import Sequence
from typing import Any

from hftd.errors import HftdError, Unavailable
from hftd.lab.sweep.job import Job, Result, Span
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.play import play
from hftd.lab.sweep.space import Values


class Ray:
    """As many tasks at one time as the cluster at ``address`` has CPUs; ``local`` starts one here.

    Raises Unavailable where none answers.
    """

    def __init__(self, job: Job, address: str) -> None:
        # What its libraries say to standard error, once a second, the one line below says too.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        self._ray = needed("ray", "ray")
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            said = str(error).partition("\n")[0]
            raise Unavailable(f"--ray {address}: no cluster answers: {said}") from error
        self.slots = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._packed = self._ray.put(job.packed())
        self._play = self._ray.remote(num_cpus=1)(play)
        self._open: dict[Any, int] = {}

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        """As Crew."""
        self._open[self._play.remote(self._packed, dict(values), span)] = number

    def finished(self) -> Sequence[tuple[int, Result]]:
        """As Crew."""
        done, _ = self._ray.wait(list(self._open))
        try:
            return [(self._open.pop(task), self._ray.get(task)) for task in done]
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, HftdError):
                raise error.cause from error
            raise HftdError(f"a worker of the Ray cluster: {error.cause!r}") from error
        except self._ray.exceptions.RayError as error:
            raise HftdError(f"the Ray cluster: {str(error).partition(chr(10))[0]}") from error

    def close(self) -> None:
        """As Crew."""
        for task in self._open:
            self._ray.cancel(task)
        self._ray.shutdown()
