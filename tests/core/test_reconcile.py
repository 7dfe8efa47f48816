"""Settling with the venue: what was missed happens, what differs is told, what is moving is left alone."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hftd.core.blotter import Blotter
from hftd.core.effects import Alert, Cancel, Effect, Reconcile, Resolve, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Command,
    Fill,
    OrderStatus,
    OrderUpdate,
    SessionPhase,
    Snapshot,
    Trade,
    VenueOrder,
    VenuePosition,
)
from hftd.core.intents import Intent, buy
from hftd.core.ledger import Ledger
from hftd.core.orders import Order
from hftd.core.reconcile import Settlement, differing_positions, moving, outdated, settle_order, settle_orders
from hftd.core.seat import Seat
from hftd.core.state import State

D = Decimal
SENT, ASKED, HEARD = 100, 200, 250


def order(name: str = "a", symbol: str = "SPY", at: int = SENT) -> Order:
    return Order(name, "m", symbol, "buy", D(10), None, "day", at)


def theirs(filled: int = 0, average: object = 0, status: OrderStatus = "accepted", name: str = "a") -> VenueOrder:
    return VenueOrder(name, "v", "SPY", "buy", D(10), D(filled), D(str(average)), status)


def snapshot(orders: Iterable[VenueOrder] = (), held: Iterable[tuple[str, int]] = (), **more: int) -> Snapshot:
    positions = tuple(VenuePosition(symbol, D(shares), D(100)) for symbol, shares in held)
    return Snapshot(
        more.get("asked", ASKED), more.get("seen", ASKED), "PA1", D(more.get("cash", 50_000)), D(80_000), positions,
        tuple(orders),
    )  # fmt: skip


def fill(shares: int, price: object = 100, name: str = "a", seen: int = SENT + 1, symbol: str = "SPY") -> Fill:
    return Fill(name, f"{name}{seen}{shares}", symbol, "buy", D(shares), D(str(price)), seen, seen)


def blotter(*orders: Order) -> Blotter:
    made = Blotter()
    for each in orders:
        made.add(each)
    return made


class Account:
    """An engine without models that holds orders and positions, as after a morning's work."""

    def __init__(self, *orders: Order) -> None:
        self.state = State()
        self.state.now = SENT
        self.engine = Engine(self.state, [], (), flatten=False)
        for each in orders:
            self.state.blotter.add(each)

    def hear(self, *events: object) -> list[Effect]:
        return [effect for event in events for effect in self.engine.step(event)]  # type: ignore[arg-type]

    def facts(self) -> tuple[object, ...]:
        """Everything a snapshot may change."""
        state = self.state
        return (
            state.ledger.cash, state.buying_power, state.gross_then, state.reconciled, state.foreign,
            repr(state.ledger.positions), repr(state.blotter.open), repr(state.blotter.done), repr(state.counts),
        )  # fmt: skip


# ---- orders ----------------------------------------------------------------------------------------------------


def test_missed_shares_become_one_fill_at_the_price_that_makes_the_averages_agree() -> None:
    """3 at 100 were heard; the venue says 8 at 101 on average: 5 at (8 x 101 - 3 x 100) / 5 = 101.60 were not."""
    made = blotter(order())
    working = made.fill(fill(3))
    assert working is not None
    missed, update = settle_order(working, theirs(8, 101, "partially_filled"), HEARD)
    expected = Fill("a", "reconciled:v:8", "SPY", "buy", D(5), D("101.6"), HEARD, HEARD, "v", assumed=True)
    assert expected == missed
    assert OrderUpdate("a", "partially_filled", HEARD, HEARD, "v", "reconciled") == update


def test_what_agrees_needs_no_fill() -> None:
    """Only the status is said again, and the venue's id."""
    made = blotter(order())
    expected = OrderUpdate("a", "accepted", HEARD, HEARD, "v", "reconciled")
    assert (expected,) == settle_order(made.open["a"], theirs(), HEARD)


