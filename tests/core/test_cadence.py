"""A silence is strange when it is long for this stream, at this hour."""

import random

import pytest

from hftd.core.cadence import LONGEST, SHORTEST, Cadence


def taught(gap: float, count: int = 500) -> tuple[Cadence, float]:
    """A cadence that heard an event every ``gap`` seconds, and when the last one was."""
    cadence = Cadence()
    for number in range(count):
        cadence.heard(1, number * gap)
    return cadence, (count - 1) * gap


@pytest.mark.parametrize(
    ("gap", "patience"),
    [(0.001, SHORTEST), (0.1, SHORTEST), (0.2, 4.0), (1.0, 20.0), (15.0, 300.0), (120.0, LONGEST)],
)
def test_patience_is_twenty_mean_gaps_within_its_bounds(gap: float, patience: float) -> None:
    cadence, last = taught(gap)

    assert cadence.patience() == pytest.approx(patience)
    assert not cadence.mute(last + patience * 0.99)
    assert cadence.mute(last + patience * 1.01)


def test_a_busy_symbol_is_missed_within_five_seconds() -> None:
    """SPY prints some thirty times a second in mid-session (241,504 prints in 6.5 hours are 10; at noon, fewer)."""
    cadence, last = taught(1 / 5)

    assert cadence.mute(last + 5.0)


def test_next_to_nothing_heard_is_no_habit() -> None:
    cadence, last = taught(0.01, count=10)

    assert not cadence.mute(last + LONGEST * 0.99)


def test_random_gaps_of_a_quiet_symbol_raise_no_alarm() -> None:
    rng = random.Random(7)
    cadence, now = Cadence(), 0.0
    for _ in range(20_000):
        gap = rng.expovariate(1 / 2.0)
        assert not cadence.mute(now + gap)
        now += gap
        cadence.heard(1, now)


def test_the_habit_follows_the_hour() -> None:
    cadence, last = taught(0.1)
    for number in range(1, 300):
        cadence.heard(1, last + number * 2.0)

    assert cadence.patience() == pytest.approx(40.0, rel=0.1)


def test_silence_counts_from_the_connection() -> None:
    cadence, last = taught(0.1)
    cadence.begin(last + 1_000.0)

    assert not cadence.mute(last + 1_001.0)
    assert cadence.mute(last + 1_004.0)
