"""Rows that make no sense, and rows of symbols nobody asked for."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.tape import open_tape

HEAD = "ts_ns,symbol,price,size"


def text(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("row", "fault"),
    [("3,SPY,-1,100", "price not a number above zero"), ("3,SPY,0,100", "price not a number above zero"),
     ("3,SPY,nan,100", "price not a number above zero"), ("3,SPY,inf,100", "price not a number above zero"),
     ("3,SPY,ten,100", "price not a number above zero"), ("3,SPY,,100", "price not a number above zero"),
     ("3,SPY,10,-5", "size not a number of shares"), ("3,SPY,10,1.5", "size not a number of shares"),
     ("3,SPY,10", "size not a number of shares"), ("3,,10,100", "no symbol"),
     ("1,SPY,10,100", "time missing or before the row above"), (",SPY,10,100", "time missing or before the row above"),
     ("3,SPY,1,000,100", "time missing or before the row above")],
)  # fmt: skip
def test_a_row_of_nonsense_is_left_out_counted_and_named(tmp_path, row, fault):
    path = text(tmp_path / "t.csv", HEAD, "2,SPY,10,100", row, "4,SPY,10,100")
    tape = open_tape([path])
    assert [event.ts for event in tape] == [2, 4]
    (file,) = tape.report.files
    assert (file.rows, file.events, file.faults) == (3, 2, {fault: 1})
    assert tape.report.lines()[0].startswith(f"{path}: {fault}: 1 left out, 3 rows read (first: row 2: ts_ns ")


def test_a_crossed_quote_is_nonsense(tmp_path):
    head = "ts_ns,symbol,bid,bid_size,ask,ask_size"
    rows = ("1,IBM,10.02,1,10.01,1", "2,IBM,10.01,1,10.01,1", "3,IBM,10,1,0,0")
    tape = open_tape([text(tmp_path / "q.csv", head, *rows)])
    assert [event.ts for event in tape] == [2, 3]
    assert tape.report.files[0].faults == {"bid above ask": 1}


def test_a_file_of_nothing_but_nonsense_has_no_events(tmp_path):
    tape = open_tape([text(tmp_path / "t.csv", HEAD, "1,SPY,-1,1", "2,SPY,-1,1")])
    assert list(tape) == []
    assert tape.report.faults == 2


@pytest.mark.parametrize("place", [0, 8_190, 8_191, 8_192, 20_000])
def test_time_going_back_is_noticed_within_a_batch_and_between_two(tmp_path, place):
    times = [*range(1, place + 2), place, *range(place + 2, place + 5)]
    tape = open_tape([text(tmp_path / "t.csv", HEAD, *(f"{at},SPY,10,1" for at in times))])
    assert [event.ts for event in tape] == list(range(1, place + 5))
    assert [line.partition("(")[2].partition(",")[0] for line in tape.report.lines()] == [
        f"first: row {place + 2}: ts_ns {place}"
    ]


@given(st.lists(st.tuples(st.integers(-2, 9), st.floats(-2, 9) | st.just(float("nan")), st.integers(-2, 9))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_every_row_becomes_an_event_or_is_counted(tmp_path, rows):
    path = text(tmp_path / "t.csv", HEAD, *(f"{ts},SPY,{price},{size}" for ts, price, size in rows))
    tape = open_tape([path])
    events = list(tape)
    read = tape.report.files[0].rows if rows else 0
    assert len(events) + tape.report.faults == read == len(rows)
    assert all(event.price > 0 and event.size >= 0 and event.ts >= 0 for event in events)
    assert all(a.ts <= b.ts for a, b in pairwise(events))


def test_only_the_symbols_wanted_are_told_and_the_rest_is_counted(tmp_path):
    path = text(tmp_path / "t.csv", HEAD, "1,SPY,10,100", "2,IBM,10,100", "3,SPY,10,100")
    tape = open_tape([path], {"SPY"})
    assert [event.ts for event in tape] == [1, 3]
    assert (tape.report.files[0].unwanted, tape.report.faults) == (1, 0)
    assert list(open_tape([path], [])) == []
