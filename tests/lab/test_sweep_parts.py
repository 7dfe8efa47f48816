"""A tape in parts: whole sessions, or equal time in sessions, one after the other without a hole that was traded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd import Trade
from hftd.core.events import SessionPhase
from hftd.core.session import Schedule
from hftd.errors import HftdError
from hftd.lab.sweep.parts import by_days, by_time, traded

DAY = 1000


def schedule(days: int) -> Schedule:
    """Sessions from 100 to 500 of each day of a thousand."""
    return Schedule([
        SessionPhase(phase, f"day {day}", day * DAY + at)  # type: ignore[arg-type]
        for day in range(days)
        for phase, at in (("warmup", 50), ("open", 100), ("closing", 490), ("closed", 500), ("asleep", 510))
    ])  # fmt: skip


def prints(*moments: int) -> list[Trade]:
    return [Trade("SPY", 100.0, 1, at, at) for at in moments]


def test_what_is_traded_are_the_sessions_events_fall_into() -> None:
    found = traded(prints(60, 150, 499, 505, 2100, 2200, 3050, 4400, 4450, 4600), schedule(6))
    assert found == [(150, 500), (2100, 2500), (4100, 4451)]
    assert traded(prints(60, 700), schedule(2)) == []


def test_parts_by_days_are_whole_sessions() -> None:
    sessions = [(day * DAY + 100, day * DAY + 500) for day in range(7)]
    assert by_days(sessions, 3) == [(100, 1500), (2100, 3500), (4100, 6500)]
    with pytest.raises(HftdError, match="--walk-forward 7: expected a tape of at least 8 sessions, found 7"):
        by_days(sessions, 8)


def test_parts_by_time_count_no_nights() -> None:
    # 400 + 400 + 200 of traded time: a quarter is 250.
    sessions = [(100, 500), (1100, 1500), (2100, 2300)]
    assert by_time(sessions, 4) == [(100, 350), (350, 1200), (1200, 1450), (1450, 2300)]
    with pytest.raises(HftdError, match="no event in a session"):
        by_time([], 2)


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(10, 500)), min_size=1, max_size=8), st.integers(1, 6))
def test_parts_by_time_hold_equal_time(lengths: list[tuple[int, int]], count: int) -> None:
    sessions, at = [], 0
    for night, length in lengths:
        sessions.append((at + night, at + night + length))
        at += night + length
    parts = by_time(sessions, count)
    assert all(end == start for (_, end), (start, _) in pairwise(parts))
    assert (parts[0][0], parts[-1][1]) == (sessions[0][0], sessions[-1][1])
    held = [sum(max(0, min(end, b) - max(start, a)) for a, b in sessions) for start, end in parts]
    assert max(held) - min(held) <= 1
    assert sum(held) == sum(length for _, length in lengths)
