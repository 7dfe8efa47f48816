"""Garbage is swept when nothing is ready, and only then."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from hftd.runtime.loop import Loop
from hftd.runtime.speed import sweeping
from hftd.runtime.speed.sweeping import Sweeping


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
    """What waits for a quiet moment waits while anything is ready, and comes in its order then."""
    order: list[str] = []
    loop.spare(lambda: order.append("spare"))
    loop.spare(lambda: order.append("spare again"))
    loop.post(lambda: order.append("posted"))
    loop.turn(0.0)
    assert order == ["posted"]
    loop.turn(0.0)
    loop.turn(0.0)
    assert order == ["posted", "spare", "spare again"]
