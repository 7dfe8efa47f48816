"""Functions compiled models call, against Python's own, as Python and as machine code."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.lab.compiled import arithmetic

numba = pytest.importorskip("numba")

PAIRS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (arithmetic.whole, int), (arithmetic.real, float), (arithmetic.nearest, round), (arithmetic.root, math.sqrt),
    (arithmetic.logarithm, math.log), (arithmetic.power_of_e, math.exp), (arithmetic.floor, math.floor),
    (arithmetic.ceiling, math.ceil),
]  # fmt: skip
NUMBERS = st.one_of(
    st.floats(), st.floats(-1e6, 1e6), st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
    st.integers(-(2**24), 2**24).map(lambda eighths: eighths / 8),
)  # fmt: skip


@pytest.fixture(scope="module")
def compiled() -> dict[str, Callable[..., Any]]:
    """Machine code of every function."""
    functions = [ours for ours, _ in PAIRS] + [arithmetic.nearest_place]
    return {each.__name__: numba.njit(error_model="python")(each) for each in functions}


def agrees(ours: Callable[..., Any], python: Callable[..., Any], *given: Any) -> None:
    """Either both give the same number, or ours gives none."""
    try:
        found = ours(*given)
    except ValueError:
        return
    expected = python(*given)
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize(("ours", "python"), PAIRS, ids=lambda each: each.__name__)
def test_it_gives_what_python_gives_or_nothing(ours, python, compiled):
    @settings(max_examples=100, deadline=None)
    @given(NUMBERS)
    def hold(x):
        agrees(ours, python, x)
        agrees(compiled[ours.__name__], python, x)

    hold()


def test_places_are_rounded_as_python_rounds_them(compiled):
    @settings(max_examples=400, deadline=None)
    @given(NUMBERS, st.integers(-2, 17))
    def hold(x, places):
        agrees(arithmetic.nearest_place, round, x, places)
        agrees(compiled["nearest_place"], round, x, places)

    hold()


@pytest.mark.parametrize(
    ("x", "places", "expected"),
    [(2.675, 2, 2.67), (0.125, 2, 0.12), (0.375, 2, 0.38), (167.43 - 167.42, 6, 0.01), (2.5, 0, 2.0), (-0.5, 0, 0.0)],
)
def test_halves_are_those_of_the_exact_value(x, places, expected):
    # Python documentation, round(): 2.675 cannot be represented exactly and gives 2.67; halves go to the even side.
    assert arithmetic.nearest_place(x, places) == expected


@pytest.mark.parametrize(
    ("function", "x"),
    [(arithmetic.root, -1.0), (arithmetic.logarithm, 0.0), (arithmetic.whole, math.nan), (arithmetic.whole, 1e19),
     (arithmetic.nearest, math.inf), (arithmetic.floor, -math.inf), (arithmetic.ceiling, 1e300),
     (arithmetic.power_of_e, 710.0)],
)  # fmt: skip
def test_what_python_cannot_tell_or_64_bits_cannot_hold_is_an_error(function, x, compiled):
    with pytest.raises(ValueError, match=" "):
        function(x)
    with pytest.raises(ValueError, match=" "):
        compiled[function.__name__](x)
