"""Remembering: what a session leaves in the journal brings a fresh engine to the same state."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hftd.core.effects import (
    AnyEffect,
    Bench,
    Cancel,
    CancelLater,
    Connect,
    Effect,
    KillSwitch,
    Refuse,
    Replace,
    Shadow,
    Submit,
    WakeAt,
)  # fmt: skip
from hftd.core.engine import Engine
from hftd.core.events import Event, Fill, OrderUpdate, SessionPhase, Snapshot, Timer, Trade, VenueOrder, VenuePosition
from hftd.core.intents import amend, buy, sell, target, wake
from hftd.core.orders import Order
from hftd.core.recall import recall
from hftd.core.seat import FLATTEN, Seat
from hftd.core.state import open_account

D = Decimal
ORDER = Order("20261019-r-000001", "m", "SPY", "buy", D(5), D(99), "day", 7)


class Script:
    """A model that answers the n-th print with the n-th of its wishes."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.heard: list[Event] = []

    def on_trade(self, trade: Trade) -> Any:
        self.heard.append(trade)
        answer = self.answers.pop(0) if self.answers else None
        return answer() if callable(answer) else answer


def engine(*models: Script) -> Engine:
    seats = [Seat(name, model, ["SPY"]) for name, model in zip("mn", models or (Script(),), strict=False)]
    made = Engine(open_account(D(100_000)), seats, (), flatten=False)
    made.recalling = True
    return made


def recalled(*effects: Effect) -> Engine:
    made = engine()
    for effect in effects:
        recall(made, effect)
    return made


def live(*models: Script) -> Engine:
    made = engine(*models)
    made.recalling = False
    made.step(SessionPhase("open", "2026-10-19", 1, 0, "r"))
    return made


def trade(seen: int) -> Trade:
    return Trade("SPY", 100.0, 10, seen, seen)


def raises() -> None:
    raise ValueError("by hand")


def test_an_order_that_left_is_on_its_way() -> None:
    """It is counted, paced and bound, and so is the wish for it."""
    made = recalled(Submit(ORDER))
    assert ([working.order for working in made.state.blotter.of()], list(made.state.pace)) == ([ORDER], [7])
    assert tuple(made.state.counts[name] for name in ("orders", "buy_intents", "sell_intents")) == (1, 1, 0)
    assert made.seats["m"].counts == {"buys": 1, "sells": 0, "orders": 1, "refused": 0, "errors": 0}


def test_an_order_of_a_model_that_is_gone_is_on_its_way() -> None:
    """Orders outlive the model's file."""
    made = recalled(Submit(msgspec.structs.replace(ORDER, model="gone")))
    assert (len(made.state.blotter.open), made.state.counts["orders"], made.state.counts["buy_intents"]) == (1, 1, 1)


def test_an_order_that_flattened_was_nobody_s_wish() -> None:
    """It is an order and no intent."""
    made = recalled(Submit(msgspec.structs.replace(ORDER, model=FLATTEN)))
    assert (made.state.counts["orders"], made.state.counts["buy_intents"]) == (1, 0)


def test_withdrawals_are_remembered() -> None:
    """Asked for, or to be asked for; one of an order that has ended says nothing."""
    asked, later = recalled(Submit(ORDER), Cancel(ORDER.id, "v")), recalled(Submit(ORDER), CancelLater(ORDER.id))
    flags = [(w.cancelling, w.cancel_sent) for made in (asked, later) for w in made.state.blotter.of()]
    assert flags == [(True, True), (True, False)]
    assert recalled(Cancel("ended", "v"), CancelLater("ended")).state.blotter.open == {}


def test_refusals_are_remembered() -> None:
    """By code; those of an amendment are no intents; the kill switch one of them threw stays thrown."""
    made = recalled(
        Refuse("m", sell("SPY", 1), "size", "too small"), Refuse("m", amend("a", 1), "size", "too small"),
        Refuse("gone", buy("SPY", 1), "loss", "too much"), KillSwitch("too much"),
    )  # fmt: skip
    assert (
        made.state.refusals, made.state.counts["refused"], made.state.halted,
    ) == ({"size": 2, "loss": 1}, 3, "too much")  # fmt: skip
    assert (made.state.counts["buy_intents"], made.state.counts["sell_intents"]) == (1, 1)
    assert made.seats["m"].counts == {"buys": 0, "sells": 1, "orders": 0, "refused": 2, "errors": 0}


def test_what_a_shadow_wished_is_its_own_count() -> None:
    """And not the account's."""
    made = recalled(Shadow("m", buy("SPY", 1)), Shadow("m", target("SPY", 1)), Shadow("gone", buy("SPY", 1)))
    assert (made.seats["m"].counts["buys"], made.state.counts["buy_intents"]) == (1, 0)


def test_timers_are_remembered_until_they_come() -> None:
    """A timer of a model that is gone has nobody to wait for it."""
    made = recalled(WakeAt("m:tea", 50), WakeAt("m:", 60), WakeAt("gone:tea", 50))
    assert {(50, "tea"), (60, "")} == made.seats["m"].alarms
    made.step(Timer("m:tea", 50, 55))
    assert {(60, "")} == made.seats["m"].alarms


