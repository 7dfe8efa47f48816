"""The desk: each kind of wish, and what it becomes."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from hftd.core.desk import ALARMS, Desk
from hftd.core.effects import Cancel, CancelLater, Effect, KillSwitch, Refuse, Replace, Shadow, Submit, WakeAt
from hftd.core.events import Fill, OrderUpdate, VenuePosition
from hftd.core.intents import Amend, Intent, Wish, amend, buy, cancel, sell, target, wake
from hftd.core.orders import Order
from hftd.core.risk.check import Check, Tripwire
from hftd.core.seat import FLATTEN, Seat, Standing
from hftd.core.state import State

D = Decimal
NOW = 1_000


class Counter:
    """A desk with one seat, and everything that came of it."""

    def __init__(self, *checks: tuple[str, Check], standing: Standing = "active") -> None:
        self.state = State()
        self.state.day, self.state.run, self.state.now = "2026-10-19", "abc123", NOW
        self.out: list[Effect] = []
        self.desk = Desk(self.state, checks, self.out)
        self.seat = Seat("m", object(), ["SPY"], standing)

    def take(self, *wishes: Wish) -> Sequence[Effect]:
        for wish in wishes:
            self.desk.take(self.seat, wish)
        effects = tuple(self.out)
        self.out.clear()
        return effects

    def sent(self, *wishes: Wish) -> Order:
        """The one order that came of the wishes."""
        (effect,) = self.take(*wishes)
        assert isinstance(effect, Submit)
        return effect.order

    def named(self, *wishes: Wish) -> str:
        """The id of the order that came of the wishes, once the venue has named it v1."""
        order = self.sent(*wishes).id
        self.state.blotter.update(OrderUpdate(order, "accepted", NOW, NOW, "v1"))
        return order


def no(*_: object) -> str:
    return "no"


def yes(*_: object) -> None:
    return None


def test_an_intent_becomes_an_order() -> None:
    """It carries the model's name and the time of the event; the next one gets the next number."""
    counter = Counter()
    expected = Order("20261019-abc123-000001", "m", "SPY", "buy", D(5), D("99.5"), "ioc", NOW)
    assert (Submit(expected),) == counter.take(buy("SPY", 5, 99.5, "ioc"))
    assert counter.sent(sell("SPY", 1)).id == "20261019-abc123-000002"
    assert counter.seat.counts == {"buys": 1, "sells": 1, "orders": 2, "refused": 0, "errors": 0}
    counts = counter.state.counts
    assert tuple(counts[name] for name in ("buy_intents", "sell_intents", "orders", "refused")) == (1, 1, 2, 0)
    assert list(counter.state.pace) == [NOW, NOW]


def test_the_first_check_that_minds_refuses() -> None:
    """Its name is the code; later checks are not asked."""
    asked: list[str] = []

    def told(*_: object) -> None:
        asked.append("told")

    counter = Counter(("first", yes), ("second", no), ("third", told))
    assert (Refuse("m", buy("SPY", 5), "second", "no", NOW),) == counter.take(buy("SPY", 5))
    assert asked == []
    assert (
        counter.state.refusals, counter.state.counts["refused"], counter.state.counts["orders"],
    ) == ({"second": 1}, 1, 0)  # fmt: skip
    assert counter.seat.counts == {"buys": 1, "sells": 0, "orders": 0, "refused": 1, "errors": 0}


def test_a_check_may_be_an_object_and_one_function_may_stand_twice() -> None:
    """The code of a refusal is that of the first place."""

    class Narrow:
        def __call__(self, intent: Intent, _: State) -> str | None:
            return "too many" if intent.shares > D(5) else None

    narrow = Narrow()
    counter = Counter(("yes", yes), ("narrow", narrow), ("again", narrow), ("yes", yes))
    assert counter.sent(buy("SPY", 5)).shares == D(5)
    assert (Refuse("m", buy("SPY", 6), "narrow", "too many", NOW),) == counter.take(buy("SPY", 6))


