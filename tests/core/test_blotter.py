"""The blotter: what orders bind, how they move, and what late and doubled reports may do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.blotter import LATE, REMEMBERED, Blotter
from hftd.core.events import Fill, OrderStatus, OrderUpdate, Side
from hftd.core.orders import Order, Working

D = Decimal
STATUSES = ("sent", "accepted", "partially_filled", "filled", "canceled", "expired", "replaced", "rejected", "unknown")


def order(name: str = "a", side: Side = "buy", shares: int = 10, symbol: str = "SPY", model: str = "m") -> Order:
    return Order(name, model, symbol, side, D(shares), None, "day", 1)


def update(status: OrderStatus, name: str = "a", seen: int = 2, venue_id: str = "v", reason: str = "") -> OrderUpdate:
    return OrderUpdate(name, status, seen, seen, venue_id, reason)


def fill(shares: int, price: object = 100, name: str = "a", ts: int = 3, assumed: bool = False, **more: str) -> Fill:
    side: Side = more.get("side", "buy")  # type: ignore[assignment]
    return Fill(name, f"x{ts}", "SPY", side, D(shares), D(str(price)), ts, ts, more.get("venue_id", ""), D(0), assumed)


def blotter(*orders: Order) -> Blotter:
    made = Blotter()
    for each in orders or (order(),):
        made.add(each)
    return made


def bound(made: Blotter) -> tuple[int, int, int]:
    """Shares still to buy, still to sell, and orders of unknown fate, in SPY."""
    found = made.bind("SPY")
    return int(found.buying), int(found.selling), found.unknown


def only(made: Blotter, name: str = "a") -> Working:
    found = made.find(name)
    assert found is not None
    return found


def test_an_order_binds_its_shares_until_they_are_filled() -> None:
    """10 to buy and 4 to sell; 3 bought leave 7; all bought leave none, and the order is done."""
    made = blotter(order(), order("b", "sell", 4))
    assert bound(made) == (10, 4, 0)
    made.fill(fill(3))
    assert bound(made) == (7, 4, 0)
    assert only(made).status == "partially_filled"
    made.fill(fill(7))
    assert bound(made) == (0, 4, 0)
    assert (list(made.open), list(made.done)) == (["b"], ["a"])


@pytest.mark.parametrize("status", ["canceled", "expired", "replaced", "rejected"])
def test_an_order_that_ends_frees_what_it_bound(status: OrderStatus) -> None:
    """All but what was filled."""
    made = blotter()
    made.fill(fill(3))
    made.update(update(status))
    assert bound(made) == (0, 0, 0)
    assert (status, D(3)) == (only(made).status, only(made).filled)


def test_filled_is_believed_when_the_fills_are_here() -> None:
    """Until then what is missing stays bound; the last fill ends the order."""
    made = blotter()
    made.update(update("filled"))
    assert (only(made).status, bound(made)) == ("accepted", (10, 0, 0))
    made.fill(fill(4))
    made.update(update("filled"))
    assert (only(made).status, bound(made)) == ("partially_filled", (6, 0, 0))
    made.fill(fill(6))
    assert (only(made).status, bound(made)) == ("filled", (0, 0, 0))


def test_a_fill_after_the_end_is_booked_and_frees_nothing_twice() -> None:
    """A cancel that overtook an execution does not undo it."""
    made = blotter()
    made.update(update("canceled"))
    assert made.fill(fill(4)) is only(made)
    assert (D(4), D(400), "canceled", (0, 0, 0)) == (only(made).filled, only(made).cost, only(made).status, bound(made))


def test_more_than_was_ordered_is_refused_and_changes_nothing() -> None:
    """6 of 10 are filled: 5 more are too many, also when the order has ended."""
    made = blotter()
    made.fill(fill(6))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^filled 6 \+ 5 of 10 shares$"):
            made.fill(fill(5))
        assert D(6) == only(made).filled
        made.update(update("canceled"))


def test_a_fill_of_somebody_else_s_order_is_none_of_ours() -> None:
    """The caller is told so."""
    made = blotter()
    assert made.fill(fill(5, name="theirs")) is None
    assert made.update(update("accepted", "theirs")) is None
    assert bound(made) == (10, 0, 0)


@pytest.mark.parametrize(
    ("before", "late"), [("accepted", "sent"), ("partially_filled", "accepted"), ("partially_filled", "sent")]
)
def test_a_late_message_takes_no_order_back(before: OrderStatus, late: OrderStatus) -> None:
    """News of a lower rank is old news."""
    made = blotter()
    made.update(update(before))
    assert made.update(update(late)) is None
    assert before == only(made).status


def test_old_news_that_names_the_order_is_still_told() -> None:
    """A fill without the venue's id overtook the acceptance that has it: the caller may have waited for the name."""
    made = blotter()
    made.fill(fill(3))
    assert made.update(update("accepted", venue_id="v7")) is only(made)
    assert (only(made).status, only(made).venue_id) == ("partially_filled", "v7")
    assert made.update(update("sent", venue_id="v7")) is None


