"""Lean's files: real minutes, and ticks written as Lean writes them."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from hftd.core.events import Bar, Quote
from hftd.errors import HftdError
from hftd.tape import open_tape
from hftd.tape.imports import import_file, lean

MIDNIGHT = int(datetime(2013, 10, 7, 4, tzinfo=UTC).timestamp()) * 10**9  # New York is UTC-4 on that day
MS, MINUTE = 10**6, 60 * 10**9


@pytest.fixture
def bars() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "bars"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the folder shared/data/bars beside the repository is missing")
    return folder


def zipped(path: Path, name: str, *lines: str) -> Path:
    with ZipFile(path, "w") as archive:
        archive.writestr(name, "".join(f"{line}\n" for line in lines))
    return path


def rows(path: Path, *names: str) -> pl.DataFrame:
    """The lines of a zip, as Polars reads them."""
    with ZipFile(path) as archive:
        frame = pl.read_csv(archive.read(archive.namelist()[0]), has_header=False, infer_schema_length=None)
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


@pytest.mark.data
@pytest.mark.parametrize("day", ["20131007", "20131010", "20230803"])
def test_minutes_of_trades_are_bars(bars: Path, tmp_path: Path, day: str) -> None:
    zone = 4 * 3600 * 10**9  # all of these days are in summer time
    midnight = int(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp()) * 10**9 + zone
    path = bars / "minute_spy" / f"{day}_trade.zip"
    made = import_file(lean, path, tmp_path)
    theirs = rows(path, "ms", "o", "h", "l", "c", "v")
    expected = [
        Bar("SPY", o / 10_000, h / 10_000, low / 10_000, c / 10_000, v, at, at + MINUTE)
        for ms, o, h, low, c, v in theirs.rows()
        for at in [midnight + ms * MS]
    ]
    assert list(open_tape([made.tape])) == expected
    assert made.rows == {"bars": len(theirs)}
    assert made.tape.name == f"{day}_spy_minute_trade"


@pytest.mark.data
def test_minutes_agree_with_the_ticks_of_the_day(bars: Path, tmp_path: Path) -> None:
    """The shares of each minute of the session are those of its ticks, in all but two of 390."""
    ticks = bars.parent / "us_equities" / "spy_trades_20131007.parquet"
    made = import_file(lean, bars / "minute_spy" / "20131007_trade.zip", tmp_path)
    summed: Counter[int] = Counter()
    for each in open_tape([ticks]):
        summed[each.ts - each.ts % MINUTE] += each.size
    opens, closes = (MIDNIGHT + hours * 3600 * 10**9 for hours in (9.5, 16))
    told = {bar.ts: bar.volume for bar in open_tape([made.tape]) if opens <= bar.ts < closes}
    assert len(told) == 390
    assert sum(summed[at] == volume for at, volume in told.items()) == 388


@pytest.mark.data
def test_minutes_of_quotes_are_the_quotes_they_ended_with(bars: Path, tmp_path: Path) -> None:
    path = bars / "minute_goog" / "20151224_quote.zip"
    made = import_file(lean, path, tmp_path)
    theirs = rows(path, "ms", "1", "2", "3", "bid", "bid_size", "4", "5", "6", "ask", "ask_size")
    midnight = int(datetime(2015, 12, 24, 5, tzinfo=UTC).timestamp()) * 10**9  # winter
    expected = [
        Quote("GOOG", bid / 10_000, bid_size, ask / 10_000, ask_size, at, at)
        for ms, bid, bid_size, ask, ask_size in theirs.select("ms", "bid", "bid_size", "ask", "ask_size").rows()
        for at in [midnight + ms * MS + MINUTE]
    ]
    assert list(open_tape([made.tape])) == expected


@pytest.mark.data
def test_ticks_are_the_trades_they_were_written_from(bars: Path, tmp_path: Path) -> None:
    """A real day's ticks in Lean's format, from a file that was made of it by others."""
    parquet = bars.parent / "us_equities" / "bac_trades_20131007.parquet"
    lines = [
        f"{(ts - MIDNIGHT) // MS},{round(price * 10_000)},{size},{exchange},{flags},0"
        for ts, price, size, exchange, flags in pl.read_parquet(parquet)
        .select("ts_ns", "price", "size", pl.col("exchange").cast(str), pl.col("conditions").cast(str))
        .rows()
    ]
    path = zipped(tmp_path / "20131007_trade.zip", "20131007_bac_Trade_Tick.csv", *lines)
    made = import_file(lean, path, tmp_path / "tapes")
    assert list(open_tape([made.tape])) == list(open_tape([parquet]))


def test_ticks_of_quotes_are_the_national_best(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip", "20131007_ibm_tick_quote.csv",
        "34200000,1800000,300,0,0,N,1,0", "34200000,0,0,1800500,200,Q,1,0", "34200001.5,1800100,100,0,0,P,1,0",
    )  # fmt: skip
    made = import_file(lean, path, tmp_path)
    at = MIDNIGHT + 34_200_000 * MS
    assert list(open_tape([made.tape])) == [
        Quote("IBM", 180.0, 300, 180.05, 200, at, at, ("R",), "N", "Q"),
        Quote("IBM", 180.01, 100, 180.05, 200, at + 1_500_000, at + 1_500_000, ("R",), "P", "Q"),
    ]


def test_what_makes_no_sense_and_what_lean_suspects_is_left_out_counted_and_named(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip", "20131007_ibm_tick_trade.csv",
        "1000,1800000,100,N,1,0", "1001,1900000,100,N,1,1", "1002,-5,100,N,1,0", "1003,1800000,100,N",
        "900,1800000,100,N,1,0", "99999999999,1800000,100,N,1,0", "1004,1800000,1,N,1,0",
    )  # fmt: skip
    made = import_file(lean, path, tmp_path)
    assert [(each.ts - MIDNIGHT) // MS for each in open_tape([made.tape])] == [1000, 1003, 1004]
    assert made.report.rows == 7
    assert made.report.faults == {
        "marked as suspicious by Lean": 1,
        "price not a number above zero": 1,
        "time missing or before the row above": 2,
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [("20131007_ibm_hour_trade.csv", "expected a day of minutes or ticks, trades or quotes"),
     ("ibm.csv", "expected a day of minutes or ticks, trades or quotes"),
     ("2013_ibm_minute_trade.csv", "day 2013, expected one as YYYYMMDD")],
)  # fmt: skip
def test_a_zip_of_something_else_is_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(HftdError, match=says):
        import_file(lean, zipped(tmp_path / "a.zip", name, "1,2,3"), tmp_path)


def test_a_file_that_is_no_zip_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("no zip")
    with pytest.raises(HftdError, match="not a readable zip of CSV: File is not a zip file"):
        import_file(lean, tmp_path / "a.zip", tmp_path)
