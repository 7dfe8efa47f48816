"""At which price an order trades now, and how many shares are there for it.

An order that takes pays the far side of the quote, or the next print. A limit order that has to wait may stand in
line (``Terms.queue``): behind the size that was quoted at its price when it came. Prints at its price eat what is ahead
of it; a quote that shows less than that says that somebody left. A print beyond its price, or a far side that comes
to it, means that everybody at its price was served. What cannot be known counts against the order: without a quote at
its price, only a print beyond it fills.
"""

from decimal import Decimal

from msgspec import Struct

from hftd.core.book import dollars
from hftd.core.events import Side, Trade
from hftd.core.matching.market import Market, reaches
from hftd.core.matching.terms import Terms
from hftd.core.matching.ticket import ZERO, Ticket
from hftd.core.orders import Order

CENT = Decimal("0.01")
FINE = Decimal("0.0001")
DOLLAR = Decimal(1)


class Offer(Struct, frozen=True, gc=False):
    """A price in dollars, and how many shares may be had at it (None: any number), ``shown`` in a quote or printed."""

    price: Decimal
    room: Decimal | None = None
    shown: bool = False


class Fills:
    """What the market offers to orders, and what they have taken of it."""

    def __init__(self, market: Market, terms: Terms) -> None:
        self._market = market
        self._terms = terms
        self._taken: dict[tuple[str, Side], Decimal] = {}
        """Shares our orders took of the sizes shown last, by symbol and side of the order."""
        self._used = ZERO
        """Shares our orders took of the print being matched."""

    def printed(self) -> None:
        """A new print is there for all its shares."""
        self._used = ZERO

    def quoted(self, symbol: str) -> None:
        """A new quote shows its sizes anew."""
        if self._taken:
            self._taken.pop((symbol, "buy"), None)
            self._taken.pop((symbol, "sell"), None)

    def offer(self, ticket: Ticket, trade: Trade | None) -> Offer | None:
        """What is there for an order, ``trade`` being the print that just came; None where it does not trade.

        An order that has to wait takes its place in line.
        """
        if ticket.waiting:
            return self._in_line(ticket, trade)
        found = self._taking(ticket.order, trade)
        if found is None and self._terms.queue and ticket.order.limit is not None and self._waits(ticket.order, trade):
            ticket.waiting, ticket.ahead = True, self._shown_ahead(ticket.order)
        return found

    def took(self, order: Order, shares: Decimal, offer: Offer) -> None:
        """Note that ``shares`` of an offer are gone."""
        if offer.room is None:
            return
        if offer.shown:
            place = (order.symbol, order.side)
            self._taken[place] = self._taken.get(place, ZERO) + shares
        else:
            self._used += shares

    # ---- orders that take --------------------------------------------------------------------------------------

    def _taking(self, order: Order, trade: Trade | None) -> Offer | None:
        """The far side of the quote decides; only where nobody quotes that side does a print stand in.

        Of the print an order at the market takes the price; a limit order that it reaches gets its limit.
        """
        by_print = self._terms.slippage.by == "print"
        far = None if by_print else self._market.far_side(order.symbol, order.side)
        if far is not None:
            if not reaches(order.side, order.limit, far):
                return None
            return Offer(self._slipped(order, far), self._left_of_quote(order), shown=True)
        if trade is None or not reaches(order.side, order.limit, dollars(trade.price)):
            return None
        price = self._slipped(order, dollars(trade.price)) if by_print or order.limit is None else order.limit
        return Offer(price, Decimal(trade.size) - self._used if self._terms.sizes else None)

    def _slipped(self, order: Order, price: Decimal) -> Decimal:
        ticks = self._terms.slippage.ticks
        if not ticks:
            return price
        by = ticks * (CENT if price >= DOLLAR else FINE)
        if order.side == "buy":
            return price + by if order.limit is None else min(price + by, order.limit)
        worse = max(price - by, FINE)  # nothing is sold for less than nothing
        return worse if order.limit is None else max(worse, order.limit)

    def _left_of_quote(self, order: Order) -> Decimal | None:
        if not self._terms.sizes:
            return None
        shown = self._market.far_size(order.symbol, order.side)
        return shown - self._taken.get((order.symbol, order.side), ZERO)

    # ---- orders that wait --------------------------------------------------------------------------------------

    def _waits(self, order: Order, trade: Trade | None) -> bool:
        """Whether it is known that a limit order found nobody to trade with."""
        far = self._market.far_side(order.symbol, order.side)
        return trade is not None if far is None else not reaches(order.side, order.limit, far)

    def _shown_ahead(self, order: Order) -> Decimal | None:
        """Shares shown at the order's price: none where it is the best, and not to be known behind the best."""
        near, size = self._market.near_side(order.symbol, order.side)
        if near is None or order.limit is None:
            return None
        if near == order.limit:
            return size
        return ZERO if reaches(order.side, order.limit, near) else None

    def _in_line(self, ticket: Ticket, trade: Trade | None) -> Offer | None:
        order, limit = ticket.order, ticket.order.limit
        if limit is None:
            return None
        far = self._market.far_side(order.symbol, order.side)
        if far is not None and reaches(order.side, limit, far):
            return Offer(limit, self._left_of_quote(order), shown=True)
        if trade is None:
            shown = self._shown_ahead(order)
            if shown is not None:
                ticket.ahead = shown if ticket.ahead is None else min(ticket.ahead, shown)
            return None
        price = dollars(trade.price)
        if price == limit:
            return self._after_those_ahead(ticket, Decimal(trade.size), limit)
        return Offer(limit) if reaches(order.side, limit, price) else None

    def _after_those_ahead(self, ticket: Ticket, size: Decimal, limit: Decimal) -> Offer | None:
        ahead = ticket.ahead
        if ahead is None:
            return None
        ticket.ahead = max(ZERO, ahead - size)
        room = size - ahead - self._used
        return Offer(limit, room) if room > 0 else None
