"""Columns of tape files hold what the tape's own events say, in their order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from msgspec import structs
from pyarrow import parquet

from hftd.core.events import Quote, Trade
from hftd.errors import HftdError
from hftd.lab.compiled.columns import Columns, of_events
from hftd.lab.compiled.reading import read
from hftd.lab.compiled.sample import Window, from_columns
from hftd.tape import open_tape

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "us_equities"


def same(found: Columns, expected: Columns) -> bool:
    pairs = [(found.is_quote, expected.is_quote)]
    for kind in ("trades", "quotes"):
        one, other = getattr(found, kind), getattr(expected, kind)
        pairs += [(getattr(one, name), getattr(other, name)) for name in type(one).__struct_fields__]
    equal = [np.array_equal(*pair) and pair[0].dtype == pair[1].dtype for pair in pairs]
    return found.last == expected.last and all(equal)


def csv(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


PRINTS = "ts_ns,symbol,price,size,conditions,tape"
BOTH = "ts_ns,symbol,bid,bid_size,ask,ask_size"


@pytest.fixture
def tape(tmp_path: Path) -> list[Path]:
    """Prints in two files and quotes in a third: ties, other symbols, a bad row, prints that set nothing."""
    return [
        csv(tmp_path / "a.csv", PRINTS, "1,SPY,10.0,100,,A", "3,SPY,10.5,1,I,A", "3,IBM,9.0,5,,A", "5,SPY,11.0,7,T,A",
            "6,SPY,-1,7,,A"),
        csv(tmp_path / "q.csv", BOTH, "1,SPY,9.9,2,10.1,3", "3,SPY,10.4,4,10.6,5", "9,SPY,10.5,1,10.6,1"),
        csv(tmp_path / "b.csv", PRINTS, "1,SPY,10.1,50,,C", "3,SPY,10.6,60,W,C", "7,SPY,10.7,70,,C"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", [(0,), (1,), (0, 1), (1, 0), (2, 1, 0), (0, 1, 2)])
def test_files_read_as_columns_are_the_events_of_the_tape(tape, order):
    paths = [tape[number] for number in order]
    found, expected = read(paths, "SPY"), open_tape(paths, ["SPY"])
    assert same(found, of_events("SPY", expected))
    assert [file.events for file in found.report.files] == [file.events for file in expected.report.files]
    assert found.report.faults == expected.report.faults


PARQUET = {
    "ts_ns": [1, 3, 5, 5], "symbol": ["SPY", "IBM", "SPY", "SPY"], "price": [10.0, 9.0, 10.5, 10.4],
    "size": [100, 5, 7, 8], "conditions": ["1", None, "1000000", "20000000"], "tape": ["A", "C", None, "B"],
}  # fmt: skip


WRONG = (
    {}, {"price": [10.0, 9.0, -1.0, 10.4]}, {"size": [100, 5, None, 8]}, {"ts_ns": [1, 3, 2, 5]},
    {"ts_ns": [-1, 3, 5, 5]}, {"symbol": ["SPY", None, "SPY", "SPY"]}, {"price": [10.0, float("nan"), 1.0, 10.4]},
    {"seen_ns": [4, 4, 6, 9]}, {"price": [10.0, float("inf"), 1.0, 10.4]}, {"symbol": ["SPY", "", "SPY", "SPY"]},
)  # fmt: skip


@pytest.mark.parametrize("other", WRONG)
def test_parquet_files_are_read_as_their_events_whatever_is_wrong_with_a_row(tmp_path, other):
    path = tmp_path / "t.parquet"
    parquet.write_table(pyarrow.table(PARQUET | other), path)
    expected = open_tape([path], ["SPY"])
    events = list(expected)
    found = read([path], "SPY")
    assert same(found, of_events("SPY", events))
    assert found.report == expected.report


SIDES = (
    (9.9, 2, 10.1, 3), (0.0, 0, 10.1, 3), (10.2, 2, 10.1, 3), (0.0, 0, 0.0, 0), (10.1, 1, 10.1, 1), (9.9, -1, 10.1, 3),
)  # fmt: skip


@pytest.mark.parametrize("row", SIDES)
def test_quotes_in_parquet_are_read_as_their_events_whatever_is_wrong_with_one(tmp_path, row):
    path = tmp_path / "q.parquet"
    columns = dict(zip(("bid", "bid_size", "ask", "ask_size"), ([each, each] for each in row), strict=True))
    parquet.write_table(pyarrow.table({"ts_ns": [1, 2], "symbol": ["SPY", "SPY"]} | columns), path)
    expected = open_tape([path], ["SPY"])
    events = list(expected)
    found = read([path], "SPY")
    assert same(found, of_events("SPY", events))
    assert found.report == expected.report


def test_columns_can_be_played_as_events_again(tape):
    events = [structs.replace(each, conditions=(), tape="") if isinstance(each, Trade) else each
              for each in open_tape(tape, ["SPY"])]  # fmt: skip
    assert list(from_columns(read(tape, "SPY"), Window(2, 7))) == events[2:7]


def test_what_sets_the_price_is_told_by_condition_and_tape(tape):
    # Odd lots (I) never set it, extended-hours prints (T) not in the session, average prices (W) not on tape C.
    assert read(tape, "SPY").trades.sets.tolist() == [True, True, False, False, False, True]
    assert read(tape[:1], "SPY").last == 11.0
    assert read(tape[1:2], "SPY").last == (10.5 + 10.6) / 2
    assert read(tape, "NONE").last == 0.0


def test_the_venue_times_of_a_recording_are_a_column_of_their_own(tmp_path):
    path = csv(tmp_path / "seen.csv", "ts_ns,seen_ns,symbol,price,size", "2,5,SPY,10.0,1", "1,6,SPY,10.0,2")
    trades = read([path], "SPY").trades
    assert (trades.at.tolist(), trades.ts.tolist()) == ([5, 6], [2, 1])


def test_a_file_that_is_no_tape_is_named(tmp_path):
    with pytest.raises(HftdError, match=r"x\.csv: columns a, b"):
        read([csv(tmp_path / "x.csv", "a,b", "1,2")], "SPY")


@pytest.mark.data
@pytest.mark.parametrize(
    ("symbol", "names"),
    [("SPY", ["spy_trades_20131007"]), ("IBM", ["ibm_trades_20131007", "ibm_quotes_20131007"])],
)
def test_recorded_days_are_read_as_their_events(symbol: str, names: Sequence[str]):
    if not DATA.is_dir():
        pytest.skip("the folder shared/data/us_equities beside the repository is missing")
    paths = [DATA / f"{name}.parquet" for name in names]
    events = list(open_tape(paths, [symbol]))
    assert same(read(paths, symbol), of_events(symbol, events))
    assert {type(event) for event in events} <= {Trade, Quote}
