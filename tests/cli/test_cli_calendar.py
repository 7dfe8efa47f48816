"""``hftd calendar`` tells people and programs when the exchange is open."""

import argparse
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hftd.cli import calendar
from hftd.errors import ConfigError
from hftd.venues.exchange_calendar import Table, table

SETTINGS = """\
[session]
closed = ["2026-11-30"]
early_closes = { "2026-12-01" = "12:00" }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs beside a settings file."""
    (tmp_path / "hftd.toml").write_text(SETTINGS)
    (tmp_path / "plain.toml").write_text("")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def year() -> Table:
    return table(date(2026, 1, 1), date(2026, 12, 31))


def parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hftd")
    calendar.add(parser.add_subparsers())
    return parser.parse_args(["calendar", *argv])


def run(*argv: str, now: str = "2026-11-25T17:00") -> int:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return calendar.run(parse(*argv), lambda: int(moment.timestamp()) * 1_000_000_000)


def test_the_table_shows_each_day_in_the_exchanges_time_and_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--config", "plain.toml", "--days", "3") == 0
    assert capsys.readouterr().out == """\
NYSE: open at Wed 2026-11-25 12:00 EST, until 16:00

                 America/New_York                    UTC
date        day  pre      open     close    post     pre      open     close    post
2026-11-25  Wed  04:00    09:30    16:00    20:00    09:00    14:30    21:00    01:00+1
2026-11-27  Fri  04:00    09:30    13:00    17:00    09:00    14:30    18:00    22:00    early close
2026-11-30  Mon  04:00    09:30    16:00    20:00    09:00    14:30    21:00    01:00+1
"""


def test_days_the_settings_override_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    run("--days", "3")
    assert capsys.readouterr().out.splitlines()[4:] == [
        "2026-11-25  Wed  04:00    09:30    16:00    20:00    09:00    14:30    21:00    01:00+1",
        "2026-11-27  Fri  04:00    09:30    13:00    17:00    09:00    14:30    18:00    22:00    early close",
        "2026-11-30  Mon  closed [settings]",
        "2026-12-01  Tue  04:00    09:30    12:00    16:00    09:00    14:30    17:00    21:00    "
        "early close [settings]",
    ]


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        ("2026-11-25T14:29", "pre-market at Wed 2026-11-25 09:29 EST, until 09:30"),
        ("2026-11-25T14:30", "open at Wed 2026-11-25 09:30 EST, until 16:00"),
        ("2026-11-25T21:00", "post-market at Wed 2026-11-25 16:00 EST, until 20:00"),
        ("2026-11-26T01:00", "closed at Wed 2026-11-25 20:00 EST, opens Fri 2026-11-27 09:30"),
        ("2026-11-27T17:59", "open at Fri 2026-11-27 12:59 EST, until 13:00"),
        ("2026-11-28T12:00", "closed at Sat 2026-11-28 07:00 EST, opens Mon 2026-11-30 09:30"),
        ("2026-07-03T15:00", "closed at Fri 2026-07-03 11:00 EDT, opens Mon 2026-07-06 09:30"),
    ],
)
def test_it_says_whether_the_exchange_is_open(year: Table, now: str, standing: str) -> None:
    moment = int(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()) * 1_000_000_000
    assert calendar.standing(year.days, moment, ZoneInfo("America/New_York")) == standing


def test_a_day_the_settings_close_is_closed_now(capsys: pytest.CaptureFixture[str]) -> None:
    run(now="2026-11-30T15:00")
    expected = "NYSE: closed at Mon 2026-11-30 10:00 EST, opens Tue 2026-12-01 09:30"
    assert capsys.readouterr().out.splitlines()[0] == expected


def test_a_lunch_break_is_not_called_open(capsys: pytest.CaptureFixture[str]) -> None:
    run("--calendar", "JPX", now="2026-11-25T03:00")
    assert capsys.readouterr().out.splitlines()[0] == "JPX: closed for a break at Wed 2026-11-25 12:00 JST, until 12:30"


