"""Trading days: the library's table against a second library, real bars and history; a year of them lived through."""

import os
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars
import msgspec
import pytest

from hftd.core.events import SessionPhase
from hftd.core.session import Day, Phase, Schedule, schedule
from hftd.errors import ConfigError
from hftd.venues.exchange_calendar import Table, from_json, main, table, to_json, trading_days

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
NEW_YORK = "America/New_York"
MINUTE = 60_000_000_000
FIRST, LAST = date(1998, 1, 1), date(2029, 12, 31)


@pytest.fixture(scope="module")
def nyse() -> Table:
    """New York from 1998 to 2029, made once: the library takes seconds for it."""
    return table(FIRST, LAST)


def ns(utc: str) -> int:
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def clock(moment: int) -> datetime:
    return datetime.fromtimestamp(moment // 1_000_000_000, UTC)


def utc(phase: Phase | None) -> str:
    assert phase is not None
    return f"{clock(phase.start):%H:%M}-{clock(phase.end):%H:%M}"


def on(made: Table, day: str) -> Day | None:
    return next((known for known in made.days if known.date == day), None)


def some(made: Table, day: str) -> Day:
    found = on(made, day)
    assert found is not None
    return found


def dates(days: tuple[Day, ...], year: str) -> list[str]:
    return [day.date for day in days if day.date.startswith(year)]


# ---- New York, by hand -----------------------------------------------------------------------------------------

CLOSED = {
    "2026": "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
    "2027": "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
    "2028": "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
    "2029": "01-01 01-15 02-19 03-30 05-28 06-19 07-04 09-03 11-22 12-25",
}


@pytest.mark.parametrize("year", CLOSED)
def test_the_holidays_of_years_to_come_are_closed_and_every_other_weekday_is_open(nyse: Table, year: str) -> None:
    days = [date(int(year), 1, 1) + timedelta(n) for n in range(366)]
    weekdays = {str(day) for day in days if day.year == int(year) and day.weekday() < 5}
    assert weekdays - set(dates(nyse.days, year)) == {f"{year}-{day}" for day in CLOSED[year].split()}
    assert len(dates(nyse.days, year)) == 251


@pytest.mark.parametrize(
    ("year", "early"),
    [("2026", "11-27 12-24"), ("2027", "11-26"), ("2028", "07-03 11-24"), ("2029", "07-03 11-23 12-24")],
)
def test_early_closes_of_years_to_come_are_known(nyse: Table, year: str, early: str) -> None:
    assert [day for day in nyse.early_closes if day.startswith(year)] == [f"{year}-{day}" for day in early.split()]


@pytest.mark.parametrize(
    "day",
    ["2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11", "2007-01-02", "2012-10-29", "2012-10-30",
     "2018-12-05", "2025-01-09", "2022-06-20"],
)  # fmt: skip
def test_unscheduled_closures_and_the_first_juneteenth_are_closed(nyse: Table, day: str) -> None:
    assert on(nyse, day) is None


@pytest.mark.parametrize("day", ["2001-09-10", "2001-09-17", "2012-10-31", "2021-06-18", "2026-10-12", "2026-11-11"])
def test_days_around_closures_and_federal_holidays_without_one_are_open(nyse: Table, day: str) -> None:
    assert on(nyse, day) is not None


@pytest.mark.parametrize("day", ["2010-12-31", "2021-12-31", "2027-12-31"])
def test_a_new_year_on_saturday_leaves_friday_a_full_day(nyse: Table, day: str) -> None:
    assert utc(some(nyse, day).phase("regular")) == "14:30-21:00"


@pytest.mark.parametrize("day", ["2015-07-02", "2020-07-02", "2021-07-02", "2022-07-01", "2026-07-02", "2027-12-23"])
def test_a_holiday_moved_by_the_weekend_brings_no_early_close(nyse: Table, day: str) -> None:
    assert day not in nyse.early_closes
    assert utc(some(nyse, day).phase("post")) == "20:00-00:00" if day < "2027-12" else "21:00-01:00"


@pytest.mark.parametrize(
    ("day", "pre", "regular", "post"),
    [
        ("2026-03-06", "09:00-14:30", "14:30-21:00", "21:00-01:00"),
        ("2026-03-09", "08:00-13:30", "13:30-20:00", "20:00-00:00"),
        ("2026-10-30", "08:00-13:30", "13:30-20:00", "20:00-00:00"),
        ("2026-11-02", "09:00-14:30", "14:30-21:00", "21:00-01:00"),
        ("2025-03-10", "08:00-13:30", "13:30-20:00", "20:00-00:00"),
        ("2027-11-08", "09:00-14:30", "14:30-21:00", "21:00-01:00"),
        ("2026-11-27", "09:00-14:30", "14:30-18:00", "18:00-22:00"),
        ("2028-07-03", "08:00-13:30", "13:30-17:00", "17:00-21:00"),
    ],
)
def test_hours_follow_new_york_through_clock_changes_and_early_closes(
    nyse: Table, day: str, pre: str, regular: str, post: str
) -> None:
    known = some(nyse, day)
    assert (utc(known.phase("pre")), utc(known.phase("regular")), utc(known.phase("post"))) == (pre, regular, post)


def test_the_phases_of_a_day_adjoin_to_the_nanosecond(nyse: Table) -> None:
    assert some(nyse, "2026-11-27").phases == (
        Phase("pre", ns("2026-11-27T09:00"), ns("2026-11-27T14:30")),
        Phase("regular", ns("2026-11-27T14:30"), ns("2026-11-27T18:00")),
        Phase("post", ns("2026-11-27T18:00"), ns("2026-11-27T22:00")),
    )


# ---- New York, by others ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Series.values")  # the second library's own use of pandas
def test_every_session_from_2010_to_2027_is_that_of_a_second_library(nyse: Table) -> None:
    theirs = exchange_calendars.get_calendar("XNYS", start="2010-01-01", end="2027-12-31").schedule
    ours = [day for day in nyse.days if "2010" <= day.date[:4] <= "2027"]
    assert [
        (row.Index.date().isoformat(), row.open.value, row.close.value) for row in theirs.itertuples()
    ] == [(day.date, day.phases[1].start, day.phases[1].end) for day in ours]  # fmt: skip
    assert len(ours) == 4526


def bars(name: str) -> list[str]:
    """The lines of a zipped file of bars; skips, unless in CI, where the market data folder is not there."""
    path = DATA / "bars" / name
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"the market data file bars/{name} is not beside this repository")
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0]).decode().splitlines()


