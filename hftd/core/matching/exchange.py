"""One paper account at an exchange: prices in, orders in, executions out.

Rules are those of Alpaca's paper venue (trading API, sections 3, 4, 5 and 8): a marketable order fills at the far
side of the quote, whatever its size; nothing fills passively inside it. Where a symbol, or a side of it, has no
quote, a print stands in. What prices an order later shows is never known earlier: events are matched in order.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from hftd.core.events import Event, Fill, OrderStatus, OrderUpdate, Quote, Trade
from hftd.core.intents import exact
from hftd.core.matching.account import ZERO, Account
from hftd.core.matching.checks import check_form
from hftd.core.matching.rejection import invalid, malformed, missing, no_money, no_shares, wash_trade
from hftd.core.matching.ticket import Ticket, reaches, venue_id
from hftd.core.orders import Order, signed

REMEMBERED = 100_000
"""Closed orders kept, and with them the client order ids that cannot be used again."""

SHORT_MARGIN = Decimal("1.03")


class Exchange:
    """The venue's view of one account. ``open`` is whether the regular session runs; it starts open."""

    def __init__(self, cash: Decimal, multiplier: int = 4, partial_fills: bool = True) -> None:
        self.account = Account(cash, multiplier)
        self.open = True
        self.partial_fills = partial_fills
        self.trades: dict[str, Trade] = {}
        self.quotes: dict[str, Quote] = {}
        self.tickets: dict[str, Ticket] = {}
        self._ids: dict[str, str] = {}
        self._resting: dict[str, list[Ticket]] = {}
        self._closed: deque[str] = deque()

    # ---- what the tape says ------------------------------------------------------------------------------------

    def trade(self, t: Trade) -> Sequence[Event]:
        """A print: the last price, and an execution price where nobody quotes."""
        self.trades[t.symbol] = t
        return self._match(t.symbol, t.ts, t.seen, t) if t.symbol in self._resting else ()

    def quote(self, q: Quote) -> Sequence[Event]:
        """A new best bid and offer."""
        self.quotes[q.symbol] = q
        return self._match(q.symbol, q.ts, q.seen) if q.symbol in self._resting else ()

    def begin(self, now: int) -> Sequence[Event]:
        """The regular session opens: what was queued starts to work."""
        self.open = True
        events: list[Event] = []
        for tickets in tuple(self._resting.values()):
            events += [_told(each, now) for each in tickets if not each.extended and not each.filled]
        for symbol in tuple(self._resting):
            events += self._match(symbol, now, now)
        return events

    def expire(self, now: int, extended: bool = False) -> Sequence[Event]:
        """The regular session closes: ``cls`` orders fill, day orders expire.

        Orders for extended hours live on until this is called once more with ``extended``.
        """
        events: list[Event] = []
        for ticket in tuple(each for tickets in self._resting.values() for each in tickets):
            if ticket.order.tif == "cls" and self.open:
                self._execute(ticket, self._price(ticket, self.trades.get(ticket.order.symbol), True), now, now, events)
            if ticket.open and ticket.order.tif != "gtc" and (extended or not ticket.extended):
                events.append(self._end(ticket, "expired", now))
        self.open = False
        return events

    # ---- what the account asks ---------------------------------------------------------------------------------

    def submit(
        self, order: Order, now: int, notional: Decimal | None = None, extended: bool = False
    ) -> Sequence[Event]:
        """Take ``order`` in, fill what can be filled. Raises ``Rejection``; then nothing has changed."""
        self._check(order, notional, extended, None)
        return self._accept(order, now, notional, extended)

    def cancel(self, venue_id: str, now: int) -> Sequence[Event]:
        """Withdraw an order. Raises ``Rejection`` when it is unknown or done; a second cancel of one succeeds."""
        ticket = self._find(venue_id)
        if ticket.status == "canceled":
            return ()
        self._check_open(ticket)
        return [self._end(ticket, "canceled", now)]

    def replace(self, venue_id: str, order: Order, now: int) -> Sequence[Event]:
        """Put ``order`` in the place of a working one; its shares count from zero, earlier fills stay with the old.

        Raises ``Rejection``, and the old order goes on, when that one is done or queued or the new one is refused.
        """
        ticket = self._find(venue_id)
        self._check_open(ticket)
        if not self.working(ticket):
            raise invalid("unable to replace order, order isn't sent to exchange yet")
        if ticket.notional is not None:
            raise invalid("notional orders cannot be replaced")
        self._check(order, None, ticket.extended, ticket)
        return [self._end(ticket, "replaced", now), *self._accept(order, now, None, ticket.extended)]

    def find(self, client_id: str) -> Ticket | None:
        """The order with this client order id."""
        found = self._ids.get(client_id)
        return None if found is None else self.tickets[found]

    def working(self, ticket: Ticket) -> bool:
        """Whether an open order takes part in the market now, and is not queued for the open or the close."""
        if ticket.order.tif == "cls":
            return False
        return self.open or ticket.extended

    # ---- money -------------------------------------------------------------------------------------------------

    def price(self, symbol: str) -> Decimal | None:
        """The last price of ``symbol`` in dollars, from a print, else the middle of the quote."""
        last = self.trades.get(symbol)
        if last is not None:
            return exact(last.price)
        quote = self.quotes.get(symbol)
        return (exact(quote.bid) + exact(quote.ask)) / 2 if quote and quote.bid and quote.ask else None

    def values(self) -> dict[str, Decimal]:
        """Signed market value of each position in dollars."""
        holdings = self.account.holdings
        return {name: self.account.value(name, self.price(name)) for name, held in holdings.items() if held.shares}

    def equity(self) -> Decimal:
        """Cash and positions at market, in dollars."""
        return self.account.cash + sum(self.values().values(), ZERO)

    def buying_power(self, without: Ticket | None = None) -> Decimal:
        """Dollars free for opening orders: leveraged equity less positions at market and open orders at cost."""
        values = self.values()
        equity = self.account.cash + sum(values.values(), ZERO)
        used = sum(map(abs, values.values()), ZERO)
        held = sum((each.held for each in self.resting() if each is not without), ZERO)
        return max(ZERO, self.account.multiplier(equity) * equity - used - held)

    def resting(self) -> list[Ticket]:
        """Every open order."""
        return [each for tickets in self._resting.values() for each in tickets]

    def held_shares(self, symbol: str, without: Ticket | None = None) -> Decimal:
        """Shares of the position that open closing orders already claim."""
        position = self.account.shares(symbol)
        closing = "sell" if position > 0 else "buy"
        others = (each for each in self._resting.get(symbol, ()) if each is not without)
        return sum((each.left for each in others if each.order.side == closing), ZERO) if position else ZERO

    # ---- inside ------------------------------------------------------------------------------------------------

    def _find(self, venue_id: str) -> Ticket:
        ticket = self.tickets.get(venue_id)
        if ticket is None:
            raise missing(f"order not found for {venue_id}")
        return ticket

    def _check_open(self, ticket: Ticket) -> None:
        if not ticket.open:
            raise invalid(f'order is already in "{ticket.status}" state')

    def _check(self, order: Order, notional: Decimal | None, extended: bool, replaced: Ticket | None) -> None:
        if order.id in self._ids:
            raise malformed("client_order_id must be unique")
        check_form(order, notional, extended)
        self._check_wash(order, replaced)
        shares = order.shares if notional is None else notional / (self._worth(order) or notional)
        position = self.account.shares(order.symbol)
        if position and (position > 0) == (order.side == "sell"):
            held = self.held_shares(order.symbol, replaced)
            if shares > abs(position) - held:
                raise no_shares(order, shares, abs(position), held)
            return
        if order.side == "sell" and shares != shares.to_integral_value():
            raise invalid("fractional orders cannot be sold short")
        cost = notional if notional is not None else shares * self._worth(order)
        free = self.buying_power(replaced)
        if cost > free:
            raise no_money(free, cost)

    def _check_wash(self, order: Order, replaced: Ticket | None) -> None:
        for other in self._resting.get(order.symbol, ()):
            if other is replaced or other.order.side == order.side:
                continue
            resting = other.order.limit
            if resting is None:
                raise wash_trade(other.venue_id, "market")
            if reaches(order.side, order.limit, resting):
                raise wash_trade(other.venue_id, "limit")

    def _worth(self, order: Order) -> Decimal:
        """Dollars a share an opening order is valued at; 0 while nothing is known of the symbol."""
        far = self._far_side(order) or self.price(order.symbol) or ZERO
        if order.side == "buy":
            return far if order.limit is None else order.limit
        return max(order.limit or ZERO, far * SHORT_MARGIN)

    def _accept(self, order: Order, now: int, notional: Decimal | None, extended: bool) -> list[Event]:
        closing = self.account.shares(order.symbol) * signed(order.side, Decimal(1)) < 0
        ticket = Ticket(order, venue_id(order.id), "accepted", notional, extended)
        ticket.reserve = ZERO if closing else self._worth(order)
        self.tickets[ticket.venue_id] = ticket
        self._ids[order.id] = ticket.venue_id
        self._resting.setdefault(order.symbol, []).append(ticket)
        events: list[Event] = [_told(ticket, now)]
        self._execute(ticket, self._price(ticket, None), now, now, events)
        if ticket.open and order.tif == "ioc":
            events.append(self._end(ticket, "canceled", now))
        return events

    def _match(self, symbol: str, ts: int, seen: int, print_: Trade | None = None) -> list[Event]:
        events: list[Event] = []
        for ticket in tuple(self._resting.get(symbol, ())):
            self._execute(ticket, self._price(ticket, print_), ts, seen, events)
        return events

    def _far_side(self, order: Order) -> Decimal | None:
        quote = self.quotes.get(order.symbol)
        far = 0.0 if quote is None else quote.ask if order.side == "buy" else quote.bid
        return exact(far) if far > 0 else None

    def _price(self, ticket: Ticket, print_: Trade | None, closing: bool = False) -> Decimal | None:
        """What an order trades at now, if it does: the far side, or a print where nobody quotes that side."""
        order = ticket.order
        if not (closing or self.working(ticket)):
            return None
        far = self._far_side(order)
        if far is not None:
            return far if reaches(order.side, order.limit, far) else None
        if print_ is None or not reaches(order.side, order.limit, exact(print_.price)):
            return None
        return exact(print_.price) if order.limit is None else order.limit

    def _execute(self, ticket: Ticket, price: Decimal | None, ts: int, seen: int, events: list[Event]) -> None:
        if price is None:
            return
        order = ticket.order
        shares = ticket.portion(price, self.partial_fills)
        ticket.filled += shares
        ticket.cost += shares * price
        self.account.take(order.symbol, signed(order.side, shares), price)
        execution = ticket.next_execution()
        events.append(
            Fill(order.id, execution, order.symbol, order.side, shares, price, ts, seen, venue_id=ticket.venue_id)
        )
        if ticket.left:
            ticket.status = "partially_filled"
            events.append(_told(ticket, ts, seen))
        else:
            events.append(self._end(ticket, "filled", ts, seen))

    def _end(self, ticket: Ticket, status: OrderStatus, ts: int, seen: int | None = None) -> OrderUpdate:
        ticket.status = status
        resting = self._resting[ticket.order.symbol]
        resting.remove(ticket)
        if not resting:
            del self._resting[ticket.order.symbol]
        self._closed.append(ticket.venue_id)
        if len(self._closed) > REMEMBERED:
            forgotten = self.tickets.pop(self._closed.popleft())
            del self._ids[forgotten.order.id]
        return _told(ticket, ts, seen)


def _told(ticket: Ticket, ts: int, seen: int | None = None) -> OrderUpdate:
    return OrderUpdate(ticket.order.id, ticket.status, ts, ts if seen is None else seen, venue_id=ticket.venue_id)