def test_a_check_that_raises_refuses() -> None:
    """Whatever it raises, the answer is no."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by hand")

    (effect,) = Counter(("broken", broken)).take(buy("SPY", 5))
    expected = "the check itself failed: ZeroDivisionError: by hand"
    assert Refuse("m", buy("SPY", 5), "broken", expected, NOW) == effect


def test_a_check_that_answers_with_something_else_refuses_in_words() -> None:
    """A foreign check that says False means no, and the journal keeps text."""
    (effect,) = Counter(("foreign", lambda *_: False)).take(buy("SPY", 5))  # type: ignore[arg-type, return-value]
    assert Refuse("m", buy("SPY", 5), "foreign", "False", NOW) == effect


def test_a_shadow_decides_and_sends_nothing() -> None:
    """Its intents are counted, no check is asked."""
    counter = Counter(("never", no), standing="shadow")
    assert (Shadow("m", sell("SPY", 5), NOW),) == counter.take(sell("SPY", 5))
    assert (counter.seat.counts["sells"], counter.state.counts["sell_intents"]) == (1, 0)
    assert counter.state.blotter.open == {}


@pytest.mark.parametrize(
    ("held", "bought", "sold", "wanted", "expected"),
    [
        (0, 0, 0, 10, ("buy", 10)),
        (0, 0, 0, 0, None),
        (10, 0, 0, 10, None),
        (10, 0, 0, -5, ("sell", 15)),
        (-5, 0, 0, 5, ("buy", 10)),
        (0, 10, 0, 10, None),
        (0, 4, 0, 10, ("buy", 6)),
        (0, 14, 0, 10, ("sell", 4)),
        (10, 0, 10, 0, None),
        (10, 5, 10, 0, ("sell", 5)),
    ],
)
def test_a_target_counts_what_is_held_and_what_is_on_its_way(
    held: int, bought: int, sold: int, wanted: int, expected: tuple[str, int] | None
) -> None:
    """Only what is missing is traded."""
    counter = Counter()
    counter.state.ledger.adopt(VenuePosition("SPY", D(held) + 300, D(100)))  # the rest is nobody's here
    counter.state.accounts.of("m").book("SPY", D(held), D(100), D(0))
    counter.take(*(wish for wish in (buy("SPY", bought), sell("SPY", sold)) if wish.shares))
    orders = [(effect.order.side, int(effect.order.shares)) for effect in counter.take(target("SPY", wanted))]  # type: ignore[attr-defined]
    assert ([] if expected is None else [expected]) == orders


def test_a_target_in_a_symbol_that_was_never_traded_leaves_nothing_behind() -> None:
    """Wishes do not grow the blotter."""
    counter = Counter(("symbol", no))
    for number in range(5):
        counter.take(target(f"X{number}", 0), target(f"X{number}", 5))
    assert counter.state.blotter.bound == {}


def test_a_cancel_is_asked_for_once() -> None:
    """However often it is wished for."""
    counter = Counter()
    order = counter.named(buy("SPY", 5, 99))
    assert (Cancel(order, "v1"),) == counter.take(cancel(order), cancel(order), cancel())
    assert counter.take(cancel()) == ()


def test_an_order_the_venue_has_not_named_is_cancelled_later() -> None:
    """That it is to be is said once, and nothing leaves."""
    counter = Counter()
    order = counter.sent(buy("SPY", 5)).id
    assert (CancelLater(order),) == counter.take(cancel(), cancel(order))
    working = counter.state.blotter.update(OrderUpdate(order, "accepted", NOW, NOW, "v1"))
    assert working is not None
    counter.desk.cancel(working)
    assert [Cancel(order, "v1")] == counter.out


def test_what_a_cancel_reaches() -> None:
    """One order, a symbol's, or all; never another model's, and none that has ended."""
    counter = Counter()
    orders = [counter.sent(buy(symbol, 5)).id for symbol in ("SPY", "SPY", "QQQ")]
    other = counter.state.blotter.add(Order("other", "n", "SPY", "buy", D(1), None, "day", NOW, ""))
    for number, order in enumerate([*orders, "other"]):
        counter.state.blotter.update(OrderUpdate(order, "accepted", NOW, NOW, f"v{number}"))
    assert (Cancel(orders[1], "v1"),) == counter.take(cancel(orders[1]), cancel("other"), cancel("nobody's"))
    assert (Cancel(orders[0], "v0"),) == counter.take(cancel(symbol="SPY"))
    counter.state.blotter.update(OrderUpdate(orders[2], "canceled", NOW, NOW))
    assert counter.take(cancel()) == ()
    assert not other.cancelling


def test_an_amended_order_is_replaced() -> None:
    """A new price, or a new size; what is not named stays; it is a new order with a number of its own."""
    counter = Counter()
    order = counter.named(buy("SPY", 5, 99, "gtc"))
    second = Order("20261019-abc123-000002", "m", "SPY", "buy", D(5), D("99.5"), "gtc", NOW, "v1")
    third = Order("20261019-abc123-000003", "m", "SPY", "buy", D(7), D(99), "gtc", NOW, "v1")
    assert (Replace(second), Replace(third)) == counter.take(amend(order, 99.5), amend(order, shares=7))
    assert (counter.state.counts["orders"], counter.seat.counts["orders"], counter.seat.counts["buys"]) == (3, 3, 1)
    assert D(17) == counter.state.blotter.bind("SPY").buying, "all count until the venue has replaced one"


def test_what_cannot_be_amended() -> None:
    """Nobody's order, another's, one at the market, one without a name, one being withdrawn."""
    counter = Counter()
    market, unnamed = counter.named(buy("SPY", 1)), counter.sent(buy("SPY", 1, 99)).id
    working = counter.named(buy("SPY", 1, 99))
    counter.state.blotter.add(Order("other", "n", "SPY", "buy", D(1), D(1), "day", NOW, "")).venue_id = "v"
    counter.take(cancel(working))
    wishes = [amend(name, 98) for name in ("", market, unnamed, "other", working)]
    expected = [f"order {name} is no working limit order of m" for name in ("?", market, unnamed, "other")]
    expected.append(f"order {working} is being withdrawn")
    refusals = [Refuse("m", wish, "amend", reason, NOW) for wish, reason in zip(wishes, expected, strict=True)]
    assert refusals == list(counter.take(*wishes))


def test_an_amendment_passes_every_check() -> None:
    """As the order it would become; the refusal shows the wish."""
    seen: list[Intent] = []

    def look(intent: Intent, _: State) -> str | None:
        seen.append(intent)
        return "too dear" if intent.limit == D(101) else None

    counter = Counter(("look", look))
    order = counter.named(buy("SPY", 5, 99))
    wish: Amend = amend(order, 101)
    assert (Refuse("m", wish, "look", "too dear", NOW),) == counter.take(wish)
    assert Intent("SPY", "buy", D(5), D(101), "day") == seen[-1]


def test_a_timer_is_asked_for_under_the_model_s_name() -> None:
    """Two models may use the same key."""
    counter = Counter()
    assert (WakeAt("m:k", 5),) == counter.take(wake(5, "k"))
    assert {(5, "k")} == counter.seat.alarms


def test_a_model_may_have_so_many_timers_pending() -> None:
    """A thousand; one more is the model's fault."""
    counter = Counter()
    counter.take(*(wake(moment) for moment in range(ALARMS)))
    with pytest.raises(ValueError, match=r"^1000 timers are pending, no model may have more$"):
        counter.take(wake(ALARMS))


