"""What the account is worth: every sum by hand, and one pass for each intent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Fill, Trade, VenuePosition
from hftd.core.intents import buy
from hftd.core.orders import Order
from hftd.core.state import State
from hftd.core.valuation import Valuation

D = Decimal
SYMBOLS = ("AAA", "BBB", "CCC")


def test_every_sum_by_hand() -> None:
    """10 AAA at 100, 5 to buy and 30 to sell; 20 BBB short at 50; 2 CCC to buy that nobody has a price of."""
    made = State()
    for symbol, price in (("AAA", 100.0), ("BBB", 50.0)):
        made.book.watch(symbol)
        made.book.trade(Trade(symbol, price, 100, 1, 1))
    made.book.lines["AAA"].volatility = D("0.01")
    made.ledger.adopt(VenuePosition("AAA", D(10), D(99)))
    made.ledger.adopt(VenuePosition("BBB", D(-20), D(49)))
    made.ledger.fill(Fill("x", "x", "BBB", "buy", D(1), D(51), 1, 1, fee=D(3)))
    for number, (symbol, side, shares) in enumerate([("AAA", "buy", 5), ("AAA", "sell", 30), ("CCC", "buy", 2)]):
        made.blotter.add(Order(f"o{number}", "m", symbol, side, D(shares), None, "day", 1))  # type: ignore[arg-type]
    # Profit: 10 x 1 on AAA, -19 x 1 on BBB, -2 taken on BBB, 3 of fees. AAA is worth -20 x 100 at the worst.
    expected = Valuation(D(-14), D(2950), D(550), D(-2950), D(20), D(950))
    assert expected == made.valuation()
    assert made.profit() == D(-14)


def test_one_valuation_serves_an_intent_and_no_longer() -> None:
    """While an intent is checked nothing moves; afterwards everything is looked at again."""
    made = State()
    made.ledger.adopt(VenuePosition("AAA", D(10), D(99)))
    made.ask("m", buy("AAA", 1))
    first = made.valuation()
    assert made.valuation() is first
    made.ask("", None)
    made.ledger.adopt(VenuePosition("AAA", D(20), D(99)))
    assert (D(990), D(1980)) == (first.gross, made.valuation().gross)


@given(
    st.lists(st.tuples(st.sampled_from(SYMBOLS), st.integers(-50, 50), st.integers(1, 999)), max_size=5),
    st.lists(st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(["buy", "sell"]), st.integers(1, 50)), max_size=6),
    st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 999)),
)
def test_any_account_agrees_with_sums_made_symbol_by_symbol(
    held: list[tuple[str, int, int]], orders: list[tuple[str, str, int]], prices: dict[str, int]
) -> None:
    """In plain integers."""
    made = State()
    for symbol, price in prices.items():
        made.book.watch(symbol)
        made.book.trade(Trade(symbol, float(price), 1, 1, 1))
    for symbol, shares, price in held:
        made.ledger.adopt(VenuePosition(symbol, D(shares), D(price)))
    for number, (symbol, side, shares) in enumerate(orders):
        made.blotter.add(Order(f"o{number}", "m", symbol, side, D(shares), None, "day", 1))  # type: ignore[arg-type]
    profit = gross = highest = lowest = 0
    for symbol in SYMBOLS:
        shares, cost = next(((n, price) for name, n, price in reversed(held) if name == symbol), (0, 0))
        mark = prices.get(symbol, cost if shares else 0)
        up = shares + sum(n for name, side, n in orders if (name, side) == (symbol, "buy"))
        down = shares - sum(n for name, side, n in orders if (name, side) == (symbol, "sell"))
        profit += shares * (mark - cost)
        gross += max(abs(up), abs(down)) * mark
        highest, lowest = highest + up * mark, lowest + down * mark
    found = made.valuation()
    assert (profit, gross, highest, lowest) == (found.profit, found.gross, found.highest, found.lowest)
    assert found.unmeasured == gross
    assert made.profit() == profit, "it is the same when it is asked for alone"
