"""What time it is, whoever sets the machine's clock."""

import time

from hftd.runtime.clock import VenueClock, WallClock

SECOND = 1_000_000_000
NOON = 1_795_190_400 * SECOND


class Machine:
    """Two clocks of a machine that a test sets."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 5 * SECOND

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds * SECOND
        self.steady += seconds * SECOND

    def clock(self) -> WallClock:
        return WallClock(lambda: self.wall, lambda: self.steady)


def test_it_is_the_machine_s_time() -> None:
    before = time.time_ns()
    now = WallClock().now()

    assert before - SECOND // 100 <= now <= time.time_ns() + SECOND // 100


def test_it_goes_on_by_the_steady_clock_when_the_other_is_set() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_time(10)
    machine.wall += 3600 * SECOND
    machine.pass_time(5)

    assert (clock.now(), clock.jump()) == (NOON + 15 * SECOND, 3600 * SECOND)


def test_it_follows_forward_and_back_when_told_to() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 3600 * SECOND
    clock.believe()
    assert (clock.now(), clock.jump()) == (NOON + 3600 * SECOND, 0)

    machine.wall -= 7200 * SECOND
    assert clock.jump() == -7200 * SECOND
    clock.believe()
    machine.pass_time(1)
    assert (clock.now(), clock.jump()) == (NOON - 3599 * SECOND, 0)


def test_a_machine_that_slept_has_jumped() -> None:
    """CLOCK_MONOTONIC stands still while the machine is suspended (clock_gettime(2)); the time of day does not."""
    machine = Machine()
    clock = machine.clock()
    machine.wall += 8 * 3600 * SECOND

    assert (clock.now(), clock.jump()) == (NOON, 8 * 3600 * SECOND)


def test_the_time_of_a_tape_has_nothing_to_do_with_the_machine_s() -> None:
    clock = VenueClock(7)
    clock.believe()
    clock.hear(9)
    clock.hear(8)

    assert (clock.now(), clock.jump(), clock.follows) == (9, 0, True)
