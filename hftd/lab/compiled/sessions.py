"""When models listen and when they may trade, as stretches of time."""

from collections.abc import Iterator

from msgspec import Struct

from hftd.core.session import NEVER, Schedule


class Stretch(Struct, frozen=True):
    """Models hear events seen from ``start`` to before ``end``; orders go out until ``last`` (all ns UTC)."""

    start: int
    last: int
    end: int
    day: str = ""


def stretches(schedule: Schedule) -> Iterator[Stretch]:
    """Every stretch of a schedule that stands before its first moment; the schedule is used up."""
    start = last = 0
    while (now := schedule.next) != NEVER:
        moment = schedule.due(now)
        match moment.phase if moment is not None else "":
            case "open":
                start = now
            case "closing":
                start, last = start or now, now
            case "closed" if start and moment is not None:
                yield Stretch(start, last, now, moment.day)
                start = 0
