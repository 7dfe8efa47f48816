"""Many ticks in one go, beside one step after the other: compiled, and in Python."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.effects import Effect
from hftd.core.engine import Engine
from hftd.core.events import Event, PhaseName, Quote, SessionPhase, Trade
from hftd.core.intents import Intent, buy
from hftd.core.seat import Seat
from hftd.core.session import NEVER
from hftd.core.state import State
from hftd.core.stretch import Tick, Unheeded, live, live_in_python, messages

WAYS = [live, live_in_python] if native.wire is not None else [live_in_python]
calm = settings(deadline=None)  # a busy machine is no fault of the code
START = 1_790_000_000_000_000_000


class Buyer:
    """Buys on every print of seven shares, and notes what it heard."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_trade(self, trade: Trade) -> Intent | None:
        self.heard.append(trade)
        return buy(trade.symbol, 1) if trade.size == 7 else None

    def on_quote(self, quote: Quote) -> None:
        self.heard.append(quote)


def engine(phase: PhaseName = "open") -> tuple[Engine, Buyer]:
    buyer = Buyer()
    made = Engine(State(), [Seat("buyer", buyer, ("SPY",))], [], flatten=False)
    made.step(SessionPhase("warmup", "2026-09-21", START - 2, START - 1, "abcdef"))
    made.step(SessionPhase(phase, "2026-09-21", START - 1, NEVER, "abcdef"))
    return made, buyer


def trade(symbol: str = "SPY", size: int = 100, seen: int = START, letters: tuple[str, ...] = ("@",)) -> Trade:
    return Trade(symbol, 562.17, size, seen, seen, letters, "V", "B")


SEEN = st.integers(0, 200).map(lambda seconds: START + seconds * 1_000_000_000)
TICKS = st.lists(
    st.builds(trade, st.sampled_from(["SPY", "QQQ"]), st.sampled_from([7, 100, 0]), SEEN, st.sampled_from([(), ("I",)]))
    | st.builds(lambda seen: Quote("SPY", 562.1, 1, 562.2, 1, seen, seen), SEEN)
    | st.builds(Unheeded, st.integers(1, 9), SEEN)
)


def facts(made: Engine) -> object:
    state = made.state
    lines = {symbol: (line.last, line.quote, line.seen, line.until) for symbol, line in state.book.lines.items()}
    return state.now, state.counts, lines, list(state.blotter.open)


@calm
@given(TICKS, st.sampled_from(["open", "closing", "closed"]), st.sampled_from(WAYS))
def test_what_is_lived_in_one_go_is_what_is_lived_step_by_step(ticks: list[Tick], phase: PhaseName, way: Any) -> None:
    (one, hears), (other, listens) = engine(phase), engine(phase)
    expected = [effect for tick in ticks for effect in one.step(tick)]
    found: list[Effect] = []
    at = 0
    while at < len(ticks):
        taken, effects = way(other.step, ticks[at:], NEVER)
        assert taken
        assert effects or at + taken == len(ticks)
        found += effects
        at += taken

    assert found == expected
    assert listens.heard == hears.heard
    assert facts(other) == facts(one)


@calm
@given(TICKS, st.sampled_from(["open", "closed"]))
def test_prints_nobody_heeds_leave_as_much_behind_as_their_number(ticks: list[Event], phase: PhaseName) -> None:
    """One symbol has no line in the book: its prints, one by one, change the clock and a counter."""
    (one, _), (other, _) = engine(phase), engine(phase)
    for tick in ticks:
        one.step(tick)
        lacks_line = isinstance(tick, Trade) and tick.symbol == "QQQ"
        other.step(Unheeded(1, tick.seen) if lacks_line else tick)

    assert facts(other) == facts(one)
    assert "QQQ" not in one.state.book.lines


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_behind_the_first_that_has_consequences(way: Any) -> None:
    made, buyer = engine()
    ticks = [trade(), trade(size=7), trade()]
    taken, effects = way(made.step, ticks, NEVER)

    assert (taken, [type(effect).__name__ for effect in effects]) == (2, ["Submit"])
    assert way(made.step, ticks[taken:], NEVER) == (1, ())
    assert buyer.heard == ticks


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("late", [trade(seen=START + 5), Unheeded(3, START + 5)])
def test_it_ends_before_the_first_that_is_seen_when_something_is_due(way: Any, late: Tick) -> None:
    made, buyer = engine()
    ticks = [trade(seen=START), late, trade(seen=START + 9)]

    assert way(made.step, ticks, START + 5) == (1, ())
    assert (buyer.heard, made.state.now) == (ticks[:1], START)


@pytest.mark.parametrize("way", WAYS)
def test_what_a_step_raises_gets_through(way: Any) -> None:
    def fails(tick: Event) -> tuple[Effect, ...]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        way(fails, [trade()], NEVER)


@pytest.mark.skipif(native.wire is None, reason="hftd was installed without a compiler")
@pytest.mark.parametrize(
    "given_",
    [(), (Trade, Quote, len, (), 1), (Trade, Quote, len, [], "soon"), (int, Quote, len, [], 1),
     (Trade, Quote, len, ["no tick"], 1), (Trade, Quote, len, [Unheeded(1, 2**64)], 1)],
)  # fmt: skip
def test_what_cannot_be_lived_is_refused(given_: tuple[Any, ...]) -> None:
    wire: Any = native.wire
    with pytest.raises((TypeError, AttributeError)):
        wire.live(*given_)


def test_messages_are_those_of_the_venue() -> None:
    assert messages([]) == 0
    assert messages([trade(), Unheeded(5, START), trade()]) == 7
