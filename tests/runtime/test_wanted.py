"""What the feed is asked for as models come, go and are benched, and who needs more than is sent."""

from decimal import Decimal
from typing import Any

import pytest

from hftd.core.engine import Engine
from hftd.core.events import Command, Fill
from hftd.core.orders import Order
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.plugin.protocols import Wanted
from hftd.runtime.models.wanted import lacking, wanted


class OfQuotes:
    def on_quote(self, quote: Any) -> None: ...


class OfBars:
    spans = ("day",)

    def on_bar(self, bar: Any) -> None: ...


@pytest.fixture
def engine() -> Engine:
    seats = [Seat("quotes", OfQuotes(), ("SPY",)), Seat("bars", OfBars(), ("IWM", "SPY"))]
    return Engine(State(), seats, [], flatten=False)


def bench(engine: Engine, model: str) -> None:
    engine.step(Command("bench", model, "test", 1))


BOTH = ("IWM", "SPY")


def test_what_the_models_listen_to_and_the_prints_of_all_of_it(engine: Engine) -> None:
    assert wanted(engine) == Wanted(BOTH, ("SPY",), daily_bars=BOTH, statuses=BOTH, lulds=BOTH)


def test_a_model_that_is_benched_gives_room_and_one_that_is_activated_takes_it(engine: Engine) -> None:
    bench(engine, "bars")
    assert wanted(engine) == Wanted(("SPY",), ("SPY",), statuses=("SPY",), lulds=("SPY",))

    engine.step(Command("activate", "bars", "test", 2))
    assert wanted(engine).trades == BOTH


def test_what_a_benched_model_holds_or_has_in_the_market_is_watched_on(engine: Engine) -> None:
    for symbol, number in (("IWM", 1), ("DIA", 2)):
        engine.state.send(Order(f"x-{number}", "bars", symbol, "buy", Decimal(1), None, "day", 1))
    engine.step(Fill("x-1", "e", "IWM", "buy", Decimal(1), Decimal(9), 1, 1))
    bench(engine, "bars")

    assert list(engine.state.blotter.open) == ["x-2"]
    assert wanted(engine).trades == ("DIA", "IWM", "SPY")


def test_who_needs_more_than_is_sent(engine: Engine) -> None:
    everything = wanted(engine)
    assert lacking(engine, everything) == []

    fewer = Wanted(("SPY",), ("SPY",))
    assert [seat.name for seat in lacking(engine, fewer)] == ["bars"]
    no_quotes = Wanted(BOTH)
    assert [seat.name for seat in lacking(engine, no_quotes)] == ["quotes"]
    bench(engine, "quotes")
    assert lacking(engine, no_quotes) == []
