"""How much may be held: position, gross and net exposure, buying power and profit, with orders on their way counted."""

from decimal import Decimal

import pytest

from hftd.core.events import Fill, Side, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.orders import Order
from hftd.core.risk import exposure
from hftd.core.risk.check import exposure_after, opening, price_of, worth_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State

D = Decimal


def state(held: int = 0, buying: int = 0, selling: int = 0, last: float = 100.0, symbol: str = "SPY") -> State:
    """``held`` shares that cost 100 each, orders to buy and to sell, and a last print."""
    made = State()
    more(made, held, buying, selling, last, symbol)
    return made


def more(made: State, held: int, buying: int = 0, selling: int = 0, last: float = 100.0, symbol: str = "SPY") -> None:
    made.book.watch(symbol)
    made.book.trade(Trade(symbol, last, 100, 1, 1))
    made.ledger.adopt(VenuePosition(symbol, D(held), D(100)))
    order(made, "buy", buying, symbol)
    order(made, "sell", selling, symbol)


def order(made: State, side: Side, shares: int, symbol: str = "SPY") -> None:
    if shares:
        made.blotter.add(Order(f"{symbol} {side}", "m", symbol, side, D(shares), None, "day", 1))


# Held, buying, selling, the wish's side and shares; then: the worst position after it, and what of it opens.
CASES: list[tuple[int, int, int, Side, int, int, int]] = [
    (0, 0, 0, "buy", 10, 10, 10),
    (0, 0, 0, "sell", 10, -10, 10),
    (0, 5, 0, "buy", 10, 15, 10),
    (10, 0, 0, "buy", 5, 15, 5),
    (10, 0, 0, "sell", 5, 5, 0),
    (10, 0, 0, "sell", 10, 0, 0),
    (10, 0, 0, "sell", 25, -15, 15),
    (10, 0, 8, "sell", 5, -3, 3),
    (10, 0, 20, "sell", 5, -15, 5),
    (-10, 0, 0, "buy", 3, -7, 0),
    (-10, 0, 0, "buy", 15, 5, 5),
    (-10, 30, 0, "buy", 5, 25, 5),
    (-10, 0, 20, "buy", 10, 0, 0),
]


@pytest.mark.parametrize(("held", "buying", "selling", "side", "shares", "after", "opens"), CASES)
def test_what_an_intent_leads_to_at_the_worst(
    held: int, buying: int, selling: int, side: Side, shares: int, after: int, opens: int
) -> None:
    """Orders beside it are counted as filled, those against it are not."""
    made, wish = state(held, buying, selling), Intent("SPY", side, D(shares))
    assert (D(held), D(after)) == exposure_after(wish, made)
    assert D(opens) == opening(wish, made)


def test_the_worth_of_an_intent_is_worked_out_once_while_it_is_asked_about() -> None:
    """5 at 100 are 500 dollars, also when the price moves before the answer; another intent's worth is its own."""
    made, wish, other = state(), buy("SPY", 5), buy("SPY", 7, 99)
    made.ask("m", wish)
    assert [D(500), D(693)] == [worth_of(each, made) for each in (wish, other)]
    made.book.trade(Trade("SPY", 101.0, 100, 2, 2))
    assert [D(500), D(693), D(505)] == [worth_of(each, made) for each in (wish, other, buy("SPY", 5))]
    made.ask("", None)
    assert D(505) == worth_of(wish, made)


def test_the_price_of_an_intent() -> None:
    """Its limit, else what the book says, else nothing."""
    made = state(last=100.1)
    assert [D("1.5"), D("100.1"), D(0)] == [price_of(w, made) for w in (buy("SPY", 1, 1.5), buy("SPY", 1), buy("X", 1))]


@pytest.mark.parametrize(
    ("held", "buying", "selling", "wish", "expected"),
    [
        (0, 0, 0, buy("SPY", 100), None),
        (0, 0, 0, buy("SPY", 101), "position would be 101 shares, allowed 100"),
        (60, 30, 0, buy("SPY", 10), None),
        (60, 30, 0, buy("SPY", 11), "position would be 101 shares, allowed 100"),
        (0, 0, 0, sell("SPY", 100), None),
        (0, 0, 0, sell("SPY", 101), "position would be -101 shares, allowed 100"),
        (150, 0, 0, sell("SPY", 1), None),
        (150, 0, 0, sell("SPY", 150), None),
        (150, 0, 0, sell("SPY", 270), "position would be -120 shares, allowed 100"),
        (-150, 0, 0, buy("SPY", 1), None),
        (-150, 0, 0, sell("SPY", 1), "position would be -151 shares, allowed 100"),
    ],
)
def test_position(held: int, buying: int, selling: int, wish: Intent, expected: str | None) -> None:
    """A hundred are allowed; above that only what makes the position smaller may pass."""
    assert expected == exposure.position(Limits(max_position=D(100)))(wish, state(held, buying, selling))


def test_gross_exposure_by_hand() -> None:
    """10 SPY at 100, or 15 with the order to buy 5; 20 QQQ short at 50: 1,500 and 1,000 dollars."""
    made = state(10, buying=5, selling=10)
    more(made, -20, last=50.0, symbol="QQQ")
    assert D(2500) == made.gross()
    assert [D(15), D(20), D(0)] == [made.worst(symbol) for symbol in ("SPY", "QQQ", "IWM")]


def test_gross_exposure_without_a_price_is_that_of_the_average_cost() -> None:
    """10 that cost 100 each, and 5 on their way."""
    made = state(10)
    made.book.lines.clear()
    assert D(1000) == made.gross()
    order(made, "buy", 5)
    assert D(1500) == made.gross()