@pytest.mark.data
def test_spy_traded_on_exactly_our_days_from_1998_to_2021(nyse: Table) -> None:
    traded = [f"{line[:4]}-{line[4:6]}-{line[6:8]}" for line in bars("daily/spy.zip")]
    assert traded == [day.date for day in nyse.days if day.date <= "2021-03-31"]


@pytest.mark.data
def test_spys_last_hour_is_noon_on_exactly_our_early_closes_from_2009_to_2021(nyse: Table) -> None:
    last = {f"{line[:4]}-{line[4:6]}-{line[6:8]}": int(line[9:11]) for line in bars("hour/spy.zip")}
    early = [day for day, hour in last.items() if day >= "2009" and hour == 12]
    assert early == [day for day in nyse.early_closes if "2009" <= day <= "2021-03-31"]


@pytest.mark.data
@pytest.mark.parametrize("day", ["2015-12-23", "2015-12-24", "2015-12-28"])
def test_every_minute_google_traded_lies_in_a_phase_of_its_day(nyse: Table, day: str) -> None:
    midnight = int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(NEW_YORK)).timestamp()) * 1_000_000_000
    minutes = [midnight + int(line.split(",")[0]) * 1_000_000
               for line in bars(f"minute_goog/{day.replace('-', '')}_trade.zip")]  # fmt: skip
    phases = some(nyse, day).phases
    assert minutes
    assert all(any(phase.start <= minute < phase.end for phase in phases) for minute in minutes)


