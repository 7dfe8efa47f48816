"""One paper account at an exchange: prices in, orders in, executions out.

Rules are those of Alpaca's paper venue (trading API, sections 3, 4, 5 and 8): a marketable order fills at the far
side of the quote, whatever its size; nothing fills passively inside it. Where a symbol, or a side of it, has no
quote, a print stands in. Events are matched in their order, so no order knows a price that comes later.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from hftd import native
from hftd.core.conditions import LastPrices
from hftd.core.events import Event, Fill, OrderStatus, OrderUpdate, Quote, Status, Trade
from hftd.core.matching.account import Account
from hftd.core.matching.checks import check_form
from hftd.core.matching.fills import Fills, Offer
from hftd.core.matching.funds import Funds
from hftd.core.matching.market import Market
from hftd.core.matching.rejection import invalid, malformed
from hftd.core.matching.terms import Fees, Terms
from hftd.core.matching.ticket import ZERO, Ticket, venue_id
from hftd.core.matching.tickets import Tickets
from hftd.core.orders import Order, signed

PAPER = Terms()


class Exchange:
    """The venue's view of one account, which trades on ``terms``.

    ``open`` is whether the regular session runs. It starts open; ``begin`` and ``expire`` are its open and close.
    Every report carries our client id in ``order``; each ``Fill`` is followed by the status it leads to.
    """

    def __init__(
        self, cash: Decimal, multiplier: int = 4, partial_fills: bool = True, terms: Terms = PAPER
    ) -> None:
        self.account = Account(cash, multiplier)
        self.market = Market()
        self.tickets = Tickets()
        self.funds = Funds(self.account, self.market, self.tickets)
        self.open = True
        self.partial_fills = partial_fills and not terms.sizes
        self._fees = terms.fees if terms.fees != Fees() else None
        self._fills = Fills(self.market, terms)
        self._in_hours, self._out_of_hours = LastPrices(regular_hours=True), LastPrices()
        self.trade: Callable[[Trade], Sequence[Event]] = self.trade_in_python
        """A print: the last price if its conditions let it, and an execution price where nobody quotes."""
        if native.wire is not None:
            self.trade = native.wire.Print(
                self.trade_in_python, vars(self), self.market.trades, self.tickets.resting, self._in_hours.known,
                self._out_of_hours.known, Trade,
            )  # fmt: skip

    # ---- what the tape says ------------------------------------------------------------------------------------

    def trade_in_python(self, t: Trade) -> Sequence[Event]:
        """What ``trade`` does, or where it is compiled, what it does with a print that may meet an order."""
        symbol, last_prices = t.symbol, self._in_hours if self.open else self._out_of_hours
        try:
            sets_last = last_prices.known[t.tape][t.conditions]
        except KeyError:
            sets_last = last_prices.learn(t.tape, t.conditions)
        if not sets_last:
            return ()
        self.market.trades[symbol] = t
        if symbol not in self.tickets.resting:
            return ()
        self._fills.printed()
        return self._match(symbol, t.ts, t.seen, t)

    def quote(self, q: Quote) -> Sequence[Event]:
        """A new best bid and offer."""
        self.market.quotes[q.symbol] = q
        self._fills.quoted(q.symbol)
        return self._match(q.symbol, q.ts, q.seen, None) if q.symbol in self.tickets.resting else ()

    def status(self, status: Status) -> None:
        """A halt, in which nothing trades, or its end. The quote from before it no longer counts."""
        if status.halted is None:
            return
        if status.halted:
            self.market.halted.add(status.symbol)
        else:
            self.market.halted.discard(status.symbol)
        self.gap(status.symbol)

    def gap(self, symbol: str = "") -> None:
        """Market data of ``symbol`` (empty: of every one) is missing: quotes and places in line are not known."""
        for each in (symbol,) if symbol else tuple(self.market.quotes):
            self.market.forget(each)
        for ticket in self.tickets.open_in(symbol) if symbol else self.tickets.open():
            ticket.ahead = None

    def begin(self, now: int) -> Sequence[Event]:
        """The regular session opens: what was queued for it starts to work."""
        self.open = True
        events: list[Event] = []
        for ticket in self.tickets.open():
            if ticket.queued and ticket.order.tif != "cls":
                ticket.queued = False
                events.append(_told(ticket, now, now))
        for symbol in tuple(self.tickets.resting):
            events += self._match(symbol, now, now, None)
        return events

    def expire(self, now: int, extended: bool = False) -> Sequence[Event]:
        """The regular session closes: ``cls`` orders fill, day orders expire; what is queued for the open stays.

        Orders for extended hours live on until this is called once more with ``extended``.
        """
        events: list[Event] = []
        for ticket in self.tickets.open():
            order, at_close = ticket.order, self.open and ticket.order.tif == "cls"
            if ticket.queued and not at_close:
                continue
            if at_close:
                self._trade(ticket, now, now, self.market.trades.get(order.symbol), events)
            if ticket.open and order.tif != "gtc" and (extended or not ticket.extended):
                events.append(self._end(ticket, "expired", now, now))
        self.open = False
        return events

    # ---- what the account asks ---------------------------------------------------------------------------------

    def submit(
        self, order: Order, now: int, notional: Decimal | None = None, extended: bool = False
    ) -> Sequence[Event]:
        """Take ``order`` in and fill what can be filled at once.

        ``notional`` asks for dollars instead of shares (then ``order.shares`` is 0); ``extended`` lets a limit order
        trade outside the regular session. Raises ``Rejection``, and nothing has changed.
        """
        reserve = self._check(order, notional, extended, None)
        return self._accept(order, now, notional, extended, reserve)

    def cancel(self, venue_id: str, now: int) -> Sequence[Event]:
        """Withdraw an order; doing so twice is no error. Raises ``Rejection`` when it is unknown or done."""
        if self.tickets.get(venue_id).status == "canceled":
            return ()
        return [self._end(self.tickets.get_open(venue_id), "canceled", now, now)]

    def replace(self, venue_id: str, order: Order, now: int) -> Sequence[Event]:
        """Put ``order`` in the place of a working one; its shares count from zero, earlier fills stay with the old.

        Raises ``Rejection``, and the old order goes on, when that one is done or queued or the new one is refused.
        """
        old = self.tickets.get_open(venue_id)
        if old.queued:
            raise invalid("unable to replace order, order isn't sent to exchange yet")
        if old.notional is not None:
            raise invalid("notional orders cannot be replaced")
        reserve = self._check(order, None, old.extended, old)
        return [self._end(old, "replaced", now, now), *self._accept(order, now, None, old.extended, reserve)]

    def portion(self, ticket: Ticket, price: Decimal) -> Decimal:
        """Shares the next execution of ``ticket``, at ``price`` dollars, takes."""
        return ticket.portion(price, self.partial_fills)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _check(self, order: Order, notional: Decimal | None, extended: bool, replaced: Ticket | None) -> Decimal:
        if order.id in self.tickets:
            raise malformed("client_order_id must be unique")
        check_form(order, notional, extended)
        return self.funds.check(order, notional, replaced)

    def _accept(
        self, order: Order, now: int, notional: Decimal | None, extended: bool, reserve: Decimal
    ) -> list[Event]:
        queued = order.tif in ("opg", "cls") or not (self.open or extended)
        ticket = Ticket(order, venue_id(order.id), "accepted", notional, extended, queued, reserve)
        self.tickets.add(ticket)
        events: list[Event] = [_told(ticket, now, now)]
        self._try(ticket, now, now, None, events)
        if ticket.open and order.tif == "ioc":
            events.append(self._end(ticket, "canceled", now, now))
        return events

    def _match(self, symbol: str, ts: int, seen: int, trade: Trade | None) -> list[Event]:
        events: list[Event] = []
        for ticket in self.tickets.open_in(symbol):
            self._try(ticket, ts, seen, trade, events)
        return events

    def _try(self, ticket: Ticket, ts: int, seen: int, trade: Trade | None, events: list[Event]) -> None:
        if not ticket.queued and (self.open or ticket.extended):
            self._trade(ticket, ts, seen, trade, events)

    def _trade(self, ticket: Ticket, ts: int, seen: int, trade: Trade | None, events: list[Event]) -> None:
        if ticket.order.symbol not in self.market.halted:
            offer = self._fills.offer(ticket, trade)
            if offer is not None:
                self._execute(ticket, offer, ts, seen, events)

    def _execute(self, ticket: Ticket, offer: Offer, ts: int, seen: int, events: list[Event]) -> None:
        order, price, shares = ticket.order, offer.price, self.portion(ticket, offer.price)
        if offer.room is not None:
            shares = min(shares, offer.room)
            if shares <= 0:
                return
            self._fills.took(order, shares, offer)
        fee = self._fees.of(shares, price, first=not ticket.executions) if self._fees is not None else ZERO
        ticket.filled += shares
        self.account.take(order.symbol, signed(order.side, shares), price, fee)
        execution = ticket.next_execution()
        events.append(
            Fill(order.id, execution, order.symbol, order.side, shares, price, ts, seen, ticket.venue_id, fee)
        )
        if ticket.left:
            ticket.status = "partially_filled"
            events.append(_told(ticket, ts, seen))
        else:
            events.append(self._end(ticket, "filled", ts, seen))

    def _end(self, ticket: Ticket, status: OrderStatus, ts: int, seen: int) -> OrderUpdate:
        self.tickets.end(ticket, status)
        return _told(ticket, ts, seen)


def _told(ticket: Ticket, ts: int, seen: int) -> OrderUpdate:
    return OrderUpdate(ticket.order.id, ticket.status, ts, seen, ticket.venue_id)
