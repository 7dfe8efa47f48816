"""What a wake-up costs, as far as it can be told on any machine."""

import time

from hftd.runtime.speed.wake_up import lateness


def test_no_sleep_ends_too_early_and_all_of_them_take_their_time() -> None:
    began = time.perf_counter()
    late = lateness(times=20, span=0.001)
    took = time.perf_counter() - began

    assert took >= 20 * 0.001
    assert 0 <= late < took * 1e6