def test_what_is_no_wish_is_the_model_s_fault() -> None:
    """And nothing comes of it."""
    counter = Counter()
    with pytest.raises(TypeError, match=r"^a handler returned 'SPY'; expected buy\(\)"):
        counter.take("SPY")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"which has a field of the wrong kind$"):
        counter.take(buy("SPY", 5, tif="sometime"))  # type: ignore[arg-type]
    assert (counter.out, counter.state.counts["orders"]) == ([], 0)


def test_a_refusal_for_the_day_s_loss_ends_the_day() -> None:
    """People are told once, and what is open is withdrawn."""
    broken: list[str] = []
    counter = Counter(("loss", Tripwire(lambda _: broken[0] if broken else None)))
    order = counter.named(buy("SPY", 1, 99))
    broken.append("too much")
    refusal = Refuse("m", buy("SPY", 2), "loss", "too much", NOW)
    assert (refusal, KillSwitch("too much"), Cancel(order, "v1"), refusal) == counter.take(buy("SPY", 2), buy("SPY", 2))
    assert counter.state.halted == "too much"


def test_flattening_trades_every_position_away() -> None:
    """Long ones are sold, short ones bought; a symbol with an open order waits for it; no check is asked."""
    counter = Counter(("never", no))
    for symbol, shares in (("SPY", 10), ("QQQ", -7), ("IWM", 0), ("DIA", 3)):
        counter.state.ledger.adopt(VenuePosition(symbol, D(shares), D(100)))
    counter.state.blotter.add(Order("open", "m", "DIA", "buy", D(1), None, "day", NOW))
    counter.desk.flatten()
    orders = [effect.order for effect in counter.out if isinstance(effect, Submit)]
    assert [(FLATTEN, "SPY", "sell", D(10)), (FLATTEN, "QQQ", "buy", D(7))] == [
        (order.model, order.symbol, order.side, order.shares) for order in orders
    ]
    counter.out.clear()
    counter.desk.flatten()
    assert counter.out == [], "each is on its way already"


def test_a_filled_order_is_not_cancelled() -> None:
    """There is nothing left of it."""
    counter = Counter()
    order = counter.named(buy("SPY", 5))
    working = counter.state.blotter.fill(Fill(order, "x", "SPY", "buy", D(5), D(100), NOW, NOW))
    assert working is not None
    counter.desk.cancel(working)
    assert counter.out == []
