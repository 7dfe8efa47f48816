"""Waits grow, never march in step, and respect what a refusal asks for."""

import pytest

from hftd.runtime.wire.backoff import FIRST, LONGEST, Backoff
from hftd.runtime.wire.stream import STUCK


def test_waits_double_up_to_the_longest_with_jitter() -> None:
    backoff = Backoff()
    for tries in range(12):
        whole = min(LONGEST, FIRST * 2**tries)
        assert whole / 2 <= backoff.wait() <= whole


def test_success_begins_again() -> None:
    backoff = Backoff()
    for _ in range(10):
        backoff.wait()
    backoff.succeeded()

    assert backoff.wait() <= FIRST


@pytest.mark.parametrize(
    ("code", "floor"),
    [("406", 90), ("429", 90), ("401", 60), ("402", 60), ("403", 60), ("405", 60), ("409", 60), ("410", 60),
     ("411", 60), ("certificate", 60), ("407", 0), ("503", 0)],
)  # fmt: skip
def test_a_refusal_has_its_own_floor(code: str, floor: float) -> None:
    assert floor < Backoff().wait(code) <= floor + FIRST


def test_two_daemons_do_not_dial_in_step() -> None:
    assert len({Backoff().wait() for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("code", "asked", "floor"), [("429", 7.0, 90), ("429", 100.0, 100), ("503", 7.0, 7), ("", 86_400.0, 120)]
)
def test_a_wait_the_venue_asks_for_is_kept_within_reason(code: str, asked: float, floor: float) -> None:
    assert floor < Backoff().wait(code, asked) <= floor + FIRST


def test_no_wait_is_so_long_that_it_looks_stuck() -> None:
    backoff = Backoff()
    assert max(backoff.wait("406", 86_400.0) for _ in range(100)) < STUCK
