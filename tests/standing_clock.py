"""Time that stands until it is turned, for tests of what comes after so many seconds."""

import time

import pytest


class StandingClock:
    """What ``time.monotonic``, and with it asyncio, takes for the time (s)."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def read(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


def stop_time(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    """Let time stand until the end of the test; what waits for seconds to pass waits until it is turned."""
    clock = StandingClock()
    monkeypatch.setattr(time, "monotonic", clock.read)
    return clock
