"""A stream that says nothing while the market goes on is dropped; one that is quiet with the market is left alone."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.engine import Engine
from hftd.core.events import SessionPhase, Trade
from hftd.core.state import open_account
from hftd.runtime.wire import liveness
from hftd.runtime.wire.liveness import Liveness

SECOND = 1_000_000_000


class Stream:
    """A connection that is up, until somebody gives it up."""

    def __init__(self) -> None:
        self.up = True
        self.given_up: list[str] = []

    def give_up(self, reason: str) -> None:
        self.given_up.append(reason)
        self.up = False


class Office:
    """The venue, asked for its last print."""

    def __init__(self) -> None:
        self.answer: tuple[Any, str] = (0, "")
        self.asked: list[Any] = []

    def ask(self, method: str, arguments: list[Any], done: Callable[[Any, str], None]) -> None:
        self.asked.append((method, *arguments))
        done(*self.answer)


class Day:
    """A session that printed ten times a second for a minute, up to now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(liveness.time, "monotonic", lambda: self.now)
        self.engine = Engine(open_account(Decimal(0)), [], [], flatten=False)
        self.engine.state.book.watch("SPY")
        self.stream, self.office = Stream(), Office()
        self.timers: list[Callable[[], None]] = []
        self.alive = Liveness(self, self.stream, self.engine, self.office)  # type: ignore[arg-type]
        self.engine.step(SessionPhase("open", "2026-11-20", int(self.now * SECOND)))
        for _ in range(60):
            self.hear(10)
            self.wait(1.0)
        self.seen = self.engine.state.book.lines["SPY"].seen

    def after(self, seconds: float, turn: Callable[[], None]) -> None:
        self.timers.append(turn)

    def hear(self, prints: int) -> None:
        for _ in range(prints):
            moment = int(self.now * SECOND)
            self.engine.step(Trade("SPY", 100.0, 1, moment, moment))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.now += 1.0
            self.alive.check()


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(monkeypatch)


def test_a_mute_feed_is_given_up_within_five_seconds(day: Day) -> None:
    day.office.answer = (day.seen + 3 * SECOND, "")
    day.wait(5)

    assert day.office.asked == [("last_trade", "SPY")]
    (reason,) = day.stream.given_up
    assert "the venue printed SPY since" in reason


def test_a_feed_as_quiet_as_the_market_is_left_alone(day: Day) -> None:
    day.office.answer = (day.seen, "")
    day.wait(60)

    assert day.stream.given_up == []
    assert len(day.office.asked) > 1  # it is asked again, not trusted for ever


def test_a_venue_that_does_not_answer_either_is_dialled_again(day: Day) -> None:
    day.office.answer = (None, "time-out")
    day.wait(5)

    assert day.stream.given_up[0].endswith("and the venue does not answer: time-out")


def test_a_probe_nobody_answers_in_time_counts_as_not_answered(day: Day) -> None:
    late: list[Callable[[Any, str], None]] = []
    day.office.ask = lambda method, arguments, done: late.append(done)  # type: ignore[method-assign]
    day.wait(5)
    for turn in day.timers:
        turn()
    late[0](day.seen, "")

    assert day.stream.given_up[0].endswith("and the venue does not answer: nothing within 2 s")


@pytest.mark.parametrize("phase", ["closed", "asleep", "warmup"])
def test_silence_outside_the_session_means_nothing(phase: str, day: Day) -> None:
    day.engine.step(SessionPhase(phase, "2026-11-20", int(day.now * SECOND)))  # type: ignore[arg-type]
    day.wait(600)

    assert day.office.asked == []


def test_a_connection_that_just_came_back_is_given_time(day: Day) -> None:
    day.stream.up = False
    day.wait(100)
    day.stream.up = True
    day.wait(3)

    assert day.office.asked == []


def test_a_feed_that_speaks_while_it_is_probed_is_kept(day: Day) -> None:
    late: list[Callable[[Any, str], None]] = []
    day.office.ask = lambda method, arguments, done: late.append(done)  # type: ignore[method-assign]
    day.wait(5)
    day.hear(10)
    day.wait(1)
    late[0](day.seen + 3 * SECOND, "")

    assert day.stream.given_up == []
