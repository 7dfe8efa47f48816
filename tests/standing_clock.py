"""Time that stands until it is turned, for tests of what comes after so many seconds."""

import time

import pytest


class StandingClock:
    """What ``time.monotonic`` and ``time.monotonic_ns``, and with them asyncio, take for the time."""

    def __init__(self) -> None:
        self.now_ns = time.monotonic_ns()

    def read(self) -> float:
        return self.now_ns / 1e9

    def turn(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


def stop_time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    """Let time stand until the end of the test; what waits for seconds to pass waits until it is turned."""
    clock = StandingClock()
    monkeypatch.setattr(time, "monotonic", clock.read)
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock.now_ns)
    return clock