def test_an_order_the_venue_does_not_mention_is_missing() -> None:
    """If it had left when the question was put."""
    made = blotter(order("early"), order("late", at=ASKED))
    assert Settlement(missing=("early",)) == settle_orders(made, snapshot(), HEARD)


def test_an_order_that_ended_here_and_filled_there_has_a_late_fill() -> None:
    """A report that was lost before the cancel was heard."""
    account = Account(order())
    account.hear(OrderUpdate("a", "canceled", SENT + 1, SENT + 1))
    assert account.hear(snapshot([theirs(4, 100, "canceled")], [("SPY", 4)])) == []
    assert (D(4), "canceled") == (account.state.ledger.shares("SPY"), account.state.blotter.done["a"].status)


def test_an_order_that_ended_here_and_works_there_is_withdrawn() -> None:
    """It was taken for rejected; people are told."""
    account = Account(order())
    account.hear(OrderUpdate("a", "rejected", SENT + 1, SENT + 1))
    expected = [
        Alert("warning", "an order that had ended is open at the venue: a", "SPY", order="a"), Cancel("a", "v")
    ]  # fmt: skip
    assert expected == account.hear(snapshot([theirs()]))


def test_an_order_that_ended_after_the_question_is_no_surprise() -> None:
    """The answer is older than the news."""
    account = Account(order())
    account.hear(OrderUpdate("a", "canceled", ASKED, ASKED))
    assert account.hear(snapshot([theirs()])) == []


def test_an_order_that_is_not_ours_is_told_of_once() -> None:
    """While it is open; one that has ended is nobody's business."""
    account = Account()
    expected = Alert("notice", "not ours, and open at the venue: buy 10 SPY (x)", "SPY", order="x")
    open_, ended = theirs(name="x"), theirs(10, 100, "filled", "y")
    assert [expected] == account.hear(snapshot([open_, ended]))
    assert account.hear(snapshot([open_, ended])) == []
    assert account.hear(snapshot()) == []
    assert [expected] == account.hear(snapshot([open_]))


class Buys:
    """Buys one share at every print."""

    def on_trade(self, trade: Trade) -> Intent:
        return buy(trade.symbol, 1)


def lost_to_a_power_cut(filled: int, status: OrderStatus) -> tuple[Account, VenueOrder]:
    """An engine that knows of no order of the day, and the venue's word of the third."""
    account = Account()
    account.engine = Engine(account.state, [Seat("m", Buys(), ["SPY"])], (), flatten=False)
    for phase in ("warmup", "open"):
        account.hear(SessionPhase(phase, "2026-11-20", SENT, 0, "abc123"))
    return account, theirs(filled, 100, status, "20261120-abc123-000003")


def test_an_order_of_ours_the_journal_lost_is_withdrawn() -> None:
    """Nobody looks after it; it is told of once, and asked for until it is gone."""
    account, lost = lost_to_a_power_cut(0, "accepted")
    name = lost.order
    text = f"the journal lost it, and open at the venue: buy 10 SPY ({name})"

    assert account.hear(snapshot([lost])) == [Alert("warning", text, "SPY", order=name), Cancel(name, "v")]
    assert account.hear(snapshot([lost])) == [Cancel(name, "v")]


@pytest.mark.parametrize("brief", [False, True])
def test_no_order_is_named_as_one_the_journal_lost(brief: bool) -> None:
    """The next order is the day's fourth, though the engine knows of none."""
    account, lost = lost_to_a_power_cut(0, "accepted") if brief else lost_to_a_power_cut(10, "filled")
    account.hear(replace(snapshot([lost]), brief=brief))
    (sent,) = account.hear(Trade("SPY", 100.0, 1, HEARD, HEARD))

    assert isinstance(sent, Submit)
    assert sent.order.id == "20261120-abc123-000004"


