"""Whether anything may be traded at all: each gate open and shut, with its words."""

from decimal import Decimal

import pytest

from hftd.core.events import Band, OrderUpdate, PhaseName, Status
from hftd.core.intents import Intent, buy, sell
from hftd.core.ledger import Position
from hftd.core.orders import Order
from hftd.core.risk import gate
from hftd.core.risk.limits import Limits
from hftd.core.state import State

D = Decimal
LIMITS = Limits()


def state() -> State:
    """An open session, reconciled, with SPY known."""
    made = State()
    made.phase, made.reconciled, made.symbols = "open", True, frozenset({"SPY"})
    made.book.watch("SPY")
    return made


def test_a_day_that_is_over_refuses_what_opens_and_lets_pass_what_closes() -> None:
    """10 held: 10 may be sold, 11 would open a short, and nothing may be bought."""
    made, check = state(), gate.halt(LIMITS)
    made.ledger.positions["SPY"] = Position(D(10), D(1000))
    assert check(buy("SPY", 1), made) is None
    made.halted = "the day stands at $-1000.01, allowed $-1000"
    expected = "trading is stopped: the day stands at $-1000.01, allowed $-1000"
    wishes = (sell("SPY", 10), sell("SPY", 11), buy("SPY", 1))
    assert [None, expected, expected] == [check(wish, made) for wish in wishes]


@pytest.mark.parametrize("phase", ["asleep", "warmup", "closing", "closed"])
def test_orders_go_out_while_the_session_is_open(phase: PhaseName) -> None:
    """In every other phase the refusal names it."""
    made = state()
    assert gate.session(LIMITS)(buy("SPY", 1), made) is None
    made.phase = phase
    assert f"the session is {phase}, orders go out while it is open" == gate.session(LIMITS)(buy("SPY", 1), made)


def test_no_order_before_the_venue_has_said_what_we_hold() -> None:
    """An account that was not reconciled may hold anything."""
    made = state()
    made.reconciled = False
    expected = "the account has not been reconciled with the venue yet"
    assert expected == gate.session(LIMITS)(buy("SPY", 1), made)


def test_no_order_on_the_way_out() -> None:
    """Whoever stops sends nothing new."""
    made = state()
    made.stopping = True
    assert gate.session(LIMITS)(buy("SPY", 1), made) == "the daemon is stopping"


def test_only_symbols_of_the_models_unless_some_are_named() -> None:
    """Named ones replace those of the models."""
    made = state()
    anything, named = gate.symbol(LIMITS), gate.symbol(Limits(symbols=("QQQ", "IWM")))
    assert anything(buy("SPY", 1), made) is None
    assert anything(buy("QQQ", 1), made) == "QQQ is not among SPY"
    assert named(buy("QQQ", 1), made) is None
    assert named(buy("SPY", 1), made) == "SPY is not among IWM, QQQ"
    made.symbols = frozenset()
    assert anything(buy("SPY", 1), made) == "SPY is not among no symbols at all"


def test_an_unknown_fate_freezes_its_symbol_alone() -> None:
    """Until the venue says what became of the order."""
    made, check = state(), gate.unknown_order(LIMITS)
    made.blotter.add(Order("a", "m", "SPY", "buy", D(1), None, "day", 1))
    assert check(buy("SPY", 1), made) is None
    made.blotter.update(OrderUpdate("a", "unknown", 2, 2))
    assert check(sell("SPY", 1), made) == "1 order(s) in SPY have an unknown fate"
    assert check(buy("QQQ", 1), made) is None
    made.blotter.update(OrderUpdate("a", "accepted", 3, 3, "v"))
    assert check(sell("SPY", 1), made) is None


def test_a_halted_symbol_is_not_traded() -> None:
    """Until it trades again."""
    made, check = state(), gate.market_halt(LIMITS)
    made.book.status(Status("SPY", True, "H", "T1", 1, 1))
    assert check(sell("SPY", 1), made) == "SPY is halted"
    made.book.status(Status("SPY", False, "T", "", 1, 1))
    assert check(sell("SPY", 1), made) is None


@pytest.mark.parametrize(("limit", "inside"), [("95.05", 1), ("105.05", 1), ("95.04", 0), ("105.06", 0)])
def test_a_limit_lies_inside_the_price_bands(limit: str, inside: bool) -> None:
    """The bands themselves are inside; an order at the market has no price to hold against them."""
    made, check = state(), gate.market_halt(LIMITS)
    made.book.band(Band("SPY", 95.05, 105.05, "A", 1, 1))
    wish: Intent = buy("SPY", 1, limit)
    assert check(wish, made) == (None if inside else f"limit {limit} is outside the bands 95.05 to 105.05")
    assert check(buy("SPY", 1), made) is None


def test_a_symbol_without_a_line_has_no_halt() -> None:
    """Whether it may be traded is another check's question."""
    assert gate.market_halt(LIMITS)(buy("QQQ", 1), state()) is None
