"""The simulated venue's clock, on a wall clock the test turns."""

import pytest

from hftd.venues.sim.clock import SECOND, SimClock


class Wall:
    """A monotonic clock that is turned by hand."""

    now = 1_000

    def __call__(self) -> int:
        return self.now


def test_it_stands_until_it_runs_and_then_goes_at_its_speed():
    wall = Wall()
    clock = SimClock(50 * SECOND, 10.0, wall)
    wall.now += 5 * SECOND
    assert clock.now() == 50 * SECOND
    clock.run()
    wall.now += 2 * SECOND
    assert clock.now() == 70 * SECOND
    clock.run()
    assert clock.now() == 70 * SECOND


def test_it_never_passes_its_limit_nor_goes_back():
    wall = Wall()
    clock = SimClock(0, 1.0, wall)
    clock.run()
    clock.limit = 3 * SECOND
    wall.now += 10 * SECOND
    assert clock.now() == 3 * SECOND


def test_events_that_are_late_hold_it_back_but_for_what_is_due():
    wall = Wall()
    clock = SimClock(0, 1.0, wall)
    clock.run()
    wall.now += 10 * SECOND
    clock.pending = 4 * SECOND
    assert (clock.now(), clock.due()) == (4 * SECOND, 10 * SECOND)
    clock.pending = 30 * SECOND
    assert (clock.now(), clock.due()) == (10 * SECOND, 10 * SECOND)


def test_it_says_how_long_a_moment_is_away_on_the_wall():
    wall = Wall()
    clock = SimClock(0, 4.0, wall)
    clock.run()
    wall.now += 1 * SECOND
    assert clock.wait(6 * SECOND) == pytest.approx(0.5)
    assert clock.wait(1 * SECOND) == 0


def test_without_a_speed_it_is_moved_by_hand_and_only_forward():
    clock = SimClock(5, None)
    clock.run()
    clock.reach(9)
    clock.reach(7)
    assert clock.now() == 9
    assert clock.wait(100) == 0