def test_today_is_the_exchanges_today(capsys: pytest.CaptureFixture[str]) -> None:
    run("--days", "1", now="2026-11-25T03:00")
    assert capsys.readouterr().out.splitlines()[-1].startswith("2026-11-24  Tue")


def test_a_session_that_begins_the_evening_before_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    run("--calendar", "us_futures", "--days", "1", "--from", "2026-11-23")
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        "2026-11-23", "Mon", "18:00-1", "18:00", "23:00-1", "23:00",
    ]  # fmt: skip


def test_json_gives_programs_each_phase_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    run("--from", "2026-11-30", "--days", "2", "--json")
    assert json.loads(capsys.readouterr().out) == [
        {
            "date": "2026-12-01",
            "phases": {
                "pre": {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T14:30:00Z"},
                "regular": {"start": "2026-12-01T14:30:00Z", "end": "2026-12-01T17:00:00Z"},
                "post": {"start": "2026-12-01T17:00:00Z", "end": "2026-12-01T21:00:00Z"},
            },
            "early_close": True,
        },
        {
            "date": "2026-12-02",
            "phases": {
                "pre": {"start": "2026-12-02T09:00:00Z", "end": "2026-12-02T14:30:00Z"},
                "regular": {"start": "2026-12-02T14:30:00Z", "end": "2026-12-02T21:00:00Z"},
                "post": {"start": "2026-12-02T21:00:00Z", "end": "2026-12-03T01:00:00Z"},
            },
            "early_close": False,
        },
    ]


def test_a_calendar_asked_for_by_name_has_no_overrides(capsys: pytest.CaptureFixture[str]) -> None:
    run("--calendar", "LSE", "--from", "2026-11-30", "--days", "1")
    assert capsys.readouterr().out.splitlines()[-1].split()[:4] == ["2026-11-30", "Mon", "08:00", "16:30"]


def test_settings_that_are_not_there_are_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere.toml: "):
        run("--config", "nowhere.toml")


PLUGIN = """\
from hftd.core.session import Day, Phase
from hftd.plugin.marks import hookimpl

HOUR = 3_600_000_000_000


def noon_to_one(calendar, first, last):
    start = 1_764_072_000 * 1_000_000_000  # 2025-11-25 12:00 UTC
    return "UTC", (Day("2025-11-25", (Phase("regular", start, start + HOUR),)),)


@hookimpl
def register_calendars():
    return {"noon": noon_to_one}
"""


def test_the_calendar_of_an_installed_plugin_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "noon_calendar.py").write_text(PLUGIN)
    about = tmp_path / "noon_calendar-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: noon-calendar\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[hftd]\nnoon = noon_calendar\n")
    monkeypatch.syspath_prepend(tmp_path)
    run("--calendar", "noon", "--from", "2025-11-25", now="2025-11-25T12:30")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "noon: open at Tue 2025-11-25 12:30 UTC, until 13:00"
    assert lines[-1].split() == ["2025-11-25", "Tue", "12:00", "13:00", "12:00", "13:00"]


def test_a_year_of_days_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run("--config", "plain.toml", "--from", "2026-01-01", "--days", "251", "--json")
    days = json.loads(capsys.readouterr().out)
    assert (len(days), days[-1]["date"]) == (251, "2026-12-31")
    assert [day["date"] for day in days if day["early_close"]] == ["2026-11-27", "2026-12-24"]


def test_an_unknown_calendar_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError, match=r'found "NOPE"$'):
        run("--calendar", "NOPE")


@pytest.mark.parametrize("argv", [("--days", "0"), ("--days", "9" * 9), ("--days", "x"), ("--from", "2026-02-30")])
def test_wrong_arguments_are_named_with_what_was_expected(
    argv: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(*argv)
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith(f"hftd calendar: error: argument {argv[0]}: expected a ")
    assert message.endswith(f'found "{argv[1]}"')
