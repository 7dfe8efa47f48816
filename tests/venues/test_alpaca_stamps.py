"""The venue's times, held against Python's datetime and the msgpack package's Timestamp."""

import time
from datetime import UTC, datetime, timedelta

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from hftd.venues.alpaca.stamps import ext_ns, text_ns

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
calm = settings(deadline=None)  # a busy machine is no fault of the code
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31, 23, 59, 59), timezones=st.just(UTC))


def ns(moment: datetime) -> int:
    """Whole microseconds since 1970, in ns, by datetime's own arithmetic."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def test_the_documented_times() -> None:
    """Seconds by `date -u -d @…`: 2021-02-22T15:51:44Z is 1614009104."""
    assert text_ns("2021-02-22T15:51:44.208Z") == 1_614_009_104_208_000_000
    assert text_ns("2021-02-22T15:51:45.335689322Z") == 1_614_009_105_335_689_322
    assert text_ns("2021-02-22T19:15:00Z") == 1_614_021_300_000_000_000
    assert text_ns("1970-01-01T00:00:00Z") == 0


@calm
@given(MOMENTS)
def test_every_microsecond_is_datetime_s(moment: datetime) -> None:
    """With six decimals, and with its trailing zeros trimmed as the venue does."""
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")

    assert text_ns(f"{text}Z") == ns(moment)
    assert text_ns(f"{text.rstrip('0').rstrip('.')}Z") == ns(moment)


@calm
@given(MOMENTS, st.integers(1, 9), st.data())
def test_up_to_nine_decimals_count_as_they_stand(moment: datetime, places: int, data: st.DataObject) -> None:
    whole = moment.replace(microsecond=0)
    decimals = data.draw(st.integers(0, 10**places - 1))
    text = f"{whole.strftime('%Y-%m-%dT%H:%M:%S')}.{decimals:0{places}d}Z"

    assert text_ns(text) == ns(whole) + decimals * 10 ** (9 - places)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_the_machine_s_zone_does_not_matter(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        # A second no other test asks for, so that no remembered one answers.
        assert text_ns("2024-03-10T02:30:17Z") == 1_710_037_817_000_000_000
        assert text_ns(f"2024-11-03T01:30:{len(zone):02d}Z") == (1_730_597_400 + len(zone)) * 10**9
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    ["", "Z", "2021-02-22T15:51:44", "2021-02-22T15:51:44z", "2021-02-22T15:51:44+00:00", "2021-02-22 15:51:44Z",
     "2021-02-22T15:51:44.Z", "2021-02-22T15:51:44.1234567891Z", "2021-02-22T15:51:44.12 Z", "2021-02-22T15:51:44,1Z",
     "2021-02-22T15:51:44.-1Z", "2021-02-30T00:00:00Z", "2021-13-01T00:00:00Z", "2021-02-22T24:00:00Z",
     "2021-2-22T15:51:44.0Z", "٢٠٢١-02-22T15:51:44Z", "2021-02-22T15:51:44.١Z", "0001-01-01T00:00:00Z",
     "1969-12-31T23:59:59Z", "2262-12-31T00:00:00Z", "9999-12-31T23:59:59Z", "tomorrow, perhapsZ"],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Z|1970|decimals|time data|unconverted|range"):
        text_ns(text)


@calm
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        moment = text_ns(text + "Z")
    except ValueError:
        moment = 0

    assert 0 <= moment < 2**63


@calm
@given(st.integers(0, 2**63 // 10**9 - 1), st.integers(0, 10**9 - 1))
def test_extensions_are_the_msgpack_package_s(seconds: int, nanoseconds: int) -> None:
    """It picks the form by size: 4 bytes for whole seconds, 8 below 2^34 seconds, else 12."""
    stamp = msgpack.Timestamp(seconds, nanoseconds)

    assert ext_ns(Ext(-1, stamp.to_bytes())) == stamp.to_unix_nano()


@pytest.mark.parametrize(("seconds", "nanoseconds", "length"), [(1, 0, 4), (1, 1, 8), (2**33, 5, 8)])
def test_each_short_form_is_read(seconds: int, nanoseconds: int, length: int) -> None:
    content = msgpack.Timestamp(seconds, nanoseconds).to_bytes()

    assert len(content) == length
    assert ext_ns(Ext(-1, content)) == seconds * 10**9 + nanoseconds


def test_the_longest_form_is_read() -> None:
    """Twelve bytes: nanoseconds, then seconds (msgpack specification, timestamp 96)."""
    assert ext_ns(Ext(-1, (7).to_bytes(4, "big") + (1_700_000_000).to_bytes(8, "big"))) == 1_700_000_000_000_000_007


@pytest.mark.parametrize(
    "ext",
    [Ext(5, b"\0\0\0\1"), Ext(-1, b""), Ext(-1, b"\0\0\0"), Ext(-1, b"\0" * 16), "2021-02-22T15:51:44Z",
     Ext(-1, ((10**9 << 34) | 5).to_bytes(8, "big")), Ext(-1, b"\0\0\0\0" + b"\xff" * 8),
     Ext(-1, (10**9).to_bytes(4, "big") + (5).to_bytes(8, "big")), Ext(-1, b"\0\0\0\0" + b"\x7f" * 8)],
)  # fmt: skip
def test_any_other_extension_is_refused(ext: Ext | str) -> None:
    with pytest.raises(ValueError, match=r"expected|no time"):
        ext_ns(ext)