def at_rest(held: int, filled: int = 0, *, asked: int = ASKED, brief: bool = False) -> Snapshot:
    """The venue's word while an order for ten works: so many of it are filled, and so many shares are held."""
    status: OrderStatus = "partially_filled" if filled else "accepted"
    told = snapshot([theirs(filled, 100, status)], [("SPY", held)], asked=asked, seen=asked)
    return replace(told, brief=brief)


def with_an_order_at_rest() -> Account:
    """Seven shares, as the venue said as the day began, and an order that works."""
    account = Account()
    account.hear(snapshot(held=[("SPY", 7)]))
    account.state.blotter.add(order(at=ASKED))
    account.hear(OrderUpdate("a", "accepted", ASKED + 1, ASKED + 1, "v"))
    return account


def test_a_position_that_differs_twice_alike_freezes_its_symbol_though_an_order_rests() -> None:
    """A model that always has an order in the market would otherwise never hear of it."""
    account = with_an_order_at_rest()

    assert account.hear(at_rest(9, asked=300)) == []
    (alert,) = account.hear(at_rest(9, asked=400))
    assert isinstance(alert, Alert)
    assert alert.text == "position of SPY: the venue says 9, we had 7; frozen until somebody says `hftd accept SPY`"
    assert account.hear(at_rest(9, asked=500)) == []

    account.hear(at_rest(7, asked=600))
    assert account.state.frozen == {}


def test_what_fills_between_the_venue_s_answers_freezes_nothing() -> None:
    """The orders were told before it, the positions after it; the next answer has it in both."""
    account = with_an_order_at_rest()

    assert account.hear(at_rest(9, 0, asked=300)) == []
    assert account.hear(at_rest(9, 2, asked=400)) == []
    assert (account.state.frozen, account.state.ledger.shares("SPY")) == ({}, D(9))


def test_figures_that_differ_each_time_in_another_way_are_still_moving() -> None:
    account = with_an_order_at_rest()

    assert [account.hear(at_rest(held, asked=asked)) for held, asked in ((9, 300), (8, 400), (9, 500))] == [[], [], []]


def test_a_brief_look_at_an_order_at_rest_asks_for_the_whole_account() -> None:
    account = with_an_order_at_rest()

    assert account.hear(at_rest(9, asked=300, brief=True)) == [Reconcile()]
    assert account.hear(at_rest(7, asked=400, brief=True)) == []


def test_what_happened_to_orders_while_nobody_told_us_happens() -> None:
    """One filled, one canceled after 4 shares, one accepted, one unheard of: all at once."""
    account = Account(*(order(name) for name in "abcd"))
    account.hear(fill(3))
    effects = account.hear(
        snapshot([theirs(10, 100, "filled"), theirs(4, 50, "canceled", "b"), theirs(0, 0, "accepted", "c")], cash=1)
    )
    assert [Resolve("d")] == effects
    assert (list(account.state.blotter.open), list(account.state.blotter.done)) == (["c", "d"], ["a", "b"])
    assert (D(14), D(1200), D(1)) == (
        account.state.ledger.shares("SPY"), account.state.ledger.positions["SPY"].cost, account.state.ledger.cash,
    )  # fmt: skip


# ---- positions and money ---------------------------------------------------------------------------------------


def test_positions_that_differ_are_found() -> None:
    """More, less, none here, none there; those that agree are not."""
    ledger = Ledger()
    for symbol, shares in (("AAA", 1), ("BBB", 2), ("CCC", 3), ("EEE", 0)):
        ledger.adopt(VenuePosition(symbol, D(shares), D(100)))
    found = differing_positions(ledger, blotter(), snapshot(held=[("AAA", 1), ("BBB", 5), ("DDD", 4)]))
    assert [("BBB", D(5)), ("CCC", D(0)), ("DDD", D(4))] == [(each.symbol, each.shares) for each in found]


