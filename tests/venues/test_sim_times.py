"""Times of the REST API, and clock and calendar of the trading API, section 6."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.session import Day, Phase
from hftd.venues.sim.times import Almanac, eastern, eastern_date, nanoseconds, rfc3339

SECOND = 1_000_000_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text + "+00:00").timestamp()) * SECOND


# The Friday after Thanksgiving 2026 closes at 13:00; the page gives 04:00 to 20:00 as its session, the calendar 17:00.
HALF = Day("2026-11-27", (
    Phase("pre", at("2026-11-27T09:00:00"), at("2026-11-27T14:30:00")),
    Phase("regular", at("2026-11-27T14:30:00"), at("2026-11-27T18:00:00")),
    Phase("post", at("2026-11-27T18:00:00"), at("2026-11-27T22:00:00")),
))  # fmt: skip
MONDAY = Day("2026-11-30", (Phase("regular", at("2026-11-30T14:30:00"), at("2026-11-30T21:00:00")),))


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2023-12-12T22:31:24.668464435Z", at("2023-12-12T22:31:24") + 668_464_435),
        ("2023-12-12T22:31:24Z", at("2023-12-12T22:31:24")),
        ("2023-12-12T17:31:24.5-05:00", at("2023-12-12T22:31:24") + 500_000_000),
        ("2023-12-12T22:31:24+00:00", at("2023-12-12T22:31:24")),
        ("2023-12-12", at("2023-12-12T00:00:00")),
        ("2023-12-12T22:31:24", at("2023-12-12T22:31:24")),
        ("2023-12-12T22:31:24.25", at("2023-12-12T22:31:24") + 250_000_000),
    ],
)
def test_times_are_read_in_every_form_clients_send(text, ns):
    assert nanoseconds(text) == ns


@given(st.integers(0, 4_000_000_000 * SECOND))
def test_times_come_back_as_they_were_written(ns):
    assert nanoseconds(rfc3339(ns)) == ns
    assert nanoseconds(eastern(ns)) == ns


@pytest.mark.parametrize("text", ["yesterday", "2023-13-01", "12:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"(?i)invalid isoformat|month must be"):
        nanoseconds(text)


def test_new_york_has_its_offset_and_its_date():
    assert eastern(at("2026-07-01T13:30:00") + 5) == "2026-07-01T09:30:00.000000005-04:00"
    assert eastern_date(at("2026-11-28T02:00:00")).isoformat() == "2026-11-27"


@pytest.mark.parametrize(
    ("now", "is_open", "opens", "closes"),
    [
        ("2026-11-27T14:29:59", False, "2026-11-27T09:30:00-05:00", "2026-11-27T13:00:00-05:00"),
        ("2026-11-27T14:30:00", True, "2026-11-30T09:30:00-05:00", "2026-11-27T13:00:00-05:00"),
        ("2026-11-27T18:00:00", False, "2026-11-30T09:30:00-05:00", "2026-11-30T16:00:00-05:00"),
        ("2026-11-30T21:00:00", False, "2026-12-01T16:00:00-05:00", "2026-12-01T16:00:00-05:00"),
    ],
)
def test_the_clock_knows_the_next_open_and_close(now, is_open, opens, closes):
    clock = Almanac([HALF, MONDAY]).clock(at(now))
    assert clock == {"timestamp": eastern(at(now)), "is_open": is_open, "next_open": opens, "next_close": closes}


def test_the_calendar_shows_an_early_close_and_when_it_settles():
    first, second = Almanac([HALF, MONDAY]).calendar("", "")
    assert first == {
        "date": "2026-11-27", "open": "09:30", "close": "13:00", "session_open": "0400", "session_close": "1700",
        "settlement_date": "2026-11-30",
    }  # fmt: skip
    assert second["session_open"] == "0930"


@pytest.mark.parametrize(
    ("start", "end", "dates"),
    [("2026-11-28", "", ["2026-11-30"]), ("", "2026-11-27", ["2026-11-27"]), ("2026-12-01", "", [])],
)
def test_the_calendar_is_bounded_by_dates(start, end, dates):
    assert [each["date"] for each in Almanac([HALF, MONDAY]).calendar(start, end)] == dates
