"""Choosing what is played and on which days."""

from datetime import date
from itertools import islice

import pytest

from hftd.core.events import Quote, Trade
from hftd.core.session import Day, Phase
from hftd.errors import HftdError
from hftd.venues.sim.programme import around, first_day, latest, made_up, starting

SECOND = 1_000_000_000
FRIDAY, MONDAY = (
    Day(name, (Phase("pre", start, start + 5 * SECOND), Phase("regular", start + 5 * SECOND, start + 10 * SECOND)))
    for name, start in (("2026-01-02", 1_767_362_400 * SECOND), ("2026-01-05", 1_767_621_600 * SECOND))
)


def test_a_tapes_first_day_is_the_one_in_new_york():
    # 2026-01-06 00:30 UTC is still the evening of the 5th.
    late = Trade("SPY", 1.0, 1, 1_767_659_400 * SECOND, 0)
    tape, day = first_day(iter([late]))
    assert (day, list(tape)) == (date(2026, 1, 5), [late])


def test_an_empty_tape_is_named():
    with pytest.raises(HftdError, match="found no event, expected at least one trade or quote"):
        first_day(iter([]))


def test_the_days_start_where_they_are_told_to():
    assert starting((FRIDAY, MONDAY), date(2026, 1, 5)) == (MONDAY,)
    with pytest.raises(HftdError, match="found 2026-01-04, expected a trading day"):
        starting((FRIDAY, MONDAY), date(2026, 1, 4))


@pytest.mark.parametrize(("today", "first"), [(3, FRIDAY), (4, FRIDAY), (5, MONDAY), (9, MONDAY)])
def test_the_latest_session_is_not_in_the_future(today, first):
    assert latest((FRIDAY, MONDAY), date(2026, 1, today))[0] == first


def test_there_may_be_no_session_yet():
    with pytest.raises(HftdError, match="no trading day up to 2026-01-01"):
        latest((FRIDAY, MONDAY), date(2026, 1, 1))


def test_the_calendar_reaches_a_year_around_the_day():
    first, last = around(date(2026, 1, 5))
    assert first < date(2025, 1, 5)
    assert last > date(2027, 1, 5)


def test_made_up_days_lie_in_the_played_phases_and_go_on_from_the_last_price():
    events = list(made_up((FRIDAY, MONDAY), ("regular",), ("SPY",), 7, 20.0))
    for day in (FRIDAY, MONDAY):
        regular = day.phases[1]
        assert any(regular.start <= each.ts < regular.end for each in events)
    assert all(any(day.phases[1].start <= each.ts < day.phases[1].end for day in (FRIDAY, MONDAY)) for each in events)
    friday = [each for each in events if isinstance(each, Trade) and each.ts < MONDAY.phases[0].start]
    monday = next(each for each in events if isinstance(each, Quote) and each.ts >= MONDAY.phases[0].start)
    assert monday.bid <= friday[-1].price <= monday.ask


def test_the_same_seed_makes_the_same_tape_and_another_one_does_not():
    def made(seed: int) -> list[object]:
        return list(islice(made_up((FRIDAY,), ("regular",), ("SPY",), seed, 20.0), 20))

    assert made(7) == made(7)
    assert made(7) != made(8)
