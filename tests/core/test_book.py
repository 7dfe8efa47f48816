"""The book: which print sets the price, what an order would pay, and whose lines there are."""

from decimal import Decimal

from hftd.core.book import Book, Line
from hftd.core.events import Band, Bust, Correction, Quote, Status, Trade

D = Decimal


def trade(price: float, *conditions: str, seen: int = 1, number: int = 0) -> Trade:
    return Trade("SPY", price, 100, seen, seen, conditions, "P", "B", number)


def quote(bid: float, ask: float, seen: int = 1) -> Quote:
    return Quote("SPY", bid, 100, ask, 100, seen, seen)


def status(halted: bool | None) -> Status:
    return Status("SPY", halted, "H", "", 1, 1)


def book() -> tuple[Book, Line]:
    made = Book()
    return made, made.watch("SPY")


def test_the_last_print_is_the_price() -> None:
    """Prints set it one after the other; the quote does not."""
    made, line = book()
    made.quote(quote(99, 101))
    made.trade(trade(100.5))
    made.trade(trade(100.75))
    assert line.price == 100.75


def test_the_middle_of_the_quote_stands_in_until_something_trades() -> None:
    """(99 + 102) / 2; a quote with an empty side says nothing."""
    made, line = book()
    assert line.price == 0.0
    made.quote(quote(0, 102))
    assert line.price == 0.0
    made.quote(quote(99, 102))
    assert line.price == 100.5


def test_a_print_that_may_not_set_the_last_price_only_shows_life() -> None:
    """An odd lot (I), an average price (B), late prints (Z, U) and a derived one (4) leave the price alone."""
    made, line = book()
    made.trade(trade(100.0, "@", seen=1))
    for seen, letter in enumerate(("I", "B", "Z", "U", "4"), 2):
        made.trade(trade(55.0, "@", letter, seen=seen))
        assert (100.0, seen) == (line.price, line.seen)


def test_an_order_at_the_market_pays_the_ask_and_gets_the_bid() -> None:
    """Without a side to trade with, the last price stands in; without that, nothing is known."""
    made, line = book()
    assert D(0) == line.far_side(buying=True)
    made.trade(trade(100.1))
    assert D("100.1") == line.far_side(buying=True)
    made.quote(quote(100.05, 0))
    assert (D("100.1"), D("100.05")) == (line.far_side(buying=True), line.far_side(buying=False))
    made.quote(quote(100.05, 100.15))
    assert D("100.15") == line.far_side(buying=True)


def test_a_busted_print_no_longer_sets_the_price() -> None:
    """Only if it is the one that does."""
    made, line = book()
    made.quote(quote(99, 101))
    made.trade(trade(100.5, number=7))
    made.bust(Bust("SPY", 6, 100.5, 100, "C", 2, 2))
    assert line.price == 100.5
    made.bust(Bust("SPY", 7, 100.5, 100, "C", 2, 2))
    assert (line.last, line.price) == (None, 100.0)


def test_a_corrected_print_sets_the_price_it_should_have_set() -> None:
    """Only if it is the last one; what else the print says stays."""
    made, line = book()
    made.trade(trade(100.5, "@", number=7))
    made.correction(Correction("SPY", 6, 99.0, 1, 8, 98.0, 1, 2, 2))
    assert line.price == 100.5
    made.correction(Correction("SPY", 7, 100.5, 100, 8, 100.25, 50, 2, 2))
    assert Trade("SPY", 100.25, 50, 1, 1, ("@",), "P", "B", 8) == line.last


def test_a_halt_is_news_once() -> None:
    """A code that says nothing of trading changes nothing."""
    made, line = book()
    assert [made.status(status(s)) for s in (False, True, True, None)] == [False, True, False, False]
    assert line.halted
    assert made.status(status(False))
    assert not line.halted


def test_bands_are_the_last_ones_told() -> None:
    """Limit-up and limit-down prices replace each other."""
    made, line = book()
    band = Band("SPY", 95.0, 105.0, "A", 1, 1)
    made.band(band)
    assert band == line.band


def test_the_first_price_of_the_day_is_kept_until_the_next_day() -> None:
    """Only a print that may set the last price sets it, and only once a day."""
    made, line = book()
    made.trade(trade(55.0, "I"))
    assert line.first == 0.0
    made.trade(trade(100.0))
    made.trade(trade(101.0))
    assert line.first == 100.0
    made.new_day()
    assert (made.lines["SPY"].first, made.lines["SPY"].price) == (0.0, 0.0)


def test_a_symbol_nobody_asked_for_leaves_no_trace() -> None:
    """Whatever is said of it."""
    made = Book()
    made.trade(trade(100))
    made.quote(quote(99, 101))
    made.band(Band("SPY", 95.0, 105.0, "A", 1, 1))
    made.bust(Bust("SPY", 0, 100.0, 1, "C", 1, 1))
    made.correction(Correction("SPY", 0, 1.0, 1, 1, 1.0, 1, 1, 1))
    assert not made.status(status(True))
    assert made.lines == {}