def test_doubt_is_counted_while_it_lasts() -> None:
    """A second doubt is the same one; any word of the venue ends it, also that of an earlier state."""
    made = blotter(order(), order("b"))
    for name, count in (("a", 1), ("a", 1), ("b", 2)):
        made.update(update("unknown", name, venue_id=""))
        assert count == bound(made)[2]
    made.update(update("accepted"))
    made.update(update("rejected", "b"))
    assert bound(made) == (10, 0, 0)


def test_doubt_may_come_after_a_partial_fill() -> None:
    """The answer to a cancel was lost: what was filled before is still known afterwards."""
    made = blotter()
    made.fill(fill(3))
    assert made.update(update("unknown")) is only(made)
    assert (only(made).status, bound(made)[2]) == ("unknown", 1)
    made.update(update("accepted"))
    assert (only(made).status, bound(made)) == ("partially_filled", (7, 0, 0))


def test_a_fill_ends_doubt() -> None:
    """What trades exists."""
    made = blotter()
    made.update(update("unknown"))
    made.fill(fill(3))
    assert bound(made) == (7, 0, 0)


def test_word_of_the_venue_ends_the_count_of_misses() -> None:
    """Only misses in a row say that there is no such order."""
    made = blotter()
    only(made).misses = 4
    made.update(update("unknown"))
    assert only(made).misses == 4
    made.update(update("accepted"))
    assert only(made).misses == 0


def test_an_execution_is_news_once() -> None:
    """A doubled report is known by the venue's id of the execution."""
    made = blotter()
    assert [made.is_news(execution) for execution in ("x1", "x2", "x1")] == [True, True, False]


def test_a_report_of_assumed_shares_is_known() -> None:
    """4 of 10 were booked from the venue's totals at 50; their reports, 3 and 1, are not booked again."""
    made = blotter()
    made.fill(fill(4, ts=50, assumed=True))
    assert [made.was_assumed(fill(n, ts=50)) for n in (3, 2, 1, 1)] == [True, False, True, False]
    assert D(4) == only(made).filled


def test_an_execution_after_the_totals_is_none_of_theirs() -> None:
    """The venue's clock may be ahead of ours by a second, not by more."""
    made = blotter()
    made.fill(fill(4, ts=50, assumed=True))
    assert not made.was_assumed(fill(4, ts=50 + LATE + 1))
    assert made.was_assumed(fill(4, ts=50 + LATE))


def test_news_touches_a_symbol_and_never_back() -> None:
    """The time of the last news is that of the newest."""
    made = blotter()
    made.update(update("accepted", seen=9))
    made.fill(fill(1, ts=5))
    assert made.bind("SPY").touched == 9


def test_orders_by_model_and_symbol() -> None:
    """Either, both, or all; a copy, so that they may end on the way."""
    made = blotter(order("a"), order("b", symbol="QQQ"), order("c", model="n"))
    names = [
        [working.order.id for working in made.of(*which)] for which in ((), ("m",), ("", "SPY"), ("m", "SPY"), ("x",))
    ]
    assert names == [["a", "b", "c"], ["a", "b"], ["a", "c"], ["a"], []]
    for working in made.of():
        made.update(update("canceled", working.order.id))
    assert made.open == {}


def test_finished_orders_and_executions_are_remembered_for_a_while() -> None:
    """10,000 of each, the oldest forgotten first."""
    made = Blotter()
    for number in range(REMEMBERED + 5):
        made.add(order(str(number)))
        made.update(update("canceled", str(number)))
        made.is_news(str(number))
    assert (len(made.done), next(iter(made.done))) == (REMEMBERED, "5")
    assert made.is_news("4")
    assert not made.is_news(str(REMEMBERED))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.integers(0, 4), st.sampled_from(STATUSES)),
        st.tuples(st.just("fill"), st.integers(0, 4), st.integers(1, 6)),
    ),
    max_size=60,
)


@given(STEPS)
def test_what_is_bound_is_what_open_orders_have_left(steps: list[tuple[str, int, object]]) -> None:
    """After whatever news: no share bound twice, none forgotten, and every doubt counted."""
    made = blotter(*(order(str(n), "buy" if n % 2 else "sell") for n in range(5)))
    for step, name, what in steps:
        before = only(made, str(name))
        ended, filled = not before.open, before.filled
        if step == "update":
            made.update(update(what, str(name)))  # type: ignore[arg-type]
            assert filled == before.filled
        elif D(what) <= before.left:  # type: ignore[arg-type]
            made.fill(fill(what, name=str(name), side=before.order.side))  # type: ignore[arg-type]
        assert not (ended and before.open), "an order that has ended never comes back"
    left = {
        side: sum((working.left for working in made.of() if working.order.side == side), D(0))
        for side in ("buy", "sell")
    }
    unknown = sum(working.status == "unknown" for working in made.of())
    assert (int(left["buy"]), int(left["sell"]), unknown) == bound(made)
