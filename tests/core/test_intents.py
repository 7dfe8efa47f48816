"""Wishes: exact figures whatever they are given as, and nothing the journal could not read back."""

from decimal import Decimal, InvalidOperation

import msgspec
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.intents import (
    Alarm,
    Amend,
    Intent,
    Target,
    Wish,
    Withdraw,
    amend,
    buy,
    cancel,
    exact,
    flaw,
    sell,
    target,
    wake,
)

D = Decimal


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (5, "5"), (0.1, "0.1"), (562.17, "562.17"), ("12.50", "12.50"), (D("1e-9"), "1E-9"), (1e-07, "1E-7"),
        (numpy.float64(0.1), "0.1"), (numpy.int64(7), "7"), (numpy.float32(0.5), "0.5"),
    ],
)  # fmt: skip
def test_a_figure_is_the_number_it_prints_as(figure: float, expected: str) -> None:
    """A float price of a tenth means a tenth, from Python or from numpy."""
    assert expected == str(exact(figure))


@given(st.integers(1, 10**12))
def test_a_float_of_ten_thousandths_is_exact(mils: int) -> None:
    """Every price with four decimals survives its way through a float."""
    assert D(mils) / 10_000 == exact(mils / 10_000)


def test_what_is_no_number_raises() -> None:
    """Words are no figures."""
    with pytest.raises(InvalidOperation, match=r"^'five' is no number$"):
        exact("five")


def test_the_words_a_model_uses() -> None:
    """Each makes the wish it is named for."""
    assert Intent("SPY", "buy", D(5), None, "day") == buy("SPY", 5)
    assert Intent("SPY", "sell", D("0.5"), D("562.17"), "ioc") == sell("SPY", 0.5, 562.17, "ioc")
    assert Target("SPY", D(-3)) == target("SPY", -3)
    assert [Withdraw("", ""), Withdraw("a", ""), Withdraw("", "SPY")] == [cancel(), cancel("a"), cancel(symbol="SPY")]
    assert [Amend("a", D("1.5"), None), Amend("a", None, D(7))] == [amend("a", 1.5), amend("a", shares=7)]
    assert Alarm(9, "k") == wake(9, "k")


SOUND = [
    buy("SPY", 5), sell("SPY", 0.5, 1.25, "gtc"), target("SPY", 0), cancel(), cancel("a"), amend("a", 3), wake(0, "k"),
]  # fmt: skip


@pytest.mark.parametrize("wish", SOUND, ids=repr)
def test_a_sound_wish_has_no_flaw(wish: Wish) -> None:
    """What the words make is sound."""
    assert flaw(wish) == ""


UNSOUND = [
    buy("SPY", 5, tif="sometime"), Intent("SPY", "hold", D(5)), Intent(7, "buy", D(5)), Intent("SPY", "buy", 5),
    Intent("SPY", "buy", D(5), 1.5), buy("SPY", "NaN"), buy("SPY", 5, "Infinity"), Target(None, D(1)),
    Target("SPY", 1.5), target("SPY", "-Infinity"), Amend(3, D(1)), Amend("a", 1.5), amend("a", shares="NaN"),
    wake(1.5e18), wake(-1), wake(2**63), wake(True), Alarm(1, 2), "SPY", 5, None, True,
]  # fmt: skip


@pytest.mark.parametrize("wish", UNSOUND, ids=repr)
def test_an_unsound_wish_is_told_in_one_line(wish: object) -> None:
    """The line shows what was returned."""
    told = flaw(wish)
    assert repr(wish) in told
    assert "\n" not in told


@pytest.mark.parametrize("wish", SOUND, ids=repr)
def test_a_sound_wish_can_be_written_and_read_again(wish: Wish) -> None:
    """What passes comes back equal from the bytes a journal keeps."""
    assert wish == msgspec.msgpack.decode(msgspec.msgpack.encode(wish), type=Wish)
