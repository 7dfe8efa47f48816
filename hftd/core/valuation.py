"""What the account is worth: the sums that limits of loss and of exposure are held against, made in one pass."""

from decimal import Decimal

from msgspec import Struct

from hftd.core.blotter import Blotter
from hftd.core.book import Book, dollars
from hftd.core.ledger import Ledger

ZERO = Decimal(0)


class Valuation(Struct, frozen=True, gc=False):
    """Sums in dollars over every symbol that is held or worked."""

    profit: Decimal
    """The day's profit: taken and on paper, after fees. What was brought into the day is not its own."""
    gross: Decimal
    """What positions are worth without their signs, each at the worst of its open orders."""
    highest: Decimal
    """What positions are worth with their signs, shorts counting against longs, once every order to buy has filled."""
    lowest: Decimal
    """The same, once every order to sell has filled instead."""
    moving: Decimal
    """The gross worth of each symbol times its volatility of a day, where that is known."""
    unmeasured: Decimal
    """The gross worth of the others."""


def profit(ledger: Ledger, book: Book) -> Decimal:
    """The day's profit as of now, alone: that is all a fill and a minute ask for."""
    total, lines = -ledger.fees, book.lines
    for symbol, position in ledger.positions.items():
        line = lines.get(symbol)
        if line is None:
            total += position.profit(ZERO, 0.0)
        else:
            mark = line.price
            total += position.profit(dollars(mark) if mark else ZERO, line.first)
    return total


def value(ledger: Ledger, blotter: Blotter, book: Book) -> Valuation:
    """The sums as of now. Without a known price a position counts at its average cost, and has no profit on paper."""
    made, gross, highest, lowest, moving, unmeasured = -ledger.fees, ZERO, ZERO, ZERO, ZERO, ZERO
    positions, bounds, lines = ledger.positions, blotter.bound, book.lines
    for symbol in positions | bounds:
        position, bound, line = positions.get(symbol), bounds.get(symbol), lines.get(symbol)
        price = held = ZERO
        first = 0.0
        if line is not None:
            first, mark = line.first, line.price
            if mark:
                price = dollars(mark)
        if position is not None:
            held = position.shares
            made += position.profit(price, first)
            if not price:
                price = position.average
        if bound is not None and (bound.buying or bound.selling):
            high, low = (held + bound.buying) * price, (held - bound.selling) * price
            worth = max(high, -low)  # orders put high above low, so the larger of the two needs no other sign
        elif held:
            high = low = held * price
            worth = abs(high)
        else:
            continue
        gross += worth
        highest += high
        lowest += low
        if line is not None and line.volatility:
            moving += worth * line.volatility
        else:
            unmeasured += worth
    return Valuation(made, gross, highest, lowest, moving, unmeasured)
