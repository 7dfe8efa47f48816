"""A tape in parts, for walking forward: by days, or by equal spans of the time it was traded in."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from hftd.core.session import Schedule
from hftd.errors import HftdError
from hftd.lab.compiled.sessions import stretches
from hftd.lab.sweep.job import Span
from hftd.tape.layout import Market


def traded(events: Iterable[Market], schedule: Schedule) -> list[Span]:
    """The sessions that events of a tape fall into, cut to its first event and its last. Ordered, one of each day."""
    sessions = [(each.start, each.end) for each in stretches(schedule)]
    starts = [start for start, _ in sessions]
    first = last = 0
    found: set[int] = set()
    for event in events:
        place = bisect_right(starts, event.seen) - 1
        if place >= 0 and event.seen < sessions[place][1]:
            first, last = first or event.seen, event.seen
            found.add(place)
    spans = [sessions[place] for place in sorted(found)]
    return [(max(start, first), min(end, last + 1)) for start, end in spans]


def by_days(sessions: Sequence[Span], count: int) -> list[Span]:
    """``count`` parts of whole sessions, of as equal a number as can be. Raises HftdError for too few sessions."""
    if len(sessions) < count:
        raise HftdError(f"--walk-forward {count - 1}: expected a tape of at least {count} sessions, found"
                        f" {len(sessions)}; --split time cuts sessions too")  # fmt: skip
    places = [len(sessions) * number // count for number in range(count + 1)]
    return [(sessions[first][0], sessions[last - 1][1]) for first, last in pairwise(places)]


def by_time(sessions: Sequence[Span], count: int) -> list[Span]:
    """``count`` parts of equal time in sessions; nights do not count. Raises HftdError where there is none."""
    passed = [0, *accumulate(end - start for start, end in sessions)]
    if passed[-1] < count:
        raise HftdError("--walk-forward: the tape has no event in a session")
    cuts = [passed[-1] * number // count for number in range(1, count)]
    moments = [_moment(sessions, passed, cut) for cut in cuts]
    return list(pairwise([sessions[0][0], *moments, sessions[-1][1]]))


def _moment(sessions: Sequence[Span], passed: Sequence[int], cut: int) -> int:
    place = bisect_right(passed, cut) - 1
    return sessions[place][0] + cut - passed[place]
