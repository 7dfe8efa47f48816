"""A thread that does not get on is broken off in the midst of it, and only there."""

import time

import pytest
from standing_clock import stop_time

from hftd.runtime.models import deadline
from hftd.runtime.models.deadline import Deadline, TooLong


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def loop(seconds: float) -> None:
    end = time.monotonic() + seconds
    with Deadline():
        while time.monotonic() < end:
            try:
                spin(0.01)
            except Exception:
                continue


def crawl(beaten: list[int]) -> None:
    with Deadline() as watched:
        for number in range(1000):
            beaten.append(number)
            watched.beat()
            spin(0.02 if number >= deadline.STRIDE else 0)


def test_an_endless_loop_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it catches every Exception."""
    monkeypatch.setattr(deadline, "FIRST", 0.1)

    with pytest.raises(TooLong):
        loop(60)


def test_one_that_crawls_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "THEN", 0.1)
    beaten: list[int] = []

    with pytest.raises(TooLong):
        crawl(beaten)
    assert deadline.STRIDE < len(beaten) < 2 * deadline.STRIDE


def test_one_that_gets_on_is_left_alone_however_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "STRIDE", 1)
    monkeypatch.setattr(deadline, "LOOK", 0.001)
    clock = stop_time(monkeypatch)

    with Deadline() as watched:
        for _ in range(100):
            clock.turn(deadline.THEN - 0.1)
            time.sleep(0.002)  # for the watching thread to look
            watched.beat()
    assert watched.beats == 100


def test_nothing_is_raised_behind_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "FIRST", 0.01)
    behind = 0
    for _ in range(20):
        try:
            with Deadline():
                spin(0.0099)
        except TooLong:
            pass
        try:
            spin(0.005)
        except TooLong:
            behind += 1

    assert behind == 0
