"""How long a model takes to decide: timed outside the engine, at a price that does not matter, and held to a budget."""

import gc
import time
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from hftd import native
from hftd.core.events import Trade
from hftd.core.intents import Intent, buy, sell
from hftd.core.seat import Seat
from hftd.runtime.models import stopwatch
from hftd.runtime.models.stopwatch import LATEST, Stopwatch
from hftd.runtime.models.time_budget import ENOUGH, broken


@pytest.fixture(autouse=True, scope="module", params=["python", "compiled"] if native.wire else ["python"])
def twin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test with either stopwatch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stopwatch, "timed", stopwatch.timed_in_python if request.param == "python" else native.wire.Timed)
        yield


TRADE = Trade("SPY", 100.0, 10, 1, 1)


class Slow:
    """Takes a millisecond and more for each answer, two of them as a generator."""

    def on_trade(self, trade: Trade) -> Iterator[Intent]:
        time.sleep(0.001)
        yield buy("SPY", 1)
        time.sleep(0.001)
        yield sell("SPY", 1)

    def on_quote(self, quote: Any) -> None:
        raise ValueError("no idea")


def watched(model: object) -> tuple[Seat, Stopwatch]:
    seat, watch = Seat("model", model, ["SPY"]), Stopwatch()
    watch.carry(seat)
    return seat, watch


def test_the_answer_is_the_models_own_and_all_of_its_work_is_timed() -> None:
    seat, watch = watched(Slow())

    assert seat.handlers["on_trade"](TRADE) == (buy("SPY", 1), sell("SPY", 1))
    assert len(watch.latest) == 1
    assert watch.latest[0] >= 2_000_000


def test_what_it_raises_it_raises() -> None:
    seat, watch = watched(Slow())

    with pytest.raises(ValueError, match="no idea"):
        seat.handlers["on_quote"](None)
    assert not watch.latest


class Halves:
    """Breaks in the middle of its answer."""

    def on_trade(self, trade: Trade) -> Iterator[Intent]:
        yield buy("SPY", 1)
        raise KeyError(trade.symbol)

    def on_quote(self) -> None:
        """Takes nothing."""


def test_what_it_raises_in_the_midst_of_its_answer_it_raises() -> None:
    seat, watch = watched(Halves())

    with pytest.raises(KeyError, match="SPY"):
        seat.handlers["on_trade"](TRADE)
    with pytest.raises(TypeError, match="positional argument"):
        seat.handlers["on_quote"](None)
    assert not watch.latest


def test_an_answer_that_is_no_generator_is_handed_on_as_it_is() -> None:
    answers = iter([buy("SPY", 1)])
    handler = stopwatch.timed(lambda event: answers, deque[int]().append)

    assert handler(TRADE) is answers


def test_who_cannot_note_is_heard() -> None:
    def refuse(took: int) -> None:
        raise ZeroDivisionError

    handler = stopwatch.timed(lambda event: None, refuse)

    with pytest.raises(ZeroDivisionError):
        handler(TRADE)


def test_a_handler_that_knows_its_own_stopwatch_does_not_stay_for_ever() -> None:
    class Ring:
        timed: Any = None

        def on_trade(self, trade: Trade) -> None:
            """Hears."""

    ring = Ring()
    ring.timed = stopwatch.timed(ring.on_trade, deque[int]().append)
    gone = weakref.ref(ring)
    del ring
    gc.collect()

    assert gone() is None


def test_it_remembers_so_many_and_no_more() -> None:
    watch = Stopwatch()
    watch.latest.extend(range(LATEST + 50))

    assert len(watch.latest) == LATEST
    assert watch.latest[0] == 50


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    watch = Stopwatch()
    watch.latest.extend(range(100, 0, -1))

    assert watch.quantile(share) == expected
    assert Stopwatch().quantile(share) == 0


def test_a_budget_is_broken_by_one_decision_in_a_hundred_that_is_too_slow() -> None:
    watch = Stopwatch()
    watch.latest.extend([10_000] * (ENOUGH - 1))
    assert broken(watch, 5) == ""  # not enough of them to judge by
    watch.latest.append(10_000)
    assert broken(watch, 5) == "takes 10 µs to decide at the 99th of 100, and budget_us allows 5"
    assert broken(watch, 10) == ""
    watch.latest.extend([900_000] * 2)
    assert broken(watch, 10) == ""
    watch.latest.extend([900_000] * 2)
    assert broken(watch, 10) == "takes 900 µs to decide at the 99th of 100, and budget_us allows 10"


def test_what_was_sorted_serves_those_who_ask_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a model that goes on deciding, they get figures of the last second or so; never of fewer decisions."""
    clock = [10**12]
    monkeypatch.setattr("hftd.runtime.models.stopwatch.perf_counter_ns", lambda: clock[0])
    watch = Stopwatch()
    watch.latest.extend([10] * (LATEST - 1))
    watch.sort()
    watch.latest.append(20)
    assert watch.quantile(1.0) == 20
    watch.latest.append(30)
    assert watch.quantile(1.0) == 20
    clock[0] += 1_600_000_000
    assert watch.quantile(1.0) == 30
