"""The stages of an order's way: each from its own moment to the next, counted once the order has left."""

from types import SimpleNamespace
from typing import Any

import pytest

from hftd.runtime.speed import stages as module
from hftd.runtime.speed.stages import STAGES, Stages

MICROSECOND, WITHIN = 1_000, 0.19
NOW = 10**15


@pytest.fixture(autouse=True)
def _clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine does between two lines of a test is in no stage."""
    monkeypatch.setattr(module, "perf_counter_ns", lambda: NOW)


def lived(moments: dict[str, int], *, woke: int, read: int, received: int) -> Stages:
    """A tick that was acted on at these moments, microseconds before now."""
    now = NOW
    stages = Stages(lambda turn: None)
    stream: Any = SimpleNamespace(read_at=now - read * MICROSECOND, received_at=now - received * MICROSECOND)
    stages.stream = stream
    for name, before in moments.items():
        setattr(stages, name, now - before * MICROSECOND)
    stages.left(now - woke * MICROSECOND)
    return stages


def test_each_stage_ends_where_the_next_begins() -> None:
    """In ms: woke at 100, read at 95, received at 90, begun at 80, and so on down to the write at 1."""
    moments = {"begun": 80, "decoded": 65, "asked": 65, "decided": 35, "recorded": 20, "ready": 8}
    made = lived({name: 1000 * each for name, each in moments.items()}, woke=100_000, read=95_000, received=90_000)

    expected = {"receive": 10, "wait": 10, "decode": 15, "decide": 30, "record": 15, "request": 12, "send": 8}
    for stage, milliseconds in expected.items():
        found = made.spans[stage].quantile(0.5) / 1e6
        assert abs(found / milliseconds - 1) < WITHIN, stage
        assert made.spans[stage].count == 1
    assert abs(made.tick_to_order.quantile(0.5) / 1e6 / (95 - 8) - 1) < WITHIN


def test_an_order_that_answers_no_tick_is_not_counted() -> None:
    """A timer's, or one that flattens: nobody waited for it at a market."""
    stages = Stages(lambda turn: None)
    stages.left(NOW)

    assert [stages.spans[stage].count for stage in STAGES] == [0] * len(STAGES)
    assert stages.tick_to_order.count == 0


def left(stages: Stages, orders: int) -> None:
    stages.stream = SimpleNamespace(read_at=NOW - 50_000, received_at=NOW - 40_000)  # type: ignore[assignment]
    for _ in range(orders):
        stages.left(NOW - 60_000)


def test_whoever_reads_finds_every_order() -> None:
    """Whether it has become a count yet or not."""
    stages = Stages(lambda turn: None)
    left(stages, 3)
    assert stages.tick_to_order.count == 3
    left(stages, 2)
    assert stages.spans["receive"].count == stages.spans["send"].count == 5


def test_moments_become_counts_in_quiet_moments() -> None:
    """A few orders at a time; a second turn that finds nothing left counts nothing twice."""
    turns: list[Any] = []
    stages = Stages(turns.append)
    left(stages, module.AT_ONCE - 1)
    assert turns == []
    left(stages, module.AT_ONCE + 1)
    assert len(turns) == 2
    for turn in turns:
        turn()

    assert stages._noted == []
    assert stages.tick_to_order.count == 2 * module.AT_ONCE
