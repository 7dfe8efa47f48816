"""What the daemon measures of itself: asked for at any time, and in the journal once a minute."""

from types import SimpleNamespace
from typing import Any

import pytest

from hftd.core.engine import Engine
from hftd.core.events import Event, Measured, SessionPhase
from hftd.core.state import State
from hftd.runtime.loop import Loop
from hftd.runtime.models.stopwatch import Stopwatch
from hftd.runtime.speed.latency import Latency
from hftd.runtime.speed.measuring import Measuring, of_model, of_stage
from hftd.runtime.speed.stages import Stages

NOW = 1_790_000_000_000_000_000


class Daemon:
    """What is measured, and what it was told to note."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.stages = Stages(self.loop.spare)
        self.clock = SimpleNamespace(now=lambda: NOW)
        self.troupe = SimpleNamespace(watches={"careful": Stopwatch()})
        self.heard: list[Event] = []
        self.hear = self.heard.append


@pytest.fixture
def daemon() -> Any:
    made = Daemon()
    yield made
    made.loop.close()


def test_what_was_counted_since_the_last_time_is_noted(daemon: Any) -> None:
    """5 µs lies in bucket 4 * 12 + 0, which begins at 2**12 ns; 30 µs in 4 * 14 + 3, from 7/4 of 2**14 ns on."""
    measuring = Measuring(daemon)
    daemon.stages.spans["decide"].add(5_000)
    daemon.stages.spans["decide"].add(5_010)
    measuring.note()
    daemon.stages.spans["decide"].add(30_000)
    daemon.stages.tick_to_order.add(30_000)
    measuring.note()

    assert daemon.heard == [
        Measured({"decide": {48: 2}}, NOW),
        Measured({"decide": {59: 1}, "tick_to_order": {59: 1}}, NOW),
    ]


def test_a_quiet_minute_leaves_no_record(daemon: Any) -> None:
    measuring = Measuring(daemon)
    measuring.note()

    assert daemon.heard == []


def test_a_reader_can_add_up_what_was_noted(daemon: Any) -> None:
    """All records of a day together have the figures of the day, to the width of a bucket."""
    measuring, whole = Measuring(daemon), Latency()
    for minute in range(3):
        for number in range(1000):
            duration = 50_000 + 10_000 * minute + 17 * number
            daemon.stages.tick_to_order.add(duration)
            whole.add(duration)
        measuring.note()
    read = Latency()
    for record in daemon.heard:
        read.take(record.spans["tick_to_order"])

    assert (read.count, len(daemon.heard)) == (3000, 3)
    assert read.quantile(0.99) == whole.quantile(0.99)
    assert whole.longest <= read.longest <= 1.25 * whole.longest


def test_nothing_follows_from_it() -> None:
    """The engine takes it, does nothing, and the clock of its state goes on."""
    engine = Engine(State(), [], [], flatten=False)
    engine.step(SessionPhase("warmup", "2026-11-20", NOW - 1, NOW + 10, "abcdef"))

    assert engine.step(Measured({"decide": {48: 2}}, NOW)) == ()
    assert engine.state.now == NOW


def test_the_answer_has_every_stage_and_every_model_in_microseconds(daemon: Any) -> None:
    measuring = Measuring(daemon)
    daemon.stages.spans["send"].add(16_384)
    daemon.troupe.watches["careful"].latest.append(65_536)
    answer = measuring.facts()

    assert list(answer["stages"]) == [
        "receive", "wait", "decode", "decide", "record", "request", "send", "answer", "tick_to_order",
    ]  # fmt: skip
    assert answer["stages"]["send"]["count"] == 1
    assert answer["stages"]["send"]["p50"] == pytest.approx(16.384, rel=0.19)
    assert answer["stages"]["send"]["max"] == 16.4
    assert answer["stages"]["decode"] == {"count": 0, "p50": 0.0, "p90": 0.0, "p99": 0.0, "p99.9": 0.0, "max": 0.0}
    assert answer["models"]["careful"]["max"] == 65.5


def test_the_far_quantiles_are_those_of_the_durations() -> None:
    """Of a thousand, nine hundred take 10 µs, ninety 100 µs, nine 1 ms, one 10 ms."""
    durations = [10_000] * 900 + [100_000] * 90 + [1_000_000] * 9 + [10_000_000]
    latency, watch = Latency(), Stopwatch()
    latency.extend(durations)
    watch.latest.extend(durations)

    for found, wrong in ((of_stage(latency), 0.19), (of_model(watch), 0.0)):
        assert found["count"] == 1000
        assert found["p50"] == pytest.approx(10, rel=wrong)
        assert 10 * (1 - wrong) <= found["p90"] <= 100
        assert 100 * (1 - wrong) <= found["p99"] <= 1000
        assert 1000 * (1 - wrong) <= found["p99.9"] <= 10_000
        assert found["max"] == 10_000.0


def test_a_model_that_decided_nothing_has_figures_of_nothing() -> None:
    assert of_model(Stopwatch()) == {"count": 0, "p50": 0.0, "p90": 0.0, "p99": 0.0, "p99.9": 0.0, "max": 0.0}
