"""The space of a sweep: what is written becomes typed values of a model's options, or one line says what is wrong."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import defstruct

from hftd.config.fill import fill
from hftd.errors import ConfigError
from hftd.lab.sweep.space import Choice, Range, Space, space, written

KINDS: Mapping[str, Any] = {"shares": int, "threshold": float, "symbol": str, "fade": bool, "limit": Decimal}


def settle(key: str, value: Any) -> Any:
    if key not in KINDS:
        raise ConfigError(f"--space {key}: no such option")
    return getattr(fill(defstruct("Option", [(key, KINDS[key])]), {key: value}, "--space"), key)


def values(text: str) -> tuple[object, ...]:
    (axis,) = space([text], settle).axes
    return axis.values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shares=1..4", (1, 2, 3, 4)),
        ("shares=10..35:10", (10, 20, 30)),
        ("threshold=0.1..0.7:0.2", (0.1, 0.3, 0.5, 0.7)),
        ("threshold=-1..1:1", (-1.0, 0.0, 1.0)),
        ("shares=5,50,500", (5, 50, 500)),
        ("threshold=1,2.5", (1.0, 2.5)),
        ("symbol=SPY,IBM", ("SPY", "IBM")),
        ('symbol="BRK.A","a,b"', ("BRK.A", "a,b")),
        ("fade=true,false", (True, False)),
        ("limit=0.25,0.5", (0.25, 0.5)),
    ],
)
def test_what_is_written_becomes_values_of_the_option_s_type(text: str, expected: tuple[object, ...]) -> None:
    found = values(text)
    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shares", "--space shares: expected KEY=LOW..HIGH"),
        ("shares=", "--space shares=: expected KEY=LOW..HIGH"),
        ("shars=1..2", "--space shars: no such option"),
        ("shares=1.5,2", "--space shares: expected a whole number, found 1.5"),
        ("shares=1..many", "--space shares=1..many: expected KEY=LOW..HIGH"),
        ("shares=1..2..3", "--space shares=1..2..3: expected KEY=LOW..HIGH"),
        ("shares=9..1", "--space shares=9..1: expected LOW below HIGH"),
        ("shares=1..9:0", "--space shares=1..9:0: expected a whole STEP above 0"),
        ("shares=1..9:0.5", "--space shares=1..9:0.5: expected a whole STEP above 0"),
        ("threshold=0..1:-0.1", "--space threshold=0..1:-0.1: expected a STEP above 0"),
        ("symbol=1..2", "--space symbol: expected text, found 1"),
        ("threshold=inf..nan", "--space threshold=inf..nan: expected KEY=LOW..HIGH"),
        ("shares=1,1", "--space shares: 1 was given already"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        space([text], settle)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_an_option_is_given_once() -> None:
    with pytest.raises(ConfigError, match="shares was given already"):
        space(["shares=1..2", "shares=3,4"], settle)


def test_a_grid_needs_steps() -> None:
    with pytest.raises(ConfigError, match="threshold: any number from 0 to 1, a grid needs :STEP"):
        _ = space(["shares=1,2", "threshold=0..1"], settle).size


def test_the_points_of_a_grid_are_the_product_of_its_values() -> None:
    made = space(["shares=1..3", "symbol=SPY,IBM", "fade=false,true"], settle)
    expected = list(product((1, 2, 3), ("SPY", "IBM"), (False, True)))
    assert made.size == 12
    assert [tuple(made.point(number).values()) for number in range(12)] == expected
    assert written(made.point(11)) == "shares=3 symbol=IBM fade=true"


@settings(deadline=None)  # the first draw loads the sampler
@given(st.decimals(-100, 100, places=3), st.integers(1, 40), st.decimals("0.001", 5, places=3))
def test_what_is_drawn_is_one_of_the_values(low: Decimal, count: int, step: Decimal) -> None:
    axis = Range("threshold", low, low + count * step, step, whole=False)
    distribution = axis.distribution()
    assert len(axis.values) == count + 1
    for place, value in enumerate(axis.values):
        assert value == float(low + place * step)
        assert axis.settled(distribution.low + place * distribution.step) == value


def test_a_point_has_the_options_in_their_order() -> None:
    made = Space((Choice("b", (1,)), Choice("a", (2,))))
    assert list(made.point(0).items()) == [("b", 1), ("a", 2)]
