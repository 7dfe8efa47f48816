"""Our clock against the machine's and the venue's: who is believed, when orders must wait, and when it is over."""

from collections.abc import Callable
from typing import Any

import pytest

from hftd.core.events import ClockSkew
from hftd.runtime.clock import VenueClock, WallClock
from hftd.runtime.office import timekeeper as module
from hftd.runtime.office.timekeeper import EVERY, SOON, Timekeeper
from hftd.runtime.wire.budget import Budget

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOON = 1_795_190_400 * SECOND


class World:
    """A machine with two clocks, a venue with one, and a daemon's timekeeper between them."""

    def __init__(self, limit: float = 1.0) -> None:
        self.steady, self.wall = 1_000 * SECOND, NOON
        self.ahead = 0
        """The venue's time less the true one, which is NOON and what the steady clock says has passed."""
        self.away = False
        self.asked: list[Callable[[Any, str], None]] = []
        self.events: list[ClockSkew] = []
        self.armed: list[int] = []
        self.clock = WallClock(lambda: self.wall, lambda: self.steady)
        self.budget = Budget(200, self.seconds)
        self.keeper = Timekeeper(
            None, self, self.clock, self.budget, lambda: limit, self.events.append,  # type: ignore[arg-type]
            lambda: self.armed.append(self.clock.now()),
        )  # fmt: skip

    @property
    def seconds(self) -> float:
        return self.steady / SECOND

    @property
    def true(self) -> int:
        return NOON + self.steady - 1_000 * SECOND

    def ask(self, method: str, arguments: list[Any], done: Callable[[Any, str], None]) -> None:
        assert (method, arguments) == ("clock", [])
        self.asked.append(done)

    def pass_time(self, seconds: float) -> None:
        self.steady += int(seconds * SECOND)
        self.wall += int(seconds * SECOND)

    def answer(self, there: float = 0.05, back: float = 0.05) -> None:
        """Let the venue answer what it was asked."""
        done = self.asked.pop(0)
        self.pass_time(there)
        told = self.true + self.ahead
        self.pass_time(back)
        done(*((None, "no route") if self.away else (told, "")))

    def beat(self, count: int = 1) -> None:
        """So many seconds, each with its check; the venue answers at once."""
        for _ in range(count):
            self.pass_time(1)
            self.keeper.check()
            while self.asked:
                self.answer(0.0, 0.0)

    @property
    def skews(self) -> list[float]:
        return [event.ns / SECOND for event in self.events]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module.time, "monotonic", lambda: made.seconds)
    return made


# ---- the venue's clock -----------------------------------------------------------------------------------------


def test_clocks_that_agree_are_no_event(world: World) -> None:
    world.keeper.wake()
    world.answer()
    world.beat(200)

    assert (world.events, world.keeper.trouble, world.armed) == ([], "", [])


def test_the_venue_is_asked_as_the_session_nears_and_once_a_minute(world: World) -> None:
    counted = 0
    world.keeper.check()
    assert world.asked == []

    world.keeper.wake()
    assert len(world.asked) == 1
    world.answer()
    for _ in range(int(3 * EVERY)):
        world.pass_time(1)
        world.keeper.check()
        counted += len(world.asked)
        if world.asked:
            world.answer(0.0, 0.0)
    assert counted == 3
    world.keeper.sleep()
    world.beat(200)
    assert world.asked == []


@pytest.mark.parametrize("seconds", [-90.0, -1.5, 1.5, 90.0])
def test_a_venue_whose_clock_differs_stops_orders_until_it_agrees(world: World, seconds: float) -> None:
    world.ahead = int(seconds * SECOND)
    world.keeper.wake()
    world.answer(0.0, 0.0)
    assert world.skews == [seconds]
    assert world.keeper.trouble == f"the clock is off by {seconds:+.3f} s: no order leaves"

    world.beat(30)
    assert world.skews == [seconds]  # the same again is no news
    world.ahead = 0
    world.beat(int(SOON) + 1)
    assert (world.skews, world.keeper.trouble) == ([seconds, 0.0], "")


def test_what_the_way_there_and_back_explains_is_no_difference(world: World) -> None:
    """An answer of three seconds: the venue's clock may have shown any of them."""
    world.keeper.wake()
    world.answer(2.5, 0.5)

    assert world.events == []


def test_a_slow_answer_does_not_prove_that_clocks_agree_again(world: World) -> None:
    world.ahead = 2 * SECOND
    world.keeper.wake()
    world.answer()
    world.pass_time(SOON)
    world.keeper.check()
    world.ahead = 0
    world.answer(0.0, 5.0)
    assert len(world.events) == 1

    world.beat(int(SOON) + 1)
    assert world.skews[-1] == 0.0