# ---- other exchanges -------------------------------------------------------------------------------------------


def test_an_exchange_without_pre_and_post_market_has_the_regular_phase_alone() -> None:
    london = table(date(2026, 12, 24), date(2026, 12, 28), "LSE")
    assert [(day.date, [phase.name for phase in day.phases]) for day in london.days] == [("2026-12-24", ["regular"])]
    assert utc(london.days[0].phase("regular")) == "08:00-12:30"
    assert (london.zone, london.early_closes) == ("Europe/London", ("2026-12-24",))


def test_tokyos_lunch_is_a_break_inside_its_regular_phase() -> None:
    (day,) = trading_days(date(2026, 11, 25), date(2026, 11, 25), "JPX")
    assert (utc(day.phase("regular")), utc(day.phase("break"))) == ("00:00-06:30", "02:30-03:30")


def test_a_break_an_exchange_gave_up_is_none() -> None:
    (day,) = trading_days(date(2026, 11, 25), date(2026, 11, 25), "XKRX")
    assert [phase.name for phase in day.phases] == ["regular"]


def test_a_break_that_ends_as_it_begins_is_none() -> None:
    (day,) = trading_days(date(2026, 11, 25), date(2026, 11, 25), "CME_Equity")
    assert [(phase.name, utc(phase)) for phase in day.phases] == [("regular", "23:00-22:00")]


def test_a_day_that_opens_the_evening_before_keeps_its_date() -> None:
    (day,) = trading_days(date(2026, 11, 23), date(2026, 11, 23), "us_futures")
    assert day == Day("2026-11-23", (Phase("regular", ns("2026-11-22T23:00"), ns("2026-11-23T23:00")),))


def test_a_venue_that_never_closes_trades_each_day_from_midnight_to_midnight() -> None:
    assert trading_days(date(2026, 1, 1), date(2026, 1, 2), "24/7") == (
        Day("2026-01-01", (Phase("regular", ns("2026-01-01T00:00"), ns("2026-01-02T00:00")),)),
        Day("2026-01-02", (Phase("regular", ns("2026-01-02T00:00"), ns("2026-01-03T00:00")),)),
    )


def test_a_weekend_has_no_trading_days() -> None:
    assert table(date(2026, 1, 3), date(2026, 1, 4)) == Table("NYSE", NEW_YORK, (), ())


@pytest.mark.parametrize(("name", "near"), [("NYSEE", "NYSE"), ("nasdaq", "NASDAQ"), ("", "NYSE"), ("LSX", "LSE")])
def test_an_unknown_calendar_is_named_beside_some_that_exist(name: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf'^expected a calendar such as .*\b{near}\b.*, found "{name}"$'):
        table(date(2026, 1, 1), date(2026, 1, 2), name)


@pytest.mark.parametrize("name", ["XSGO", "ASEX"])
def test_a_calendar_the_library_names_but_cannot_fill_is_an_error_of_the_settings(name: str) -> None:
    with pytest.raises(ConfigError, match=f'has times for, found "{name}"$'):
        table(date(2026, 1, 1), date(2026, 1, 2), name)


# ---- from process to process -----------------------------------------------------------------------------------


def test_a_table_is_read_back_as_it_was_written(nyse: Table) -> None:
    assert from_json(to_json(nyse)) == nyse


def test_what_is_no_table_is_not_read() -> None:
    with pytest.raises(msgspec.DecodeError):
        from_json(b'{"calendar": "NYSE"}')


def test_the_module_prints_the_table_in_a_process_of_its_own(nyse: Table) -> None:
    command = [sys.executable, "-m", "hftd.venues.exchange_calendar", "NYSE", "2026-01-01", "2026-12-31"]
    done = subprocess.run(command, capture_output=True, check=True)
    printed = from_json(done.stdout)
    assert (printed.zone, printed.early_closes) == (NEW_YORK, ("2026-11-27", "2026-12-24"))
    assert printed.days == tuple(day for day in nyse.days if day.date.startswith("2026"))
    assert done.stderr == b""


