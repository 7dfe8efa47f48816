"""What a worker has to know to play one trial of a sweep, and what it answers."""

import pickle
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from hftd.core.session import Day
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.sweep.objective import Figure

Span = tuple[int, int]
"""A stretch of a tape: events seen from one moment to before another, ns UTC."""

Lane = Literal["engine", "compiled"]


class Job(Struct, frozen=True):
    """The same for every trial of a sweep; each worker reads settings, plugins and tape at the paths it names.

    ``options`` are those of the model that are not searched. ``digest`` is the model's, so that no worker plays another
    one. With fewer fills than ``least_fills`` a trial is worth nothing.
    """

    settings: str
    model: str
    options: dict[str, Any]
    digest: str
    tapes: tuple[str, ...]
    cash: Decimal
    assumptions: Assumptions
    days: tuple[Day, ...]
    objective: str
    least_fills: int = 0
    lane: Lane = "engine"

    def packed(self) -> bytes:
        """The job as bytes, which travel to workers and name what they keep."""
        return pickle.dumps(self)


class Result(Struct, frozen=True):
    """What came of a trial: ``value`` is what the objective makes of ``figures``, None where ``why`` says why not."""

    value: float | None
    why: str
    lane: Lane
    figures: dict[str, Figure]
    seconds: float