def test_what_is_moving_is_left_alone() -> None:
    """An open order, or news since the question; news from before it is settled."""
    made = blotter(order("a", "AAA"), order("b", "BBB"), order("c", "CCC"))
    made.update(OrderUpdate("b", "canceled", ASKED, ASKED))
    made.update(OrderUpdate("c", "canceled", ASKED - 1, ASKED - 1))
    asked = snapshot(held=[("AAA", 9), ("BBB", 9), ("CCC", 9)])
    assert {"AAA", "BBB"} == moving(made, asked)
    assert [each.symbol for each in differing_positions(Ledger(), made, asked)] == ["CCC"]


def test_positions_are_taken_over_as_the_day_begins() -> None:
    """What was held before is no surprise, and it is told."""
    account = Account()
    expected = Alert("notice", "position of SPY: the venue says 5, we had 0; taken over as the day began", "SPY")
    assert [expected] == account.hear(snapshot(held=[("SPY", 5)]))
    position = account.state.ledger.positions["SPY"]
    assert (D(5), D(500)) == (position.shares, position.cost)
    assert "SPY" in account.state.book.lines


def settled(held: int = 0) -> Account:
    """An account whose day began with ``held`` SPY."""
    account = Account()
    account.hear(snapshot(held=[("SPY", held)]))
    return account


def test_a_position_that_does_not_add_up_freezes_its_symbol_once() -> None:
    """Our figure stays ours until somebody accepts the venue's; the same news is told once."""
    account = settled(5)
    expected = Alert(
        "err", "position of SPY: the venue says 9, we had 5; frozen until somebody says `hftd accept SPY`", "SPY"
    )
    assert [expected] == account.hear(snapshot(held=[("SPY", 9)], asked=300))
    assert account.hear(snapshot(held=[("SPY", 9)], asked=400)) == []
    assert (D(5), {"SPY"}) == (account.state.ledger.shares("SPY"), set(account.state.frozen))


def test_an_operator_accepts_the_venue_s_figure() -> None:
    """Then the symbol trades again."""
    account = settled(5)
    account.hear(snapshot(held=[("SPY", 9)], asked=300))
    said = account.hear(Command("accept", "SPY", "ann", 301))
    assert [Alert("notice", "ann accepted 9 SPY", "SPY")] == said
    assert (D(9), {}) == (account.state.ledger.shares("SPY"), account.state.frozen)


def test_a_position_that_adds_up_again_thaws() -> None:
    """The venue may have been the one that lagged."""
    account = settled(5)
    account.hear(snapshot(held=[("SPY", 9)], asked=300))
    said = account.hear(snapshot(held=[("SPY", 5)], asked=400))
    assert [Alert("notice", "position of SPY adds up again", "SPY")] == said
    assert account.state.frozen == {}


def test_a_brief_look_asks_for_the_whole_account_where_positions_are_news() -> None:
    """A difference that is new, or another one, or gone; not one that is known, nor what is moving."""
    account = settled(5)

    def brief(shares: int, asked: int) -> list[Effect]:
        return account.hear(replace(snapshot(held=[("SPY", shares)], asked=asked), brief=True))

    assert brief(5, 300) == []
    assert brief(9, 301) == [Reconcile()]
    account.hear(snapshot(held=[("SPY", 9)], asked=302))
    assert brief(9, 303) == []
    assert brief(7, 304) == [Reconcile()]
    assert brief(5, 305) == [Reconcile()]
    account.state.blotter.add(order("b", at=306))
    assert brief(5, 306) == []
    assert set(account.state.frozen) == {"SPY"}


def test_what_somebody_else_s_orders_explain_is_taken_over() -> None:
    """Four shares bought by hand, beside our five."""
    account = settled(5)
    by_hand = VenueOrder("hand", "v9", "SPY", "buy", D(4), D(4), D(101), "filled")
    (said,) = account.hear(snapshot([by_hand], [("SPY", 9)], asked=300))
    expected = "position of SPY: the venue says 9, we had 5; orders that are not ours explain it"
    assert Alert("warning", expected, "SPY") == said
    assert (D(9), {}) == (account.state.ledger.shares("SPY"), account.state.frozen)


