"""Tables of days come from the disk the second time, and only while they are the right ones."""

from datetime import date
from pathlib import Path

import pytest

from hftd.venues import calendar_cache
from hftd.venues.calendar_cache import cached_days, cached_table
from hftd.venues.exchange_calendar import Table, trading_days

FIRST, LAST = date(2026, 11, 20), date(2026, 12, 31)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path))
    return tmp_path


def no_table(*_: object) -> Table:
    raise AssertionError("made anew")


def test_the_second_answer_comes_from_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached_table(FIRST, LAST, "NYSE")
    monkeypatch.setattr(calendar_cache, "table", no_table)

    assert cached_table(FIRST, LAST, "NYSE") == first
    assert first.days == trading_days(FIRST, LAST)
    assert first.early_closes == ("2026-11-27", "2026-12-24")


def test_another_version_of_the_library_makes_it_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached_days(FIRST, LAST)
    monkeypatch.setattr(calendar_cache, "version", lambda _: "99.0")
    monkeypatch.setattr(calendar_cache, "table", no_table)

    with pytest.raises(AssertionError, match="made anew"):
        cached_days(FIRST, LAST)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"calendar":"LSE","zone":"Europe/London","days":[],"early_closes":[]}']
)
def test_a_file_that_is_not_the_table_is_made_anew(folder: Path, damage: bytes) -> None:
    cached_days(FIRST, LAST)
    (file,) = folder.iterdir()
    file.write_bytes(damage)

    assert cached_days(FIRST, LAST) == trading_days(FIRST, LAST)


def test_a_folder_that_cannot_be_used_costs_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", "/proc/nowhere")

    assert cached_days(FIRST, LAST) == trading_days(FIRST, LAST)


def test_nothing_is_kept_for_who_has_no_home() -> None:
    """A cron job, or `env -i`: no folder may come into being where none was meant."""
    kept: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendar_cache, "_keep", lambda path, made: kept.append(path))
        made = cached_table(FIRST, LAST, "NYSE", {})
    assert made.days[0].date == "2026-11-20"
    assert kept == []
