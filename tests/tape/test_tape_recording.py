"""Tapes that hftd writes: what goes in comes out, in the order it went in; nothing half done is ever there."""

import csv
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.core.events import Band, Bar, Bust, Correction, Gap, Quote, Status, Trade
from hftd.errors import HftdError
from hftd.tape import open_tape
from hftd.tape.export import Choice, export
from hftd.tape.recording import Recording

MINUTE = 60 * 10**9
EVENTS = [
    Quote("SPY", 9.99, 300, 10.01, 500, 5, 10, ("R",), "Q", "P", "B"),
    Trade("SPY", 10.01, 100, 6, 10, ("@", "F"), "V", "B", 71),
    Trade("IBM", 20.0, 7, 4, 10, (), "", "", 0),
    Quote("SPY", 0.0, 0, 0.0, 0, 11, 12),
    Bar("SPY", 10.0, 10.5, 9.5, 10.01, 1_000, 0, 13, "updated", 12, 10.03),
    Status("SPY", True, "H", "T1", 14, 14, "news, pending"),
    Status("SPY", None, "I", "", 14, 14),
    Band("SPY", 9.5, 10.5, "B", 15, 15),
    Correction("SPY", 71, 10.01, 100, 72, 10.02, 90, 16, 16),
    Bust("SPY", 72, 10.02, 90, "C", 17, 17),
    Gap("market data", 3, 18, 18, (Bar("SPY", 10.0, 10.5, 9.5, 10.01, 1_000, 0, MINUTE, "minute", 12, 10.03),)),
    Gap("market data", 4, 5, 18),
    Trade("SPY", 10.0, 1, 18, 18, (" ", "37"), "D", "C", 2**60),
]


def recorded(folder: Path, events=EVENTS) -> Path:
    with Recording(folder) as recording:
        recording.add(events)
        recording.close({})
    return folder


def test_a_recording_comes_back_as_it_was_written_events_of_one_moment_included(tmp_path):
    tape = open_tape([recorded(tmp_path / "day")])
    assert list(tape) == EVENTS
    assert tape.report.faults == 0


