"""The turn of a day: an engine that goes on and one that begins with what was carried decide the same from there on."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hftd.core.effects import Bench, Cancel, Effect, Shadow, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Carry,
    Command,
    Event,
    Fill,
    OrderUpdate,
    SessionPhase,
    Snapshot,
    Trade,
    VenueOrder,
    VenuePosition,
)
from hftd.core.intents import buy, cancel
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.runtime.past.page import carry

DAY_ONE, DAY_TWO = "2026-11-19", "2026-11-20"
FIRST, NEXT = 1_795_098_600_000_000_000, 1_795_185_000_000_000_000  # 14:30 UTC of either day
SECOND = 1_000_000_000
D = Decimal


class Buys:
    """Buys two at every print that is no multiple of ten, and withdraws what is open at the others."""

    def on_trade(self, trade: Trade) -> Any:
        return cancel() if trade.size % 10 == 0 else buy("SPY", 2)


class Raises:
    """Fails at its first print."""

    def on_trade(self, trade: Trade) -> Any:
        raise ValueError("no")


def engine() -> Engine:
    models = {"buys": Buys(), "raises": Raises(), "quiet": Buys()}
    return Engine(State(), [Seat(name, model, ("SPY",)) for name, model in models.items()], [], flatten=False)


def trade(size: int, at: int) -> Trade:
    return Trade("SPY", 100.0, size, at, at)


def lived(events: Sequence[Event]) -> tuple[Engine, list[Effect]]:
    made = engine()
    return made, [effect for event in events for effect in made.step(event)]


def day_one() -> Engine:
    """A model is benched, one is sent into the shadow; one order fills in part, and the day ends with it open."""
    made, sent = lived([
        SessionPhase("warmup", DAY_ONE, FIRST - SECOND, 0, "one"),
        Snapshot(FIRST - 9, FIRST - 8, "PA1", D(1_000), D(2_000)),
        SessionPhase("open", DAY_ONE, FIRST, 0, "one"),
        Command("shadow", "quiet", "root", FIRST + 1),
        trade(1, FIRST + SECOND),
    ])  # fmt: skip
    (order,) = [effect.order.id for effect in sent if isinstance(effect, Submit)]
    made.step(OrderUpdate(order, "accepted", FIRST, FIRST + 2 * SECOND, "v1"))
    made.step(Fill(order, "e1", "SPY", "buy", D(1), D(100), FIRST, FIRST + 3 * SECOND, "v1"))
    made.step(SessionPhase("asleep", DAY_ONE, FIRST + 9 * SECOND, 0, "one"))
    return made


def day_two(order: str) -> list[Event]:
    theirs = VenueOrder(order, "v1", "SPY", "buy", D(2), D(1), D(100), "partially_filled")
    held = (VenuePosition("SPY", D(1), D(100)),)
    return [
        SessionPhase("warmup", DAY_TWO, NEXT - SECOND, 0, "two"),
        Snapshot(NEXT - 9, NEXT - 8, "PA1", D(900), D(1_800), held, (theirs,)),
        SessionPhase("open", DAY_TWO, NEXT, 0, "two"),
        trade(1, NEXT + SECOND), trade(10, NEXT + 2 * SECOND),
        Fill(order, "e2", "SPY", "buy", D(1), D(101), NEXT, NEXT + 3 * SECOND, "v1"),
        trade(3, NEXT + 4 * SECOND),
    ]  # fmt: skip


def test_an_engine_that_goes_on_decides_as_one_that_begins_with_what_was_carried() -> None:
    goes_on, begins = day_one(), engine()
    carried = carry(goes_on, NEXT - 2 * SECOND)
    (order,) = [left.order for left in carried.orders]
    assert (carried.orders[0].filled, carried.orders[0].venue_id) == (D(1), "v1")

    for event in (carried, *day_two(order)):
        assert goes_on.step(event) == begins.step(event), event
    assert goes_on.state.ledger.shares("SPY") == begins.state.ledger.shares("SPY") == 2
    assert goes_on.state.blotter.left() == begins.state.blotter.left()
    assert goes_on.state.counts == begins.state.counts


def test_an_order_the_day_before_left_open_is_known_and_its_fills_are_ours() -> None:
    carried = carry(day_one(), NEXT - 2 * SECOND)
    (order,) = [left.order for left in carried.orders]
    made, effects = lived([carried, *day_two(order)])

    assert [effect for effect in effects if isinstance(effect, Cancel)] == [Cancel(order, "v1")]
    assert made.state.accounts.shares("buys", "SPY") == 2
    assert [left.order for left in made.state.blotter.left() if left.order == order] == []


def test_how_models_stood_is_carried_and_told() -> None:
    carried = carry(day_one(), NEXT - 2 * SECOND)
    assert isinstance(carried, Carry)
    made, effects = lived([carried, *day_two(carried.orders[0].order)])

    assert [effect.model for effect in effects if isinstance(effect, Bench)] == ["raises"]
    assert {effect.model for effect in effects if isinstance(effect, Shadow)} == {"quiet"}
    assert [seat.standing for seat in made.seats.values()] == ["active", "benched", "shadow"]
