"""What the venue knows of prices: the last print that counts and the best quote of each symbol."""

from decimal import Decimal

from hftd.core.book import dollars
from hftd.core.events import Quote, Side, Trade


class Market:
    """The latest prices, by symbol."""

    def __init__(self) -> None:
        self.trades: dict[str, Trade] = {}
        self.quotes: dict[str, Quote] = {}
        self.halted: set[str] = set()

    def price(self, symbol: str) -> Decimal | None:
        """The last price in dollars: the last print's, else the middle of the quote."""
        last = self.trades.get(symbol)
        if last is not None:
            return dollars(last.price)
        quote = self.quotes.get(symbol)
        return (dollars(quote.bid) + dollars(quote.ask)) / 2 if quote and quote.bid > 0 and quote.ask > 0 else None

    def far_side(self, symbol: str, side: Side) -> Decimal | None:
        """The price an order of ``side`` would hit: the ask for buys, the bid for sells; None where nobody quotes."""
        quote = self.quotes.get(symbol)
        far = 0.0 if quote is None else quote.ask if side == "buy" else quote.bid
        return dollars(far) if far > 0 else None

    def far_size(self, symbol: str, side: Side) -> Decimal:
        """Shares shown at the price an order of ``side`` would hit."""
        quote = self.quotes.get(symbol)
        return Decimal(0 if quote is None else quote.ask_size if side == "buy" else quote.bid_size)

    def near_side(self, symbol: str, side: Side) -> tuple[Decimal | None, Decimal]:
        """The price orders of ``side`` are waiting at, and the shares shown there: the bid for buys, the ask for sells.

        The price is None where nobody quotes.
        """
        quote = self.quotes.get(symbol)
        if quote is None:
            return None, Decimal(0)
        near, size = (quote.bid, quote.bid_size) if side == "buy" else (quote.ask, quote.ask_size)
        return (dollars(near) if near > 0 else None), Decimal(size)

    def forget(self, symbol: str) -> None:
        """The quote of ``symbol`` no longer counts."""
        self.quotes.pop(symbol, None)


def reaches(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    """Whether an order with this limit (None: at the market) would trade at ``price``."""
    if limit is None:
        return True
    return limit >= price if side == "buy" else limit <= price