def test_pandas_stays_out_of_a_process_that_only_reads_tables() -> None:
    check = "import sys, hftd.venues.exchange_calendar; print(sorted({'pandas', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, check=True).stdout == b"[]\n"


def test_an_unknown_calendar_ends_the_process_with_78_and_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["NOPE", "2026-01-01", "2026-12-31"]) == 78
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert 'found "NOPE"' in err


@pytest.mark.parametrize("argv", [[], ["NYSE"], ["NYSE", "2026-01-01"], ["NYSE", "today", "2026-01-01"]])
def test_wrong_arguments_end_the_process_with_2_and_the_usage(
    argv: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    assert capfd.readouterr().err.startswith("usage: ")


# ---- a year of the daemon's life -------------------------------------------------------------------------------


def met(plan: Schedule, clock: range) -> list[SessionPhase]:
    """Every moment the plan tells of while the clock ticks through a range."""
    seen = []
    for now in clock:
        while (phase := plan.due(now)) is not None:
            seen.append(phase)
    return seen


def test_a_year_ticks_by_without_a_phase_out_of_place(nyse: Table) -> None:
    days = [day for day in nyse.days if day.date.startswith("2026")]
    moments = schedule(days, ["regular"], wake_before=5 * MINUTE, stop_before=MINUTE, linger=MINUTE)
    plan = Schedule(moments)
    start, end = ns("2026-01-01T00:00"), ns("2027-01-01T00:00")
    seen = [plan.at(start), *met(plan, range(start, end, MINUTE))]

    assert tuple(seen[1:]) == moments
    assert [phase.phase for phase in seen] == ["asleep", *["warmup", "open", "closing", "closed", "asleep"] * 251]
    opens = [f"{clock(phase.seen):%H:%M}" for phase in seen if phase.phase == "open"]
    # 34 weeks of daylight time have 170 weekdays, five of them holidays.
    assert (opens.count("13:30"), opens.count("14:30")) == (165, 86)
    closes = [clock(phase.seen) for phase in seen if phase.phase == "closed"]
    assert [str(moment.date()) for moment in closes if moment.hour < 20] == ["2026-11-27", "2026-12-24"]
    stamps = [*(phase.seen for phase in seen), end]
    asleep = sum(stamps[n + 1] - stamps[n] for n, phase in enumerate(seen) if phase.phase == "asleep")
    # Awake: five minutes before 249 days of 6.5 hours and 2 of 3.5, and one after.
    assert asleep == (365 * 24 * 60 - 249 * (390 + 6) - 2 * (210 + 6)) * MINUTE


def test_a_clock_that_leaps_three_days_at_a_time_meets_every_moment_of_the_year(nyse: Table) -> None:
    days = [day for day in nyse.days if day.date.startswith("2026")]
    moments = schedule(days, ["pre", "regular", "post"], 5 * MINUTE, MINUTE, MINUTE)
    plan = Schedule(moments)
    leaps = range(ns("2026-01-01T00:00"), ns("2027-01-03T00:00"), 3 * 24 * 60 * MINUTE)
    seen = met(plan, leaps)
    assert [(phase.phase, phase.day) for phase in seen] == [(moment.phase, moment.day) for moment in moments]
    assert [phase.seen for phase in seen] == sorted(phase.seen for phase in seen)


def test_a_daemon_started_at_lunch_on_an_early_close_trades_the_rest_of_it(nyse: Table) -> None:
    plan = Schedule(schedule(nyse.days, ["regular"], 5 * MINUTE, MINUTE, MINUTE))
    noon = ns("2026-11-27T17:00")
    phase = plan.at(noon)
    assert (phase.phase, phase.day, phase.until) == ("open", "2026-11-27", ns("2026-11-27T17:59"))
    assert plan.due(noon) is None
    night = plan.at(ns("2026-11-28T12:00"))
    assert (night.phase, night.until) == ("asleep", ns("2026-11-30T14:25"))
