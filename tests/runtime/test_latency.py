"""How long things took: quantiles held against the sorted durations themselves."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.runtime.speed.latency import FRESH, Latency

calm = settings(deadline=None)  # a busy machine is no fault of the code


def of(durations: list[int]) -> Latency:
    latency = Latency()
    for duration in durations:
        latency.add(duration)
    return latency


@calm
@given(st.lists(st.integers(4, 10**11), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_right_within_a_fifth(durations: list[int], share: float) -> None:
    """The smallest duration that at least so large a share of all does not exceed, give or take 19 %."""
    exact = sorted(durations)[max(0, math.ceil(share * len(durations)) - 1)]

    assert of(durations).quantile(share) == pytest.approx(exact, rel=0.19)


def test_nothing_counted_is_zero() -> None:
    assert (Latency().quantile(0.5), Latency().count) == (0.0, 0)


@pytest.mark.parametrize("duration", [-5, 0, 1, 3])
def test_what_is_shorter_than_a_clock_can_tell_counts_as_short(duration: int) -> None:
    latency = of([duration])

    assert latency.count == 1
    assert 0 < latency.quantile(0.5) < 6


def test_what_takes_for_ever_is_counted_in_the_last_bucket() -> None:
    """About a quarter of an hour; the list never grows."""
    assert of([10**30]).quantile(1.0) == pytest.approx(2**39 * 1.875)


def test_a_few_slow_ones_show_in_the_far_quantile_only() -> None:
    """Ninety-eight at 80 µs, two at 5 ms."""
    latency = of([80_000] * 98 + [5_000_000] * 2)

    assert latency.quantile(0.5) == pytest.approx(80_000, rel=0.19)
    assert latency.quantile(0.99) == pytest.approx(5_000_000, rel=0.19)
    assert latency.count == 100


@calm
@given(st.lists(st.integers(-5, 10**13), max_size=60))
def test_many_at_once_count_as_each_by_itself(durations: list[int]) -> None:
    """However often somebody looks meanwhile."""
    at_once, watched = Latency(), Latency()
    at_once.extend(durations)
    for duration in durations:
        watched.add(duration)
        watched.counts()

    assert at_once.counts() == watched.counts() == of(durations).counts()
    assert at_once.longest == watched.longest == max([0, *durations])


def test_what_was_noted_never_grows_without_end() -> None:
    latency = of([1_000] * (3 * FRESH + 7))

    assert len(latency._fresh) == 7
    assert latency.count == 3 * FRESH + 7


@calm
@given(st.lists(st.integers(1, 10**9), max_size=60), st.lists(st.floats(0, 1), max_size=5))
def test_several_quantiles_are_each_what_it_is_alone(durations: list[int], shares: list[float]) -> None:
    latency = of(durations)

    assert latency.quantiles(shares) == [latency.quantile(share) for share in shares]
