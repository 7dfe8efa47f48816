"""By how much two clocks differ at the least, and a state whose clock was set back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Trade
from hftd.core.orders import Order
from hftd.core.skew import least_skew, set_back
from hftd.core.state import State

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOON = 1_795_190_400 * SECOND


def test_an_answer_between_question_and_answer_is_no_difference() -> None:
    assert [least_skew(100, told, 110) for told in (99, 100, 105, 110, 111, 200)] == [-1, 0, 0, 0, 1, 90]


@given(
    st.integers(-HOUR, HOUR), st.integers(0, SECOND), st.integers(0, SECOND), st.integers(0, 2**60)
)  # fmt: skip
def test_it_is_never_more_than_the_true_difference_and_at_most_a_round_trip_less(
    skew: int, there: int, back: int, asked: int
) -> None:
    """The other clock is ``skew`` ahead; the question took so long there, the answer so long back."""
    least = least_skew(asked, asked + there + skew, asked + there + back)

    assert abs(least) <= abs(skew)
    assert least * skew >= 0
    assert abs(skew) - abs(least) <= there + back


def trade(seen: int) -> Trade:
    return Trade("SPY", 100.0, 10, seen, seen, ("@",), "V", "B", 1)


def order(number: int, at: int) -> Order:
    return Order(f"20261120-c7ec94-{number:06d}", "m", "SPY", "buy", Decimal(1), None, "day", at)


def wrong_by_an_hour() -> State:
    """What happened while the clock was an hour ahead: a print, an order, a rejection; and one order before."""
    state = State()
    state.now = NOON + HOUR
    state.book.watch("SPY")
    state.book.trade(trade(state.now))
    state.send(order(1, NOON))
    state.send(order(2, state.now))
    state.rejected("SPY", state.now)
    return state


def test_what_happened_at_times_yet_to_come_happened_now() -> None:
    state = wrong_by_an_hour()
    state.pace.appendleft(NOON - SECOND)
    set_back(state, NOON)

    assert state.now == NOON
    assert state.book.lines["SPY"].seen == NOON
    assert state.book.lines["SPY"].until == NOON + 60 * SECOND
    assert list(state.pace) == [NOON - SECOND, NOON]
    assert (state.rejects["SPY"].count, state.rejects["SPY"].at) == (1, NOON)
    assert state.blotter.bound["SPY"].touched == NOON
    assert list(state.recent) == []
    assert list(state.blotter.open) == [order(1, 0).id, order(2, 0).id]


def test_a_price_of_a_wrong_hour_grows_old_like_any_other() -> None:
    state = wrong_by_an_hour()
    set_back(state, NOON)
    state.now += 11 * SECOND

    assert state.now - state.book.lines["SPY"].seen == 11 * SECOND


def test_what_lies_in_the_past_stays_there() -> None:
    state = State()
    state.now = NOON
    state.book.watch("SPY")
    state.book.trade(trade(NOON - 5 * SECOND))
    state.send(order(1, NOON - 5 * SECOND))
    set_back(state, NOON - SECOND)

    assert (state.book.lines["SPY"].seen, list(state.pace)) == (NOON - 5 * SECOND, [NOON - 5 * SECOND])
    assert [each.id for each in state.recent] == [order(1, 0).id]
