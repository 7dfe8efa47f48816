"""CSV tapes."""

import pytest

from hftd.core.events import Quote, Trade
from hftd.errors import HftdError
from hftd.tape import open_tape


def text(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_trades(tmp_path):
    path = text(tmp_path / "t.csv", "ts_ns,symbol,price,size", "1,SPY,10.5,100", "2,IBM,20.25,17")
    assert list(open_tape([path])) == [Trade("SPY", 10.5, 100, 1, 1), Trade("IBM", 20.25, 17, 2, 2)]


def test_trades_with_conditions_exchange_and_tape_in_any_order(tmp_path):
    head = "tape,size,conditions,price,exchange,symbol,ts_ns"
    path = text(tmp_path / "t.csv", head, "B,100,@F,10.5,Q,SPY,1", "B,7,@ I,10,D,SPY,1")
    assert list(open_tape([path])) == [
        Trade("SPY", 10.5, 100, 1, 1, ("@", "F"), "Q", "B"),
        Trade("SPY", 10.0, 7, 1, 1, ("@", "I"), "D", "B"),
    ]


def test_quotes_may_lack_a_side_or_both_as_when_nobody_quotes(tmp_path):
    head = "ts_ns,symbol,bid,bid_size,ask,ask_size"
    path = text(tmp_path / "q.csv", head, "1,IBM,10,200,10.01,300", "2,IBM,0,0,10.01,300", "3,IBM,0,0,0,0")
    tape = open_tape([path])
    assert list(tape) == [
        Quote("IBM", 10.0, 200, 10.01, 300, 1, 1),
        Quote("IBM", 0.0, 0, 10.01, 300, 2, 2),
        Quote("IBM", 0.0, 0, 0.0, 0, 3, 3),
    ]
    assert tape.report.faults == 0


def test_a_byte_order_mark_carriage_returns_empty_lines_and_columns_of_others_do_no_harm(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfts_ns, symbol,price,size,note\r\n\r\n1,SPY,10,100,first\r\n\r\n2,SPY,11,100,\r\n")
    tape = open_tape([path])
    assert [(event.ts, event.price) for event in tape] == [(1, 10.0), (2, 11.0)]
    assert (tape.report.files[0].rows, tape.report.faults) == (2, 0)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"ts_ns,symbol,price,size\n1,SPY,10,100\n\xff\n"])
def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(HftdError) as caught:
        list(open_tape([path]))
    assert str(caught.value).startswith(f"{path}: not a readable CSV or Parquet file: ")
    assert "\n" not in str(caught.value)
