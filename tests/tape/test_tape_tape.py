"""Opening tapes: several files, one order, little memory; what is no tape."""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hftd.core.events import Bar, Gap, Quote, Status, Trade
from hftd.errors import HftdError
from hftd.tape import open_tape

TRADES = "ts_ns,symbol,price,size"
QUOTES = "ts_ns,symbol,bid,bid_size,ask,ask_size"


def text(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_files_are_merged_by_time(tmp_path):
    trades = text(tmp_path / "a", TRADES, "1,A,1,1", "2,A,2,1", "2,A,1,1", "5,A,1,1")
    quotes = text(tmp_path / "b", QUOTES, "2,B,1,1,2,1", "3,B,1,1,2,1")
    assert [(event.seen, event.symbol, type(event)) for event in open_tape([quotes, trades])] == [
        (1, "A", Trade), (2, "B", Quote), (2, "A", Trade), (2, "A", Trade), (3, "B", Quote), (5, "A", Trade),
    ]  # fmt: skip


def test_within_one_time_the_order_of_the_files_and_of_their_rows_is_kept(tmp_path):
    first = text(tmp_path / "a", TRADES, "1,A,3,1", "1,A,1,1", "1,A,2,1")
    second = text(tmp_path / "b", TRADES, "1,B,9,1", "1,B,8,1")
    assert [event.price for event in open_tape([first, second])] == [3.0, 1.0, 2.0, 9.0, 8.0]
    assert [event.price for event in open_tape([second, first])] == [9.0, 8.0, 3.0, 1.0, 2.0]


def test_a_tape_without_rows_or_files_is_over_at_once(tmp_path):
    none = {"ts_ns": pa.int64(), "symbol": pa.string(), "price": pa.float64(), "size": pa.int64()}
    pq.write_table(pa.table({name: pa.array([], kind) for name, kind in none.items()}), tmp_path / "t.parquet")
    assert list(open_tape([text(tmp_path / "t.csv", TRADES), tmp_path / "t.parquet"])) == []
    assert list(open_tape([])) == []


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_tape_is_read_as_it_is_asked_for(tmp_path, kind):
    count = 100_000
    table = pl.select(ts_ns=pl.int_range(count)).with_columns(symbol=pl.lit("SPY"), price=pl.lit(10.0), size=pl.lit(1))
    path = tmp_path / "t"
    table.write_csv(path) if kind == "csv" else table.write_parquet(path)
    tape = open_tape([path])
    next(tape)
    assert 0 < tape.report.files[0].rows < count / 2
    assert sum(1 for _ in tape) == count - 1
    assert tape.report.files[0].rows == tape.report.files[0].events == count


@pytest.mark.parametrize(("line", "found"), [("time,price", "time, price"), ("", "none")])
def test_a_file_with_other_columns_is_refused_with_both(tmp_path, line, found):
    path = text(tmp_path / "t.csv", line)
    with pytest.raises(HftdError) as caught:
        open_tape([path])
    expected = "ts_ns, symbol, price, size or ts_ns, symbol, bid, bid_size, ask, ask_size"
    assert str(caught.value) == f"{path}: columns {found}; a tape has {expected}"


def test_a_file_that_is_not_there_and_a_folder_without_tapes_are_refused(tmp_path):
    with pytest.raises(HftdError, match="none: cannot be read: No such file"):
        open_tape([tmp_path / "none"])
    with pytest.raises(HftdError, match="no tape in this folder, expected files ending"):
        open_tape([tmp_path])


def test_a_folder_stands_for_the_tapes_in_it(tmp_path):
    text(tmp_path / "a.csv", TRADES, "2,A,1,1")
    text(tmp_path / "b.csv", QUOTES, "1,B,1,1,2,1")
    text(tmp_path / "notes.txt", "no tape at all")
    assert [event.symbol for event in open_tape([tmp_path])] == ["B", "A"]
    assert [event.symbol for event in open_tape([tmp_path], kinds=["trades"])] == ["A"]


def test_bars_are_seen_when_their_minute_is_over_and_statuses_when_they_were_told(tmp_path):
    """09:31 and 09:32 of a day; the halt comes between the two, while the second minute is being made."""
    head = "ts_ns,symbol,open,high,low,close,volume"
    bars = text(tmp_path / "a", head, "60000000000,A,1,3,1,2,100", "120000000000,A,2,2,1,1,50")
    head = "ts_ns,symbol,halted,code,reason,text"
    statuses = text(tmp_path / "b", head, "130000000000,A,1,H,T1,news", "190000000000,A,,X,,", "191000000000,A,0,T,,")
    told = list(open_tape([statuses, bars]))
    assert [(type(event), event.seen // 10**9) for event in told] == [
        (Bar, 120), (Status, 130), (Bar, 180), (Status, 190), (Status, 191),
    ]  # fmt: skip
    assert told[0] == Bar("A", 1.0, 3.0, 1.0, 2.0, 100, 60 * 10**9, 120 * 10**9)
    assert [event.halted for event in told if isinstance(event, Status)] == [True, None, False]


def test_a_gap_of_nonsense_is_named(tmp_path):
    head = "ts_ns,until_ns,feed,bars,seen_ns"
    tape = open_tape([text(tmp_path / "a", head, "1,2,m,,3", "2,1,m,,3", "1,2,,,3", "1,2,m,x,3", "1,2,m,,2")])
    assert list(tape) == [Gap("m", 1, 2, 3)]
    assert tape.report.files[0].faults == {
        "a gap that ends before it began": 1, "no feed": 1, "bars not the minutes of a gap": 1,
        "time missing or before the row above": 1,
    }  # fmt: skip


def test_what_was_seen_later_than_it_happened_comes_when_it_was_seen(tmp_path):
    """Two exchanges' prints may cross on the way: they are told as they came in."""
    path = text(tmp_path / "a", f"{TRADES},seen_ns", "10,A,1,1,50", "9,A,2,1,51", "30,A,3,1,40", "-1,A,3,1,60")
    tape = open_tape([path])
    assert [(event.ts, event.seen) for event in tape] == [(10, 50), (9, 51)]
    assert tape.report.files[0].faults == {"time missing or before the row above": 2}


@pytest.mark.parametrize(
    ("row", "fault"),
    [("1,A,5,3,1,2,1,minute", "open, high, low and close not four prices, or not in the range they make"),
     ("1,A,2,3,0,2,1,minute", "open, high, low and close not four prices, or not in the range they make"),
     ("1,A,2,3,1,2,-1,minute", "size not a number of shares"),
     ("1,A,2,3,1,2,1,hour", "span not minute, day or updated"),
     ("1,,2,3,1,2,1,minute", "no symbol")],
)  # fmt: skip
def test_a_bar_of_nonsense_is_named(tmp_path, row, fault):
    head = "ts_ns,symbol,open,high,low,close,volume,span"
    tape = open_tape([text(tmp_path / "a", head, "0,A,2,3,1,2,1,day", row)])
    assert [event.span for event in tape] == ["day"]
    assert tape.report.files[0].faults == {fault: 1}
