"""What the venue knows of prices: the last print that counts and the best quote of each symbol."""

from decimal import Decimal

from hftd.core.events import Quote, Side, Trade
from hftd.core.intents import exact
from hftd.core.orders import Order


class Market:
    """The latest prices, by symbol."""

    def __init__(self) -> None:
        self.trades: dict[str, Trade] = {}
        self.quotes: dict[str, Quote] = {}

    def price(self, symbol: str) -> Decimal | None:
        """The last price in dollars: the last print's, else the middle of the quote."""
        last = self.trades.get(symbol)
        if last is not None:
            return exact(last.price)
        quote = self.quotes.get(symbol)
        return (exact(quote.bid) + exact(quote.ask)) / 2 if quote and quote.bid > 0 and quote.ask > 0 else None

    def far_side(self, symbol: str, side: Side) -> Decimal | None:
        """The price an order of ``side`` would hit: the ask for buys, the bid for sells; None where nobody quotes."""
        quote = self.quotes.get(symbol)
        far = 0.0 if quote is None else quote.ask if side == "buy" else quote.bid
        return exact(far) if far > 0 else None

    def execution_price(self, order: Order, trade: Trade | None) -> Decimal | None:
        """What ``order`` trades at now, if it does.

        The far side of the quote decides; only where nobody quotes that side does a print, ``trade``, stand in: a
        market order then takes its price, a limit order that it reaches gets its limit.
        """
        far = self.far_side(order.symbol, order.side)
        if far is not None:
            return far if reaches(order.side, order.limit, far) else None
        if trade is None or not reaches(order.side, order.limit, exact(trade.price)):
            return None
        return exact(trade.price) if order.limit is None else order.limit


def reaches(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    """Whether an order with this limit (None: at the market) would trade at ``price``."""
    if limit is None:
        return True
    return limit >= price if side == "buy" else limit <= price