@pytest.mark.parametrize(
    ("held", "wish", "expected"),
    [
        (10, buy("SPY", 10), None),
        (10, buy("SPY", 11), "gross exposure would be $2100.00, allowed $2000"),
        (10, buy("SPY", 10, "100.01"), "gross exposure would be $2000.10, allowed $2000"),
        (-10, buy("SPY", 30), None),
        (-10, buy("SPY", 31), "gross exposure would be $2100.00, allowed $2000"),
        (30, sell("SPY", 30), None),
        (30, sell("SPY", 31), "gross exposure would be $3000.00, allowed $2000"),
    ],
)
def test_gross(held: int, wish: Intent, expected: str | None) -> None:
    """2,000 dollars are allowed; what only closes always passes."""
    assert expected == exposure.gross(Limits(max_gross=D(2000)))(wish, state(held))


@pytest.mark.parametrize(
    ("held", "buying", "selling", "wish", "expected"),
    [
        (10, 0, 0, buy("SPY", 10), None),
        (10, 0, 0, buy("SPY", 11), "net exposure would be $2100.00, allowed $2000 either way"),
        (10, 0, 0, buy("SPY", 10, "100.01"), "net exposure would be $2000.10, allowed $2000 either way"),
        (10, 5, 90, buy("SPY", 5), None),
        (10, 5, 90, buy("SPY", 6), "net exposure would be $2100.00, allowed $2000 either way"),
        (-10, 0, 0, sell("SPY", 10), None),
        (-10, 90, 5, sell("SPY", 6), "net exposure would be $-2100.00, allowed $2000 either way"),
        (50, 0, 0, sell("SPY", 50), None),
        (50, 0, 0, sell("SPY", 70), None),
        (50, 0, 0, sell("SPY", 71), "net exposure would be $-2100.00, allowed $2000 either way"),
        (-50, 0, 0, buy("SPY", 50), None),
    ],
)
def test_net(held: int, buying: int, selling: int, wish: Intent, expected: str | None) -> None:
    """2,000 dollars are allowed either way; orders on the wish's side count as filled, those against it do not."""
    assert expected == exposure.net(Limits(max_net=D(2000)))(wish, state(held, buying, selling))


def test_shorts_count_against_longs() -> None:
    """15 SPY at 100 and 20 QQQ short at 50: 500 net, so 15 more pass and 16 do not; what closes a short may pass."""
    made, check = state(15), exposure.net(Limits(max_net=D(2000)))
    more(made, -20, last=50.0, symbol="QQQ")
    assert check(buy("SPY", 15), made) is None
    assert check(buy("SPY", 16), made) == "net exposure would be $2100.00, allowed $2000 either way"
    more(made, 31)
    assert check(buy("QQQ", 20), made) is None
    assert check(buy("QQQ", 61), made) == "net exposure would be $5150.00, allowed $2000 either way"
    assert check(sell("QQQ", 1), made) is None, "it brings the sum nearer to 0"


def test_positions() -> None:
    """Two symbols are allowed, held or worked; a third is not, and more of the same are."""
    made, check = state(5), exposure.positions(Limits(max_positions=2))
    assert check(buy("QQQ", 1), made) is None
    order(made, "sell", 5, "QQQ")
    assert check(buy("IWM", 1), made) == "2 symbols are held or worked, allowed 2"
    assert [check(buy(symbol, 1), made) for symbol in ("SPY", "QQQ")] == [None, None]
    more(made, 0)
    assert check(buy("IWM", 1), made) is None, "SPY is flat"


def test_buying_power_is_the_venue_s_last_word_less_what_was_bound_since() -> None:
    """1,000 are left; an order over 600 leaves 400; selling what is held needs none."""
    made, check = state(10), exposure.buying_power(Limits())
    assert check(buy("SPY", 1000), made) is None, "nobody said what the buying power is"
    made.buying_power, made.gross_then = D(1000), made.gross()
    assert check(buy("SPY", 10), made) is None
    assert check(buy("SPY", 11), made) == "costs $1100.00, buying power left is $1000.00"
    order(made, "buy", 6)
    assert check(buy("SPY", 4), made) is None
    assert check(buy("SPY", 5), made) == "costs $500.00, buying power left is $400.00"
    assert check(sell("SPY", 10), made) is None


def test_an_order_that_closes_binds_no_buying_power() -> None:
    """10 are held and offered: what may be bought is what it was before."""
    made, check = state(10), exposure.buying_power(Limits())
    made.buying_power, made.gross_then = D(1000), made.gross()
    order(made, "sell", 10)
    assert check(buy("SPY", 10), made) is None


def test_the_day_s_profit_counts_fees_and_what_was_taken() -> None:
    """10 bought at 100 and sold at 101 for a fee of 1 made 9."""
    made = state()
    made.ledger.fill(Fill("a", "x", "SPY", "buy", D(10), D(100), 1, 1))
    made.ledger.fill(Fill("b", "y", "SPY", "sell", D(10), D(101), 1, 1, fee=D(1)))
    assert D(9) == made.profit()


def test_what_was_lost_before_today_is_not_the_day_s_loss() -> None:
    """10 that cost 1,000 yesterday: today they open at 90 and fall to 85, which loses 50, sold or not."""
    made = state(10, last=92.0)
    made.new_day("2026-10-20", "r")
    assert D(0) == made.profit(), "before the first print nothing has happened yet"
    made.book.trade(Trade("SPY", 90.0, 1, 1, 1))
    assert D(0) == made.profit()
    made.book.trade(Trade("SPY", 85.0, 1, 1, 1))
    assert D(-50) == made.profit()
    made.ledger.fill(Fill("a", "x", "SPY", "sell", D(10), D(85), 1, 1))
    assert D(-50) == made.profit()
    made.book.trade(Trade("SPY", 120.0, 1, 1, 1))
    assert D(-50) == made.profit(), "what is sold no longer moves"
