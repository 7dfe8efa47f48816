"""quote_imbalance on a stage: it holds the side of the longer queue, whatever becomes of its orders."""

from pathlib import Path

from hftd.testing import Given, play, quote

MODEL = Path(__file__).parents[2] / "plugins" / "quote_imbalance.py"
BID, OFFERED, EVEN = quote(99.99, 100.00, 900, 100), quote(99.99, 100.00, 100, 900), quote(99.99, 100.00, 500, 500)


def test_it_is_long_while_the_bid_is_large_and_short_while_the_offer_is() -> None:
    assert play(MODEL, BID, EVEN, BID).position() == 10
    assert play(MODEL, OFFERED, EVEN, shares=3).position() == -3
    assert play(MODEL, EVEN, EVEN).wishes == []


def test_what_is_on_its_way_is_not_asked_for_again() -> None:
    day = play(MODEL, BID, EVEN, BID, given=Given(largest_fill=4))

    assert [fill.shares for fill in day.fills] == [4, 4, 2]
    assert len(day.orders) == 1
