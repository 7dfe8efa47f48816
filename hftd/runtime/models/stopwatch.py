"""How long a model takes to decide: its latest decisions, timed outside the engine, which knows no clock."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import wraps
from time import perf_counter_ns
from types import GeneratorType
from typing import Any

from hftd import native
from hftd.core.seat import Answer, Handler, Seat

LATEST = 1_000
"""Decisions that are remembered."""
FRESH = 1_500_000_000  # ns that what was sorted serves those who ask


class Stopwatch:
    """Times one model's handlers."""

    def __init__(self) -> None:
        self.latest: deque[int] = deque(maxlen=LATEST)
        """Nanoseconds each of the latest decisions took."""
        self._sorted: list[int] = []
        self._sorted_at = 0

    def carry(self, seat: Seat) -> None:
        """Time every handler of ``seat``; before it is given its place."""
        note = self.latest.append
        seat.handlers = {name: timed(handler, note) for name, handler in seat.handlers.items()}

    def quantile(self, share: float) -> int:
        """Nanoseconds that ``share`` (0 to 1) of the latest decisions did not exceed; 0 where there was none."""
        return self.quantiles([share])[0]

    def quantiles(self, shares: Sequence[float]) -> list[int]:
        """The same for each of ``shares``; of a busy model, as it was within the last second or so."""
        if len(self._sorted) != len(self.latest) or perf_counter_ns() - self._sorted_at > FRESH:
            self.sort()
        ordered = self._sorted or [0]
        return [ordered[max(0, min(len(ordered) - 1, int(share * len(ordered))))] for share in shares]

    def sort(self) -> None:
        """Sort what is remembered: done each second in a quiet moment, it need not be when somebody asks."""
        self._sorted, self._sorted_at = sorted(self.latest), perf_counter_ns()


def timed_in_python(handler: Handler, note: Callable[[int], None]) -> Handler:
    """The handler; once it has answered, ``note`` is told the nanoseconds it took."""
    now = perf_counter_ns  # looked up once: this runs at every tick

    @wraps(handler)
    def decide(event: Any) -> Answer:
        begun = now()
        answer = handler(event)
        if type(answer) is GeneratorType:  # what it does, it does while it is asked
            answer = tuple(answer)
        note(now() - begun)
        return answer

    return decide


timed = timed_in_python if native.wire is None else native.wire.Timed