def test_a_benched_model_stays_benched() -> None:
    """Its orders are to be withdrawn; whether the venue was asked, the journal says elsewhere."""
    made = recalled(Submit(ORDER), Bench("m", "by hand"), Bench("gone", "by hand"))
    made.step(OrderUpdate(ORDER.id, "accepted", 8, 8, "v"))
    seat, (working,) = made.seats["m"], made.state.blotter.of()
    assert (seat.standing, seat.reason, seat.counts["errors"]) == ("benched", "by hand", 1)
    assert (working.cancelling, working.cancel_sent) == (True, False)


def test_effects_without_a_trace_are_skipped() -> None:
    """What told people or moved sockets is over."""
    assert recalled().state.counts == recalled(Connect()).state.counts


def test_models_hear_the_day_again_and_their_wishes_are_thrown_away() -> None:
    """They come back warm; no order leaves."""
    model = Script(buy("SPY", 1), lambda: wake(9, "k"))
    made = engine(model)
    made.step(SessionPhase("open", "2026-10-19", 1, 0, "r"))
    assert [tuple(made.step(trade(seen))) for seen in (2, 3)] == [(), ()]
    assert [trade(2), trade(3)] == model.heard
    assert made.state.blotter.open == {}


def test_a_model_that_raised_and_still_does_is_benched_once() -> None:
    """It raises again on the same print, and the journal says so too."""
    made = live(Script(raises))
    events = [trade(2), trade(3)]
    effects = [made.step(event) for event in events]
    again = replayed(engine(Script(raises)), events, effects)
    assert made.seats["m"].counts == again.seats["m"].counts
    assert again.seats["m"].counts["errors"] == 1
    assert made.seats["m"].reason == again.seats["m"].reason


def test_a_cancel_that_never_left_is_asked_for_when_the_venue_speaks() -> None:
    """The process died after the event that benched the model and before the effect was written."""
    made = engine(Script(None, raises))
    made.step(SessionPhase("open", "2026-10-19", 1, 0, "r"))
    made.step(trade(2))
    recall(made, Submit(ORDER))
    made.step(OrderUpdate(ORDER.id, "accepted", 8, 8, "v"))
    made.step(trade(9))
    made.recalling = False
    theirs = VenueOrder(ORDER.id, "v", "SPY", "buy", D(5), D(0), D(0), "accepted", D(99))
    assert [Cancel(ORDER.id, "v")] == list(made.step(Snapshot(20, 20, "PA", D(1), D(1), (), (theirs,))))


def replayed(made: Engine, events: Sequence[Event], effects: Sequence[Sequence[Effect]]) -> Engine:
    """What recovery does with a journal."""
    made.step(SessionPhase("open", "2026-10-19", 1, 0, "r"))
    for event, followed in zip(events, effects, strict=True):
        made.step(event)
        for effect in followed:
            recall(made, effect)
    return made


class Pair(Script):
    """Answers a fill in one symbol with an order in another."""

    def on_fill(self, fill: Fill) -> Any:
        return sell("QQQ", fill.shares)


def test_what_a_model_decides_on_a_missed_fill_does_not_change_how_the_snapshot_is_settled() -> None:
    """QQQ is 3 here and 5 there: it is found whether or not the fill in SPY leads to an order in QQQ at once."""
    said = Snapshot(
        20, 20, "PA", D(1), D(1), (VenuePosition("SPY", D(5), D(99)), VenuePosition("QQQ", D(5), D(1))),
        (VenueOrder(ORDER.id, "v", "SPY", "buy", D(5), D(5), D(99), "filled", D(99)),),
    )  # fmt: skip
    made, again = live(Pair(buy("SPY", 5, 99))), engine(Pair())
    begun = Snapshot(2, 2, "PA", D(1), D(1), (VenuePosition("QQQ", D(3), D(1)),))
    effects = [made.step(event) for event in (begun, trade(7), said)]
    replayed(again, (begun, trade(7), said), effects)
    assert [working.order.symbol for working in made.state.blotter.of()] == ["QQQ"]
    assert {"QQQ": VenuePosition("QQQ", D(5), D(1))} == made.state.frozen
    assert made.state.frozen == again.state.frozen
    assert made.state.gross_then == again.state.gross_then


@pytest.mark.parametrize(
    "effect",
    [
        Submit(ORDER), Replace(ORDER), Cancel("a", "v"), CancelLater("a"), Refuse("m", sell("SPY", 1), "c", "r", 5),
        Shadow("m", buy("SPY", 1), 5), WakeAt("m:k", 5), Bench("m", "r"),
        KillSwitch("r"),
    ],
    ids=lambda effect: type(effect).__name__,
)  # fmt: skip
def test_what_is_remembered_survives_being_written(effect: Effect) -> None:
    """Each effect comes back equal from its bytes."""
    assert effect == msgspec.msgpack.decode(msgspec.msgpack.encode(effect), type=AnyEffect)
