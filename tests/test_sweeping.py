"""Garbage is swept when nothing is ready, and only then."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from hftd.runtime import sweeping
from hftd.runtime.loop import Loop
from hftd.runtime.sweeping import Sweeping


class Knot:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    monkeypatch.setattr(sweeping, "EVERY", 0.001)
    made = Loop()
    yield made
    made.close()
    gc.unfreeze()
    gc.enable()


def test_what_nobody_refers_to_is_freed_while_the_loop_turns(loop: Loop) -> None:
    Sweeping(loop)
    knot = weakref.ref(Knot())
    assert knot() is not None  # the interpreter no longer does it by itself
    turns = 0
    while knot() is not None and turns < 1_000:
        loop.turn(0.01)
        turns += 1
    assert knot() is None
    assert not gc.isenabled()


def test_a_loop_that_is_busy_is_not_swept(loop: Loop) -> None:
    """What is posted again and again leaves no quiet moment."""
    Sweeping(loop)
    knot = weakref.ref(Knot())
    swept: list[int] = []
    gc.callbacks.append(lambda phase, info: swept.append(info["generation"]))
    try:
        loop.spare(lambda: swept.append(-1))
        for _ in range(3):
            loop.post(lambda: None)  # makes the waker's end readable, so each turn has something to do
            loop.turn(0.0)
            assert swept == []
        for _ in range(1_000):
            if swept:
                break
            loop.turn(0.01)
        assert swept[0] == -1  # first come, first served
    finally:
        gc.callbacks.pop()
    assert knot() is not None or swept