def test_what_they_explain_is_remembered_while_the_symbol_moves() -> None:
    """The trade by hand is first seen while an order of ours is open, the position only after it."""
    account = Account(order("a"))
    by_hand = VenueOrder("hand", "v9", "SPY", "sell", D(4), D(4), D(101), "filled")
    account.hear(snapshot([theirs()]))
    account.hear(snapshot([theirs(), by_hand], [("SPY", -4)], asked=300))
    account.hear(OrderUpdate("a", "canceled", 310, 310, "v"))
    account.hear(snapshot([theirs(status="canceled"), by_hand], [("SPY", -4)], asked=400))
    assert (D(-4), {}) == (account.state.ledger.shares("SPY"), account.state.frozen)


def test_what_an_adopted_position_lost_before_is_not_the_day_s_loss() -> None:
    """5 that cost 100 each: the first print of the day is at 80, the next at 79."""
    account = Account()
    account.hear(snapshot(held=[("SPY", 5)]), Trade("SPY", 80.0, 1, 300, 300))
    assert D(0) == account.state.profit()
    account.hear(Trade("SPY", 79.0, 1, 301, 301))
    assert D(-5) == account.state.profit()


def test_a_position_that_appears_while_its_price_is_known_counts_from_its_cost() -> None:
    """Somebody bought 5 at 100 by hand while the last print was 101."""
    account = Account()
    account.hear(snapshot())
    account.state.book.watch("SPY")
    by_hand = VenueOrder("hand", "v9", "SPY", "buy", D(5), D(5), D(100), "filled")
    account.hear(Trade("SPY", 101.0, 1, 300, 300), snapshot([by_hand], held=[("SPY", 5)], asked=400))
    assert D(5) == account.state.profit()


def test_the_same_snapshot_twice_changes_nothing() -> None:
    """Whatever it settled the first time."""
    account = Account(order("a"), order("b", "QQQ"))
    said = snapshot([theirs(10, 100, "filled"), theirs(name="x")], [("SPY", 10), ("IWM", 3)], seen=HEARD)
    account.hear(said)
    once = account.facts()
    assert [Resolve("b")] == account.hear(said)
    assert once == account.facts()


def test_money_is_the_venue_s_word() -> None:
    """Cash and buying power, and the exposure they go with."""
    account = Account()
    account.hear(snapshot(held=[("SPY", 5)]))
    state = account.state
    assert (D(50_000), D(80_000), D(500), True) == (
        state.ledger.cash, state.buying_power, state.gross_then, state.reconciled,
    )  # fmt: skip


def test_money_asked_for_before_an_order_left_is_older_than_ours() -> None:
    """The order binds buying power the answer does not know of; the first answer is better than none."""
    account = Account()
    account.hear(snapshot())
    account.state.book.watch("SPY")
    account.hear(Trade("SPY", 100.0, 1, 300, 300))
    account.state.blotter.add(order(at=310))
    late = snapshot(asked=305, cash=7)
    assert outdated(account.state.blotter, late)
    account.hear(late)
    assert (D(50_000), D(80_000), D(0)) == (
        account.state.ledger.cash, account.state.buying_power, account.state.gross_then,
    )  # fmt: skip
    account.hear(snapshot([theirs()], asked=400, cash=7))
    assert (D(7), D(1000)) == (account.state.ledger.cash, account.state.gross_then)


def test_the_first_word_of_money_is_taken_whatever_moves() -> None:
    """A fill came in between the question and the answer."""
    account = Account(order())
    account.hear(fill(10, seen=ASKED + 1), snapshot([theirs(10, 100, "filled")], cash=7))
    assert (D(7), D(80_000)) == (account.state.ledger.cash, account.state.buying_power)