def test_a_recording_is_a_folder_with_a_file_for_each_kind(tmp_path):
    folder = recorded(tmp_path / "day")
    assert sorted(path.stem for path in folder.iterdir()) == [
        "bands", "bars", "busts", "corrections", "gaps", "quotes", "statuses", "trades",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_two_recordings_are_merged_by_time_and_each_keeps_its_own_order(tmp_path):
    """Both number their events from one, which says nothing of one against the other."""
    one = recorded(tmp_path / "a", [Trade("A", 1.0, 1, 10, 10), Quote("A", 1, 1, 2, 1, 30, 30)])
    other = recorded(tmp_path / "b", [Quote("B", 1, 1, 2, 1, 20, 20), Trade("B", 1.0, 1, 20, 20)])
    told = [(event.symbol, type(event), event.seen) for event in open_tape([one, other])]
    assert told == [("A", Trade, 10), ("B", Quote, 20), ("B", Trade, 20), ("A", Quote, 30)]


names = st.sampled_from(["SPY", "BRK.B", "BTCUSDT"])
times = st.integers(0, 2**62)
sizes = st.integers(0, 2**62)
prices = st.floats(0.0001, 1e7, allow_nan=False)
letters = st.lists(st.text("@FITZU 47", min_size=1, max_size=3), max_size=4).map(tuple)
prints = st.builds(Trade, names, prices, sizes, times, times, letters, st.sampled_from("VQ"), st.just("C"), sizes)
quotes = st.tuples(names, prices, sizes, sizes, times, times, letters).map(
    lambda x: Quote(x[0], x[1], x[2], x[1], x[3], x[4], x[5], x[6], "Q", "", "A")
)


@given(st.lists(prints | quotes, max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_whatever_was_recorded_comes_back_as_it_was_written(tmp_path, events):
    events.sort(key=lambda event: event.seen)
    if events:
        assert list(open_tape([recorded(tmp_path / "any", events)])) == events


def test_what_is_not_whole_is_not_there_and_an_error_leaves_nothing(tmp_path):
    def stopped():
        yield from EVENTS
        assert [path.name for path in tmp_path.iterdir()] == [".day.part"]
        raise HftdError("the source broke")

    with pytest.raises(HftdError, match="the source broke"):
        recorded(tmp_path / "day", stopped())
    assert list(tmp_path.iterdir()) == []


def test_one_tape_is_written_by_one_process_at_a_time(tmp_path):
    with Recording(tmp_path / "day") as first:
        with pytest.raises(HftdError, match="another hftd is writing this tape"):
            Recording(tmp_path / "day")
        first.close({})
    recorded(tmp_path / "day")


def test_a_newer_tape_of_the_name_takes_the_place_of_the_old_one(tmp_path):
    recorded(tmp_path / "day")
    assert list(open_tape([recorded(tmp_path / "day", EVENTS[:2])])) == EVENTS[:2]
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_a_disk_that_takes_nothing_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HftdError) as caught:
        Recording(tmp_path / "file" / "day")
    assert str(caught.value) == f"{tmp_path}/file/day: cannot be written: Not a directory"


# ---- read by others, and exported ------------------------------------------------------------------------------------


def test_duckdb_opens_a_tape_in_one_line(tmp_path):
    recorded(tmp_path / "day")
    sql = f"SELECT symbol, count(*), sum(size), max(price) FROM '{tmp_path}/day/trades.parquet' GROUP BY ALL ORDER BY 1"
    assert duckdb.connect().execute(sql).fetchall() == [("IBM", 1, 7, 20.0), ("SPY", 2, 101, 10.01)]
    sql = f"SELECT make_timestamp_ns(max(ts_ns)) FROM '{tmp_path}/*/bars.parquet'"
    assert duckdb.connect().execute(sql).fetchall() == [(datetime(1970, 1, 1),)]


def test_the_query_of_the_documentation_runs_as_it_stands(tmp_path, monkeypatch):
    recorded(tmp_path / "state" / "tapes" / "2026-11-20")
    recorded(tmp_path / "state" / "tapes" / "2026-11-21", EVENTS[:2])
    sql = (Path(__file__).parents[2] / "docs" / "examples" / "tape.sql").read_text()
    assert sql.count("\n") == 1
    monkeypatch.chdir(tmp_path)
    assert duckdb.connect().execute(sql).fetchall() == [("IBM", 1, 7, 20.0), ("SPY", 3, 201, 10.01)]


def test_an_export_to_csv_says_what_the_recording_says(tmp_path):
    """Read by the standard library's own reader."""
    written = export([recorded(tmp_path / "day")], tmp_path / "out.csv", Choice("trades"))
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert written.rows == len(rows) == 3
    assert rows[0] == {
        "ts_ns": "6", "symbol": "SPY", "price": "10.01", "size": "100", "exchange": "V", "conditions": "@F",
        "tape": "B", "id": "71", "seen_ns": "10", "number": "1",
    }  # fmt: skip
    assert list(open_tape([tmp_path / "out.csv"]))[:2] == [EVENTS[1], EVENTS[2]]


def test_an_export_to_parquet_says_what_the_recording_says(tmp_path):
    """Read by Polars."""
    export([recorded(tmp_path / "day")], tmp_path / "out.parquet", Choice("bars"))
    (row,) = pl.read_parquet(tmp_path / "out.parquet").rows(named=True)
    assert row == {
        "ts_ns": 0, "symbol": "SPY", "open": 10.0, "high": 10.5, "low": 9.5, "close": 10.01, "volume": 1000,
        "span": "updated", "trades": 12, "vwap": 10.03, "seen_ns": 13, "number": 1,
    }  # fmt: skip


def test_gaps_come_over_in_csv_too_whichever_symbols_are_asked_for(tmp_path):
    export([recorded(tmp_path / "day")], tmp_path / "out.csv", Choice("gaps", frozenset({"IBM"})))
    told = list(open_tape([tmp_path / "out.csv"], {"IBM"}))
    assert told == [event for event in EVENTS if isinstance(event, Gap)]


def test_an_export_takes_the_symbols_and_the_span_it_is_asked_for(tmp_path):
    day = recorded(tmp_path / "day", [Trade(symbol, 1.0, 1, at, at) for at in range(10) for symbol in ("A", "B")])
    assert export([day], tmp_path / "out.csv", Choice("trades", frozenset({"B"}), 3, 6)).rows == 3
    assert [(event.symbol, event.ts) for event in open_tape([tmp_path / "out.csv"])] == [("B", 3), ("B", 4), ("B", 5)]


@pytest.mark.parametrize(
    ("destination", "kind", "says"),
    [("out.xml", "trades", "out.xml: expected a name ending in .parquet or .csv"),
     ("out.csv", "bands", "day: no bands in it, found quotes, trades")],
)  # fmt: skip
def test_an_export_of_nothing_or_to_nowhere_is_refused(tmp_path, destination, kind, says):
    recorded(tmp_path / "day", EVENTS[:2])
    with pytest.raises(HftdError) as caught:
        export([tmp_path / "day"], tmp_path / destination, Choice(kind))
    assert str(caught.value) == f"{tmp_path}/{says}"
    assert not (tmp_path / destination).exists()


def test_an_export_does_not_write_over_what_is_there(tmp_path):
    recorded(tmp_path / "day")
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(HftdError, match="is there already"):
        export([tmp_path / "day"], tmp_path / "out.csv", Choice("trades"))
    assert (tmp_path / "out.csv").read_text() == "mine"
