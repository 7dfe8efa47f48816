"""Money and positions: by hand, and against a plain average-cost computation in fractions."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Fill, Side, VenuePosition
from hftd.core.ledger import Ledger, Position

D = Decimal
Deal = tuple[str, Side, int, int, int]
# Symbol, side, shares in hundredths, price in cents, fee in cents.
DEALS = st.lists(
    st.tuples(
        st.sampled_from(["SPY", "QQQ"]), st.sampled_from(["buy", "sell"]), st.integers(1, 100_000),
        st.integers(1, 1_000_000), st.integers(0, 500),
    ),
    max_size=60,
)  # fmt: skip
CLOSE = Fraction(1, 10**12)


def fill(number: int, deal: Deal) -> Fill:
    symbol, side, shares, price, fee = deal
    return Fill(f"o{number}", f"x{number}", symbol, side, D(shares) / 100, D(price) / 100, 1, 1, fee=D(fee) / 100)


def booked(deals: Sequence[Deal], cash: int = 100_000) -> Ledger:
    ledger = Ledger(D(cash))
    for number, deal in enumerate(deals):
        ledger.fill(fill(number, deal))
    return ledger


class Plain:
    """The same books in fractions: one share's cost is the average; crossing zero is two deals."""

    def __init__(self) -> None:
        self.shares = self.average = self.realised = Fraction(0)

    def deal(self, shares: Fraction, price: Fraction) -> None:
        if self.shares * shares < 0:
            closed = min(abs(shares), abs(self.shares))
            sign = 1 if self.shares > 0 else -1
            self.realised += closed * (price - self.average) * sign
            self.shares -= closed * sign
            shares += closed * sign
        if shares:
            self.average = (self.average * self.shares + shares * price) / (self.shares + shares)
            self.shares += shares


def test_a_long_position_by_hand() -> None:
    """10 at 100 and 10 at 110 cost 105 each; 5 sold at 120 make 75, and 15 are left that cost 1,575."""
    position = Position()
    position.trade(D(10), D(100))
    position.trade(D(10), D(110))
    assert D(105) == position.average
    position.trade(D(-5), D(120))
    assert (D(15), D(1575), D(75)) == (position.shares, position.cost, position.realised)


def test_a_short_position_by_hand() -> None:
    """10 sold at 50 cost -500; 4 bought back at 45 make 20; the average stays 50."""
    position = Position()
    position.trade(D(-10), D(50))
    position.trade(D(4), D(45))
    assert (D(-6), D(-300), D(20), D(50)) == (position.shares, position.cost, position.realised, position.average)


def test_crossing_zero_by_hand() -> None:
    """10 held at 100: 25 sold at 90 lose 100 and leave 15 short at 90."""
    position = Position()
    position.trade(D(10), D(100))
    position.trade(D(-25), D(90))
    assert (D(-15), D(-1350), D(-100), D(90)) == (position.shares, position.cost, position.realised, position.average)


def test_a_flat_position_costs_nothing() -> None:
    """Closed in thirds, which no decimal can hold, it is exactly flat in the end."""
    position = Position()
    position.trade(D(3), D("33.33"))
    for _ in range(3):
        position.trade(D(-1), D("33.34"))
    assert (D(0), D(0), D(0)) == (position.shares, position.cost, position.average)
    assert abs(position.realised - D("0.03")) < D("1e-20")


def test_cash_and_fees_by_hand() -> None:
    """100,000 less 10 x 100 and a fee of 1, plus 10 x 101 less a fee of 2: 100,007; made 10."""
    ledger = booked([("SPY", "buy", 1000, 10_000, 100), ("SPY", "sell", 1000, 10_100, 200)])
    assert (D(100_007), D(3), D(10)) == (ledger.cash, ledger.fees, ledger.positions["SPY"].profit(D(0), 0.0))


def test_paper_profit_is_at_the_price_given() -> None:
    """10 that cost 1,000 are worth 1,020 at 102; a symbol without a price counts at cost."""
    ledger = booked([("SPY", "buy", 1000, 10_000, 0), ("QQQ", "buy", 1000, 10_000, 0)])
    assert D(20) == ledger.unrealised({"SPY": 102.0, "QQQ": 0.0}.__getitem__)


@given(DEALS)
def test_a_position_is_the_sum_of_its_signed_fills(deals: list[Deal]) -> None:
    """Whatever the order of buys and sells."""
    ledger = booked(deals)
    for symbol in ("SPY", "QQQ"):
        total = sum(shares if side == "buy" else -shares for name, side, shares, _, _ in deals if name == symbol)
        assert D(total) / 100 == ledger.shares(symbol)


@given(DEALS)
def test_money_is_conserved(deals: list[Deal]) -> None:
    """Cash, plus positions at cost, less profit taken, plus fees is what there was to begin with."""
    ledger = booked(deals)
    at_cost = sum((position.cost for position in ledger.positions.values()), D(0))
    taken = sum((position.realised for position in ledger.positions.values()), D(0))
    assert abs(Fraction(ledger.cash + at_cost - taken + ledger.fees) - 100_000) < CLOSE


@given(DEALS)
def test_average_cost_agrees_with_plain_fractions(deals: list[Deal]) -> None:
    """Shares exactly; cost and profit to a billionth of a cent."""
    ledger = booked(deals)
    plain = {"SPY": Plain(), "QQQ": Plain()}
    for symbol, side, shares, price, _ in deals:
        plain[symbol].deal(Fraction(shares if side == "buy" else -shares, 100), Fraction(price, 100))
    for symbol, expected in plain.items():
        found = ledger.positions.get(symbol, Position())
        assert expected.shares == Fraction(found.shares)
        assert abs(expected.shares * expected.average - Fraction(found.cost)) < CLOSE
        assert abs(expected.realised - Fraction(found.realised)) < CLOSE


def test_the_venue_s_word_replaces_shares_and_cost_and_keeps_profit_taken() -> None:
    """5 adopted at 90 cost 450, and the 10 taken before stay on the books."""
    ledger = booked([("SPY", "buy", 1000, 10_000, 0), ("SPY", "sell", 1000, 10_100, 0)])
    position = ledger.adopt(VenuePosition("SPY", D(5), D(90)))
    assert position is ledger.positions["SPY"]
    assert (D(5), D(450), D(10)) == (position.shares, position.cost, position.realised)


def test_a_new_day_carries_what_is_held_and_forgets_the_rest() -> None:
    """Fees and profit start at 0, flat positions go, and paper profit up to the first price is not the day's."""
    ledger = booked([("SPY", "buy", 1000, 10_000, 100), ("QQQ", "buy", 100, 100, 0), ("QQQ", "sell", 100, 200, 0)])
    ledger.new_day()
    assert {"SPY": Position(D(10), D(1000), D(0), D(10), D(1000))} == ledger.positions
    assert ledger.fees == D(0)
    held = ledger.positions["SPY"]
    assert [D(0), D(50), D(-50)] == [held.profit(D(price), 80.0) for price in (80, 85, 75)]
    assert [D(0), D(0)] == [held.profit(D(price), 0.0) for price in (85, 0)], "nothing has traded yet"
