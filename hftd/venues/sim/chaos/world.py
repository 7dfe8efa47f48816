"""Scenarios of the world around: days that end early, clocks that are off, a venue that is away, somebody else."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from hftd.core.session import Day, Phase
from hftd.venues.sim.chaos.scenario import Every, EveryOnTape, Scenario, Seconds
from hftd.venues.sim.times import NEW_YORK, SECOND

Hour = Annotated[float, Meta(ge=10, le=16, description="the hour of the close in New York, 10 to 16")]
Skew = Annotated[float, Meta(ge=-86_400, le=86_400, description="seconds the clock is ahead, behind if negative")]
POST_SECONDS = 4 * 3600
"""How long trade goes on after an early close."""


class HalfDay(Scenario, frozen=True):
    """The exchange closes early, and its calendar and its clock say so, whatever other tables of trading days say."""

    hour: Hour = 13.0


class ClockSkew(Scenario, frozen=True):
    """The venue's clock as REST tells it, and the date of every answer, are off."""

    seconds: Skew = 7.0


class Restart(Scenario, frozen=True):
    """The venue restarts: every connection drops, new ones are reset for a while, and its books are as they were."""

    every: Every = 120.0
    seconds: Seconds = 5.0


class Stranger(Scenario, frozen=True):
    """Somebody else trades on the same account: orders, fills and positions nobody here asked for."""

    every: EveryOnTape = 60.0


def shortened(days: Sequence[Day], since: str, hour: float) -> tuple[Day, ...]:
    """``days`` from the date ``since`` on with a regular session that ends at ``hour`` o'clock in New York at last."""
    return tuple(_shortened(day, hour) if day.date >= since else day for day in days)


def _shortened(day: Day, hour: float) -> Day:
    regular = day.phase("regular")
    if regular is None:
        return day
    clock = time(int(hour), int(hour % 1 * 60))
    early = int(datetime.combine(datetime.fromisoformat(day.date), clock, NEW_YORK).timestamp()) * SECOND
    return day if early >= regular.end else replace(day, phases=tuple(_ended(phase, early) for phase in day.phases))


def _ended(phase: Phase, close: int) -> Phase:
    """``phase`` of a day whose regular session ends at ``close``, ns."""
    if phase.name == "post":
        return Phase(phase.name, close, min(phase.end, close + POST_SECONDS * SECOND))
    return replace(phase, end=min(phase.end, close))
