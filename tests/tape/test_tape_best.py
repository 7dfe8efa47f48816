"""The national best bid and offer from rows of one side each."""

import pyarrow as pa
import pyarrow.parquet as pq

from hftd.core.events import Quote
from hftd.tape import open_tape


def halves(path, *rows):
    names = ("ts_ns", "symbol", "bid", "bid_size", "ask", "ask_size", "exchange", "conditions")
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    return path


def quote(ts, bid, ask, conditions=("R",), symbol="IBM"):
    """``bid`` and ``ask`` are price, size and exchange."""
    return Quote(symbol, bid[0], bid[1], ask[0], ask[1], ts, ts, conditions, bid[2], ask[2])


def test_both_sides_of_an_update_are_taken_in_before_the_quote_is_told(tmp_path):
    path = halves(
        tmp_path / "q",
        (1, "IBM", 10.0, 100, 0.0, 0, "N", "1"), (1, "IBM", 0.0, 0, 10.02, 300, "Q", "1"),
        (2, "IBM", 10.02, 200, 0.0, 0, "P", "800"), (2, "IBM", 0.0, 0, 10.03, 400, "Q", "800"),
    )  # fmt: skip
    assert list(open_tape([path])) == [
        quote(1, (10.0, 100, "N"), (10.02, 300, "Q")),
        quote(2, (10.02, 200, "P"), (10.03, 400, "Q"), ("O",)),
    ]


def test_a_side_told_alone_leaves_the_other_as_it_was(tmp_path):
    path = halves(
        tmp_path / "q",
        (1, "IBM", 0.0, 0, 10.05, 100, "Q", "1"), (2, "IBM", 10.0, 200, 0.0, 0, "P", "1"),
        (3, "IBM", 10.01, 300, 0.0, 0, "P", "1"), (4, "IBM", 0.0, 0, 10.04, 400, "Z", "1"),
        (5, "IBM", 10.02, 500, 0.0, 0, "N", "1"),
    )  # fmt: skip
    assert list(open_tape([path])) == [
        quote(1, (0.0, 0, ""), (10.05, 100, "Q")),
        quote(2, (10.0, 200, "P"), (10.05, 100, "Q")),
        quote(3, (10.01, 300, "P"), (10.05, 100, "Q")),
        quote(4, (10.01, 300, "P"), (10.04, 400, "Z")),
        quote(5, (10.02, 500, "N"), (10.04, 400, "Z")),
    ]


def test_symbols_mixed_in_one_file_do_not_disturb_each_other(tmp_path):
    path = halves(
        tmp_path / "q",
        (1, "IBM", 10.0, 100, 0.0, 0, "N", "1"), (1, "BAC", 0.0, 0, 5.0, 300, "Q", "1"),
        (1, "BAC", 4.9, 100, 5.1, 200, "Q", "1"),
    )  # fmt: skip
    assert list(open_tape([path])) == [
        quote(1, (10.0, 100, "N"), (0.0, 0, "")),
        quote(1, (0.0, 0, ""), (5.0, 300, "Q"), symbol="BAC"),
        quote(1, (4.9, 100, "Q"), (5.1, 200, "Q"), symbol="BAC"),
    ]


def test_an_update_cut_by_the_end_of_a_batch_is_still_one_quote(tmp_path):
    rows = [(at, "IBM", 10.0, at, 0.0, 0, "N", "1") for at in range(1, 32_768)]
    rows += [(32_768, "IBM", 10.01, 100, 0.0, 0, "N", "1"), (32_768, "IBM", 0.0, 0, 10.05, 300, "Q", "1")]
    quotes = list(open_tape([halves(tmp_path / "q", *rows)]))
    assert len(quotes) == 32_768
    assert quotes[-1] == quote(32_768, (10.01, 100, "N"), (10.05, 300, "Q"))


def test_a_crossed_quote_is_left_out_and_counted_and_a_locked_one_is_told(tmp_path):
    path = halves(
        tmp_path / "q",
        (1, "IBM", 10.0, 100, 0.0, 0, "N", "1"), (1, "IBM", 0.0, 0, 10.0, 300, "Q", "1"),
        (2, "IBM", 10.02, 100, 0.0, 0, "N", "1"), (2, "IBM", 0.0, 0, 10.01, 300, "Q", "1"),
    )  # fmt: skip
    tape = open_tape([path])
    assert [(each.ts, each.bid, each.ask) for each in tape] == [(1, 10.0, 10.0)]
    says = "bid above ask: 1 left out, 4 rows read (first: IBM at 2: bid 10.02, ask 10.01)"
    assert tape.report.lines() == [f"{path}: {says}"]


def test_a_row_without_either_side_or_with_a_negative_one_is_nonsense(tmp_path):
    path = halves(
        tmp_path / "q", (1, "IBM", 0.0, 0, 0.0, 0, "N", "1"), (2, "IBM", -1.0, 5, 9.0, 5, "N", "1"),
        (3, "IBM", 9.0, -5, 0.0, 0, "N", "1"), (4, "", 9.0, 5, 0.0, 0, "N", "1"), (5, "IBM", 9.0, 5, 0.0, 0, "N", "1"),
    )  # fmt: skip
    tape = open_tape([path])
    assert [each.ts for each in tape] == [5]
    assert tape.report.files[0].faults == {
        "neither bid nor ask given": 1,
        "bid or ask not a number": 1,
        "size not a number of shares": 1,
        "no symbol": 1,
    }
