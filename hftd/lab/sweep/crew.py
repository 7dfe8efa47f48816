"""Who plays the trials of a sweep."""

from collections.abc import Sequence
from typing import Protocol

from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.space import Values


class Crew(Protocol):
    """Workers, wherever they are. It is left with ``close``."""

    slots: int
    """How many trials are played at one time."""

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        """Have a trial played, some time."""

    def finished(self) -> Sequence[tuple[int, Result]]:
        """Trials that were played since it was last asked, by number; waits until there is one.

        Raises HftdError as ``play`` does, and where a worker is lost.
        """

    def close(self) -> None:
        """Leave, with whatever is not finished left undone."""
