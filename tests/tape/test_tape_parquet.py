"""Parquet tapes."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hftd.core.events import Trade
from hftd.errors import HftdError, to_install
from hftd.tape import open_tape


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def test_trades_carry_lean_flags_as_letters(tmp_path):
    path = parquet(
        tmp_path / "t.parquet", ts_ns=[1, 2], symbol=["SPY", "IBM"], price=[10.0, 11.0], size=[100, 5],
        exchange=["Q", "D"], conditions=["20000020", "4000000"],
    )  # fmt: skip
    assert list(open_tape([path])) == [
        Trade("SPY", 10.0, 100, 1, 1, ("F",), "Q"),
        Trade("IBM", 11.0, 5, 2, 2, ("Q",), "D"),
    ]


def test_columns_a_tape_need_not_have_may_be_missing_and_numbers_of_other_widths_will_do(tmp_path):
    price, size = pa.array([10], "int32"), pa.array([7], "uint16")
    path = parquet(tmp_path / "t", ts_ns=[1], symbol=["SPY"], price=price, size=size)
    assert list(open_tape([path])) == [Trade("SPY", 10.0, 7, 1, 1)]


def test_words_may_be_stored_as_dictionaries_or_plainly(tmp_path):
    plain = ["SPY", "IBM", "SPY"]
    stored = (pa.array(plain), pa.array(plain).dictionary_encode(), pa.array(plain, "large_string"))
    for number, symbols in enumerate(stored):
        path = parquet(tmp_path / str(number), ts_ns=[1, 2, 3], symbol=symbols, price=[1.0] * 3, size=[1] * 3)
        assert [event.symbol for event in open_tape([path])] == plain


def test_missing_values_are_nonsense_where_they_matter(tmp_path):
    path = parquet(
        tmp_path / "t", ts_ns=[1, None, 3, 4, 5], symbol=["SPY", "SPY", None, "SPY", "SPY"],
        price=[10.0, 10.0, 10.0, None, 10.0], size=[100, 100, 100, 100, None], conditions=[None, "1", "1", "1", "1"],
    )  # fmt: skip
    tape = open_tape([path])
    assert list(tape) == [Trade("SPY", 10.0, 100, 1, 1)]
    assert tape.report.files[0].faults == {
        "time missing or before the row above": 1,
        "no symbol": 1,
        "price not a number above zero": 1,
        "size not a number of shares": 1,
    }


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [("size", ["a"], "column size holds string, expected whole numbers"),
     ("ts_ns", [1.0], "column ts_ns holds double, expected whole numbers"),
     ("price", ["a"], "column price holds string, expected numbers"),
     ("symbol", [7], "column symbol holds int64, expected text"),
     ("conditions", ["@F"], "column conditions holds '@F', expected Lean's hexadecimal flags")],
)  # fmt: skip
def test_a_column_of_the_wrong_type_is_refused(tmp_path, column, values, says):
    path = parquet(tmp_path / "t", **{"ts_ns": [1], "symbol": ["SPY"], "price": [10.0], "size": [100], column: values})
    with pytest.raises(HftdError) as caught:
        list(open_tape([path]))
    assert str(caught.value) == f"{path}: {says}"


def test_a_damaged_file_is_refused_in_one_line(tmp_path):
    path = tmp_path / "t"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(HftdError) as caught:
        open_tape([path])
    assert str(caught.value).startswith(f"{path}: not a readable Parquet file: ")
    assert "\n" not in str(caught.value)


def test_a_file_damaged_in_the_middle_is_refused_when_it_is_read(tmp_path):
    rows = 9_000
    path = parquet(tmp_path / "t", ts_ns=range(rows), symbol=["SPY"] * rows, price=[1.0] * rows, size=[1] * rows)
    content = bytearray(path.read_bytes())
    content[4:60] = bytes(56)
    path.write_bytes(content)
    with pytest.raises(HftdError, match="not a readable Parquet file: "):
        list(open_tape([path]))


def test_without_pyarrow_a_parquet_tape_says_how_to_install_it(tmp_path, monkeypatch):
    path = parquet(tmp_path / "t", ts_ns=[1], symbol=["SPY"], price=[10.0], size=[100])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(HftdError) as caught:
        open_tape([path])
    assert str(caught.value) == f"{path}: Parquet needs pyarrow: {to_install('lab')}"
