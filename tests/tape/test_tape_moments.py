"""Times as other programs write them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.tape.moments import Unit, moments

NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("unit", "text", "ns"),
    [
        ("ns", "1795185000123456789", 1_795_185_000_123_456_789),
        ("us", "1795185000123456", 1_795_185_000_123_456_000),
        ("ms", "1795185000123.456", 1_795_185_000_123_456_000),
        ("s", "1795185000", 1_795_185_000_000_000_000),
        ("s", "1795185000.123456789", 1_795_185_000_123_456_789),
        ("s", "1.7951850e9", 1_795_185_000_000_000_000),
        ("iso", "2026-11-20T14:30:00Z", 1_795_185_000_000_000_000),
        ("iso", "2026-11-20 14:30:00.123456789+00:00", 1_795_185_000_123_456_789),
        ("iso", "2026-11-20T15:30:00.5+01:00", 1_795_185_000_500_000_000),
        ("iso", "2026-11-20 09:30", 1_795_185_000_000_000_000),  # New York, in winter
        ("iso", "2026-07-01 09:30", 1_782_912_600_000_000_000),  # and in summer
    ],
)
def test_a_time_is_read_to_the_nanosecond(unit: Unit, text: str, ns: int) -> None:
    assert moments([text], unit, NEW_YORK) == [ns]


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s", "iso"])
def test_what_is_no_time_is_unknown(unit: Unit) -> None:
    assert moments(["", "noon", "-", "2026-13-01", "NaN", "Infinity"], unit, LONDON) == [-1] * 6


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(0, 999), st.sampled_from([UTC, None]))
def test_iso_agrees_with_the_standard_library(moment: datetime, ns: int, zone: object) -> None:
    """Which stops at microseconds."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}{ns:03d}{'Z' if zone else ''}"
    aware = moment.replace(tzinfo=UTC if zone else LONDON)
    microseconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert moments([text], "iso", LONDON) == [microseconds * 1000 + ns]


@given(st.integers(0, 2**63 - 1))
def test_seconds_with_a_fraction_lose_nothing(ns: int) -> None:
    assert moments([str(Decimal(ns).scaleb(-9))], "s", LONDON) == [ns]