def test_a_difference_that_grows_is_told_again(world: World) -> None:
    world.ahead = 2 * SECOND
    world.keeper.wake()
    world.answer(0.0, 0.0)
    world.ahead = 9 * SECOND
    world.beat(int(SOON) + 1)

    assert world.skews == [2.0, 9.0]


def test_no_answer_is_asked_for_again_and_proves_nothing(world: World) -> None:
    world.away = True
    world.keeper.wake()
    world.answer()
    world.beat(20)
    assert world.events == []
    world.away, world.ahead = False, 5 * SECOND
    world.beat(int(SOON) + 1)
    assert world.skews == [5.0]

    world.away = True
    world.beat(60)
    assert world.skews == [5.0]


def test_it_asks_within_the_budget(world: World) -> None:
    world.budget.spend(world.seconds, 200)
    world.keeper.wake()
    assert world.asked == []

    world.pass_time(40)
    world.keeper.check()
    assert len(world.asked) == 1


def test_a_strict_limit_is_met_by_an_answer_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 ms allowed, and a way of 200 ms: half of it there and half back, as far as anybody knows."""
    strict = World(limit=0.02)
    monkeypatch.setattr(module.time, "monotonic", lambda: strict.seconds)
    strict.ahead = SECOND
    strict.keeper.wake()
    strict.answer(0.1, 0.1)
    assert strict.skews == [0.9]
    strict.ahead = 0
    strict.pass_time(SOON)
    strict.keeper.check()
    strict.answer(0.1, 0.1)
    assert strict.skews == [0.9, 0.0]


# ---- the machine's clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_clock_that_was_set_wrong_stops_orders_and_does_not_move_us(world: World, hours: int) -> None:
    """The venue vouches for our time: timers and phases go by that, and nothing leaves until somebody mends it."""
    world.keeper.wake()
    world.answer()
    world.wall += hours * HOUR
    world.beat(30)
    assert world.skews == [hours * 3600.0]
    assert world.clock.now() == world.true
    assert world.armed == []

    world.wall -= hours * HOUR
    world.beat(2)
    assert (world.skews, world.keeper.trouble) == ([hours * 3600.0, 0.0], "")
    assert world.clock.now() == world.true


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_was_set_right_is_followed_and_timers_are_armed_anew(
    hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine came up with a wrong clock; the time service sets it, and the venue vouches for that."""
    world = World()
    monkeypatch.setattr(module.time, "monotonic", lambda: world.seconds)
    world.wall -= hours * HOUR
    world.clock.believe()
    world.keeper.wake()
    world.answer(0.0, 0.0)
    assert world.skews == [hours * 3600.0]

    world.wall += hours * HOUR
    world.beat(int(SOON) + 1)
    assert world.skews[-1] == 0.0
    assert world.events[-1].seen == world.armed[0]
    assert (len(world.armed), world.clock.now(), world.keeper.trouble) == (1, world.true, "")


def test_a_machine_that_slept_over_night_wakes_up_at_the_right_time(world: World) -> None:
    """Asleep, with no venue to ask: nothing is at stake, and without this the session would be slept through."""
    world.away = True
    world.wall += 8 * HOUR
    world.beat(2)

    assert world.clock.now() == world.wall
    assert world.skews == [8 * 3600.0, 0.0]
    assert len(world.armed) == 1


def test_a_venue_that_does_not_answer_keeps_orders_waiting_during_the_session(world: World) -> None:
    world.keeper.wake()
    world.answer()
    world.away = True
    world.wall += HOUR
    world.beat(300)

    assert world.skews == [3600.0]
    assert world.armed == []


def test_small_steps_are_followed_without_a_word(world: World) -> None:
    """A time service that steps by half a second now and then must not add up to a difference."""
    world.keeper.wake()
    world.answer()
    for _ in range(20):
        world.wall += SECOND // 2
        world.ahead += SECOND // 2
        world.beat()
    world.beat(60)

    assert (world.events, world.armed) == ([], [])
    assert world.clock.now() == world.wall


def test_the_time_of_a_tape_is_never_compared(world: World) -> None:
    keeper = Timekeeper(
        None, world, VenueClock(7), world.budget, 1.0, world.events.append, lambda: None  # type: ignore[arg-type]
    )  # fmt: skip
    keeper.wake()
    for _ in range(100):
        world.pass_time(1)
        keeper.check()

    assert (world.asked, world.events, keeper.trouble) == ([], [], "")
