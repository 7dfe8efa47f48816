"""The compiled columns of a file, and the rows made of them, beside lists and ``map``."""

from array import array
from itertools import repeat
from math import inf, isnan, nan
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.events import Trade
from hftd.tape.column import Column, ascends, bounds, column, distinct, lowest, rows

if native.wire is None:
    pytest.skip("hftd was installed without a compiler", allow_module_level=True)

calm = settings(deadline=None)
WIRE: Any = native.wire
WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=40)
NUMBERS = st.lists(st.floats() | st.sampled_from([0.0, -0.0, 1.5]), min_size=1, max_size=40)
WORDS = ("SPY", "QQQ", ("@", "F"), "")
PLACES = st.lists(st.integers(-1, len(WORDS) - 1), min_size=1, max_size=40)


def both(code: str, numbers: list[Any], words: tuple[Any, ...] | None = None) -> tuple[Column, Column]:
    """A compiled column, and the list it stands for; other numbers lie before and behind."""
    memory = array(code, [7, *numbers, 7])
    with patch.object(native, "wire", None):
        plain = column(memory, 1, len(numbers), code, words)
    compiled = column(memory, 1, len(numbers), code, words)
    assert isinstance(compiled, WIRE.Column)
    assert isinstance(plain, list)
    return compiled, plain


def alike(found: Any, expected: Any) -> bool:
    return repr(found) == repr(expected) and type(found) is type(expected)


@calm
@given(WHOLE)
def test_whole_numbers(numbers: list[int]) -> None:
    for each in both("q", numbers):
        assert list(each) == numbers
        assert len(each) == len(numbers)
        assert each[-1] == numbers[-1]
        assert bounds(each) == (min(numbers), max(numbers))
        assert lowest(each) == min(numbers)
        assert ascends(each) == (sorted(numbers) == numbers)


@calm
@given(NUMBERS)
def test_prices(numbers: list[float]) -> None:
    for each in both("d", numbers):
        assert all(map(alike, each, numbers))
        low, high = bounds(each)
        if any(map(isnan, numbers)):
            assert isnan(low)
            assert isnan(high)
        elif max(map(abs, numbers)) < 1e300:
            assert (low, high) == (min(numbers), max(numbers))
            assert lowest(each) == min(numbers)
        else:  # their sum may be beyond every number
            assert isnan(low) or (low, high) == (min(numbers), max(numbers))


@pytest.mark.parametrize("numbers", [[inf], [1.0, inf], [-inf, 1.0]])
def test_the_infinite_is_not_lost(numbers: list[float]) -> None:
    for each in both("d", numbers):
        low, high = bounds(each)
        assert not (low > -inf and high < inf)


@calm
@given(PLACES)
def test_words(places: list[int]) -> None:
    meant = [WORDS[place] for place in places]
    for each in both("q", places, WORDS):
        assert list(each) == meant
        assert distinct(each) == set(meant)


@calm
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([100, 100, 7, 2**40])), max_size=40), st.integers(0, 45))
def test_rows_are_what_map_makes(told: list[tuple[int, int]], others: int) -> None:
    """As many as the shortest column has; a class is called with a column twice, a list and one value for all."""
    symbol = both("q", [place for place, _ in told] or [0], WORDS)
    price = both("d", [size / 100 for _, size in told] or [0.0])
    size = both("q", [size for _, size in told] or [0])
    letters = [("@",)] * others
    compiled, plain = (
        [*made(Trade, [symbol[k], price[k], size[k], size[k], size[k], letters, repeat("P")])]
        for k, made in ((0, rows), (1, lambda made, columns: map(made, *columns)))
    )
    assert compiled == plain
    assert [list(map(type, each.__rich_repr__())) for each in compiled] == [
        list(map(type, each.__rich_repr__())) for each in plain
    ]


def test_what_a_class_raises_gets_through() -> None:
    with pytest.raises(ZeroDivisionError):
        next(rows(lambda number: 1 // number, both("q", [0])[:1]))


@pytest.mark.parametrize(
    ("given_", "error"),
    [((), TypeError), ((array("q", [1]), 0, 2, "q"), ValueError), ((array("q", [1]), -1, 1, "q"), ValueError),
     ((array("q", [1]), 2, 0, "q"), ValueError), ((array("q", [1]), 0, 1, "x"), ValueError),
     ((array("d", [1]), 0, 1, "d", ("a",)), ValueError), ((array("q", [1]), 0, 1, "q", ("a",)), ValueError),
     ((array("q", [-2]), 0, 1, "q", ("a",)), ValueError), ((array("q", [0]), 0, 1, "q", ()), ValueError),
     ((7, 0, 1, "q"), TypeError), ((array("q", [0]), 0, 1, "q", ["a"]), TypeError)],
)  # fmt: skip
def test_what_is_no_column_is_refused(given_: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        WIRE.Column(*given_)


@pytest.mark.parametrize("given_", [(), (Trade,), (Trade, 7), (Trade, *[[]] * 17)])
def test_rows_of_nothing_are_refused(given_: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        WIRE.Rows(*given_)


def test_what_makes_no_sense_is_said() -> None:
    words, prices = both("q", [0], ("a",))[0], both("d", [nan])[0]
    for wrong in (words.bounds, words.ascends, prices.ascends):  # type: ignore[attr-defined]
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(IndexError):
        prices[1]
