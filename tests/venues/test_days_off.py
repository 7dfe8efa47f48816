"""The settings and the broker take days and hours off the exchange's table, and never add any."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.session import Day, Phase
from hftd.errors import ConfigError, Unavailable
from hftd.venues.days_off import agree, override
from hftd.venues.exchange_calendar import Table, table, trading_days

NEW_YORK = "America/New_York"
HOUR = 3_600_000_000_000
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def nyse() -> Table:
    return table(date(2025, 1, 1), date(2026, 12, 31))


def ns(utc: str) -> int:
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def utc(phase: Phase) -> str:
    start, end = (datetime.fromtimestamp(moment // 1_000_000_000, UTC) for moment in (phase.start, phase.end))
    return f"{start:%H:%M}-{end:%H:%M}"


def some(made: Table, day: str) -> Day:
    return next(known for known in made.days if known.date == day)


# ---- override --------------------------------------------------------------------------------------------------


def test_a_day_the_settings_close_is_gone(nyse: Table) -> None:
    days = override(nyse.days, ["2026-06-08"], {}, NEW_YORK)
    assert set(nyse.days) - set(days) == {some(nyse, "2026-06-08")}


def test_an_early_close_of_the_settings_moves_the_post_market_with_it(nyse: Table) -> None:
    days = override(nyse.days, [], {"2026-06-08": "13:00"}, NEW_YORK)
    assert set(days) - set(nyse.days) == {
        Day(
            "2026-06-08",
            (
                Phase("pre", ns("2026-06-08T08:00"), ns("2026-06-08T13:30")),
                Phase("regular", ns("2026-06-08T13:30"), ns("2026-06-08T17:00")),
                Phase("post", ns("2026-06-08T17:00"), ns("2026-06-08T21:00")),
            ),
        )
    }


def test_an_early_close_never_makes_a_day_longer(nyse: Table) -> None:
    assert override(nyse.days, [], {"2026-11-27": "15:00", "2026-06-08": "16:00"}, NEW_YORK) == nyse.days


def test_an_early_close_before_the_open_closes_the_day(nyse: Table) -> None:
    days = override(nyse.days, [], {"2026-06-08": "09:30"}, NEW_YORK)
    assert set(nyse.days) - set(days) == {some(nyse, "2026-06-08")}
    assert set(days) <= set(nyse.days)


def test_an_early_close_before_lunch_takes_the_break_away() -> None:
    tokyo = trading_days(date(2026, 11, 25), date(2026, 11, 25), "JPX")
    (day,) = override(tokyo, [], {"2026-11-25": "11:00"}, "Asia/Tokyo")
    assert (utc(day.phases[0]), len(day.phases)) == ("00:00-02:00", 1)


def test_overrides_of_days_the_exchange_is_shut_change_nothing(nyse: Table) -> None:
    assert override(nyse.days, ["2026-07-03"], {"2026-12-25": "13:00"}, NEW_YORK) == nyse.days


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01"])
def test_a_date_that_does_not_exist_is_an_error_not_a_day_of_trading(nyse: Table, day: str) -> None:
    with pytest.raises(ConfigError, match=rf'^\[session\] closed: expected .*, found "{day}"'):
        override(nyse.days, [day], {}, NEW_YORK)
    with pytest.raises(ConfigError, match=rf'^\[session\] early_closes: expected .*, found "{day}"'):
        override(nyse.days, [], {day: "13:00"}, NEW_YORK)


def test_a_time_that_does_not_exist_is_an_error(nyse: Table) -> None:
    with pytest.raises(ConfigError, match=r'found "2026-06-08" "25:00"$'):
        override(nyse.days, [], {"2026-06-08": "25:00"}, NEW_YORK)


# ---- agree -----------------------------------------------------------------------------------------------------


def row(day: str, opens: str = "09:30", closes: str = "16:00") -> dict[str, str]:
    return {"date": day, "open": opens, "close": closes, "session_open": "0400", "session_close": "2000"}


@pytest.fixture
def stale(nyse: Table) -> tuple[Day, ...]:
    """8 to 10 January 2025 as a table made before the 9th was declared a day of mourning."""
    eve, after = some(nyse, "2025-01-08"), some(nyse, "2025-01-10")
    shifted = tuple(Phase(phase.name, phase.start + DAY, phase.end + DAY) for phase in eve.phases)
    return (eve, Day("2025-01-09", shifted), after)


def test_a_day_of_mourning_is_closed_by_the_broker_though_the_table_is_stale(stale: tuple[Day, ...]) -> None:
    days, said = agree(stale, [row("2025-01-08"), row("2025-01-10")])
    assert days == (stale[0], stale[2])
    assert said == ("2025-01-09: only the exchange calendar trades (09:30-16:00); taken as closed.",)


def test_a_day_of_mourning_is_closed_by_the_settings_though_the_table_is_stale(stale: tuple[Day, ...]) -> None:
    assert override(stale, ["2025-01-09"], {}, NEW_YORK) == (stale[0], stale[2])


def test_a_day_missing_at_the_edge_of_what_the_broker_was_asked_is_closed(stale: tuple[Day, ...]) -> None:
    days, said = agree(stale, [row("2025-01-10")], asked=("2025-01-09", "2025-01-10"))
    assert [day.date for day in days] == ["2025-01-08", "2025-01-10"]
    assert len(said) == 1


def test_days_the_broker_was_not_asked_about_stay(stale: tuple[Day, ...]) -> None:
    assert agree(stale, [row("2025-01-08")]) == (stale, ())


def test_a_broker_of_one_mind_changes_nothing(nyse: Table) -> None:
    answer = [row(day.date, closes="13:00" if day.date in nyse.early_closes else "16:00") for day in nyse.days[-500:]]
    assert agree(nyse.days, answer) == (nyse.days, ())


def test_a_day_only_the_broker_knows_is_not_traded_and_said(nyse: Table) -> None:
    days, said = agree(nyse.days, [row("2026-07-02"), row("2026-07-03"), row("2026-07-06")])
    assert days == nyse.days
    assert said == ("2026-07-03: only the broker trades (09:30-16:00); taken as closed.",)


def test_an_early_close_only_the_broker_knows_counts_and_leaves_no_post_market(nyse: Table) -> None:
    days, said = agree(nyse.days, [row("2026-06-08", closes="13:00")])
    (day,) = set(days) - set(nyse.days)
    assert [(phase.name, utc(phase)) for phase in day.phases] == [("pre", "08:00-13:30"), ("regular", "13:30-17:00")]
    assert said == (
        "2026-06-08: the exchange calendar trades 09:30-16:00, the broker 09:30-13:00; taken as open 09:30-13:00.",
    )


def test_an_early_close_only_the_calendar_knows_counts_and_leaves_no_post_market(nyse: Table) -> None:
    days, said = agree(nyse.days, [row("2026-11-27")])
    (day,) = set(days) - set(nyse.days)
    assert [(phase.name, utc(phase)) for phase in day.phases] == [("pre", "09:00-14:30"), ("regular", "14:30-18:00")]
    assert len(said) == 1


def test_a_late_open_only_the_broker_knows_counts_and_leaves_no_pre_market(nyse: Table) -> None:
    days, _ = agree(nyse.days, [row("2026-06-08", opens="11:00")])
    (day,) = set(days) - set(nyse.days)
    assert [(phase.name, utc(phase)) for phase in day.phases] == [("regular", "15:00-20:00"), ("post", "20:00-00:00")]


def test_hours_that_do_not_meet_close_the_day(nyse: Table) -> None:
    days, said = agree(nyse.days, [row("2026-06-08", "17:00", "18:00")])
    assert set(nyse.days) - set(days) == {some(nyse, "2026-06-08")}
    assert said[0].endswith("the broker 17:00-18:00; taken as closed.")


clocks = st.times(max_value=time(23, 58)).map(lambda time: f"{time:%H:%M}")


@settings(deadline=None)  # a busy machine is no fault of the code
@given(clocks, clocks, clocks)
def test_whatever_broker_and_settings_say_a_day_only_ever_gets_shorter(opens: str, closes: str, early: str) -> None:
    bells = [ns(f"2026-06-08T{clock}") for clock in ("08:00", "13:30", "20:00")] + [ns("2026-06-09T00:00")]
    day = Day("2026-06-08", tuple(map(Phase, ("pre", "regular", "post"), bells, bells[1:])))
    agreed, said = agree([day], [row("2026-06-08", opens, closes)])
    left = override(agreed, [], {"2026-06-08": early}, NEW_YORK)
    assert bool(said) == ((opens, closes) != ("09:30", "16:00"))
    ours = {name: day.phase(name) for name in ("pre", "regular", "post")}
    for phase in left[0].phases if left else ():
        whole = ours[phase.name]
        assert whole is not None
        assert phase.start < phase.end <= whole.end
        assert phase.end - phase.start <= whole.end - whole.start
    regular = left[0].phase("regular") if left else None
    if regular is not None:
        assert utc(regular)[:5] >= "13:30"
        assert regular.start >= ns(f"2026-06-08T{opens}") + 4 * HOUR
        assert regular.end <= min(ns(f"2026-06-08T{closes}"), ns(f"2026-06-08T{early}")) + 4 * HOUR


def test_differences_are_told_in_the_order_of_their_days(stale: tuple[Day, ...]) -> None:
    _, said = agree(stale, [row("2025-01-12"), row("2025-01-08"), row("2025-01-11"), row("2025-01-10")])
    assert [sentence[:10] for sentence in said] == ["2025-01-09", "2025-01-11", "2025-01-12"]


def test_an_empty_answer_to_a_question_closes_what_was_asked(stale: tuple[Day, ...]) -> None:
    days, said = agree(stale, [], asked=("2025-01-09", "2025-01-10"))
    assert (days, len(said)) == ((stale[0],), 2)


def test_an_empty_answer_to_no_question_compares_nothing_and_says_so(stale: tuple[Day, ...]) -> None:
    days, said = agree(stale, [])
    assert days == stale
    assert said == ("The broker's calendar is empty: it was not compared with the exchange calendar.",)


@pytest.mark.parametrize(
    "bad", [{"date": "2025-01-09", "open": "09:30"}, row("2025-01-32"), row("2025-01-09", "0930"), {"open": "09:30"},
            {"date": "2025-01-09", "open": "09:30", "close": None}]
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_shown(stale: tuple[Day, ...], bad: dict[str, str]) -> None:
    with pytest.raises(Unavailable, match=r"^the broker's calendar: expected .*, found \{.*\}$"):
        agree(stale, [bad])
