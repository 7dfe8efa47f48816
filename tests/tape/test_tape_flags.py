"""Lean's condition flags as letters; the flags are those its enumeration names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.conditions import sets_last
from hftd.tape.flags import quote_conditions, trade_conditions


@pytest.mark.parametrize(
    ("flags", "letters"),
    [("1", "@"), ("20", "F"), ("20000020", "F"), ("20000001", "@"), ("2000", "T"), ("20002020", "FT"), ("400", "T"),
     ("4000000", "Q"), ("1000000", "M"), ("1000001", "@M"), ("100000", "W"), ("20100200", "4W"), ("102000", "TW"),
     ("40", "O"), ("80", "6"), ("20200080", "6X"), ("2", "C"), ("4", "N"), ("8", "R"), ("20040200", "4V"),
     ("80000001", "@I"), ("0", ""), ("", "")],
)  # fmt: skip
def test_flags_become_letters(flags, letters):
    assert trade_conditions(flags) == tuple(letters)


@pytest.mark.parametrize(
    ("flags", "letters"),
    [("4800", "LZ"), ("6000", "U"), ("106000", "UW"), ("6004", "NU")],
    ids=["sold out of sequence", "extended hours", "average price", "next day"],
)
def test_out_of_sequence_in_extended_hours_is_a_letter_of_its_own(flags, letters):
    assert sorted(trade_conditions(flags)) == sorted(letters)


@pytest.mark.parametrize("flags", ["4000000", "1000000", "100000", "102000", "4800", "6000", "200", "2", "20040200"])
def test_prints_that_are_not_of_the_moment_do_not_move_the_last_price(flags):
    assert not sets_last("", trade_conditions(flags))


@pytest.mark.parametrize("flags", ["1", "20", "20000020", "20000001", "20000", "40", "80", "2000", "20002020"])
def test_prints_of_the_moment_move_the_last_price(flags):
    assert sets_last("", trade_conditions(flags))


@given(st.integers(0, 2**32 - 1), st.integers(32, 62))
def test_bits_that_mean_nothing_are_ignored(flags, more):
    assert trade_conditions(f"{flags:x}") == trade_conditions(f"{flags | 1 << more:x}")
    assert trade_conditions(f"{flags:x}") == trade_conditions(f"{flags ^ 0x20000000:X}")


@pytest.mark.parametrize(("flags", "letters"), [("1", "R"), ("8", "C"), ("800", "O"), ("9", "RC"), ("40", "")])
def test_flags_of_quotes(flags, letters):
    assert quote_conditions(flags) == tuple(letters)


def test_what_is_no_hexadecimal_number_is_an_error():
    with pytest.raises(ValueError, match="@F"):
        trade_conditions("@F")
