"""Waits grow, never march in step, and respect what a refusal asks for."""

import pytest

from hftd.runtime.backoff import FIRST, LONGEST, Backoff


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
    ("code", "floor"), [("406", 90), ("429", 90), ("402", 60), ("405", 60), ("409", 60), ("407", 0)]
)
def test_a_refusal_has_its_own_floor(code: str, floor: float) -> None:
    assert floor < Backoff().wait(code) <= floor + FIRST


def test_two_daemons_do_not_dial_in_step() -> None:
    assert len({Backoff().wait() for _ in range(20)}) == 20
