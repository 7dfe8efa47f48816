"""What the account can afford: equity, buying power, shares free to sell, and the refusals that follow.

Rules: Alpaca's trading API, section 4. Money is Decimal dollars.
"""

from decimal import Decimal

from hftd.core.matching.account import ZERO, Account
from hftd.core.matching.market import Market, reaches
from hftd.core.matching.rejection import invalid, no_money, no_shares, wash_trade
from hftd.core.matching.ticket import Ticket
from hftd.core.matching.tickets import Tickets
from hftd.core.orders import Order

SHORT_MARGIN = Decimal("1.03")
"""An opening short is valued at this multiple of the ask, or at its limit if that is more."""


class Funds:
    """One account seen through the market and its open orders. ``without`` leaves out an order being replaced."""

    def __init__(self, account: Account, market: Market, tickets: Tickets) -> None:
        self._account = account
        self._market = market
        self._tickets = tickets

    def values(self) -> dict[str, Decimal]:
        """Signed market value of each position."""
        holdings = self._account.holdings
        return {
            name: self._account.value(name, self._market.price(name)) for name, held in holdings.items() if held.shares
        }

    def equity(self) -> Decimal:
        """Cash and positions at market."""
        return self._account.cash + sum(self.values().values(), ZERO)

    def buying_power(self, without: Ticket | None = None) -> Decimal:
        """What opening orders may cost: leveraged equity less positions at market and open orders at cost."""
        equity, at_market = self._account.cash, ZERO
        for value in self.values().values():
            equity += value
            at_market += abs(value)
        bound = at_market
        for tickets in self._tickets.resting.values():
            for ticket in tickets:
                if ticket is not without:
                    bound += ticket.held
        return max(ZERO, self._account.multiplier(equity) * equity - bound)

    def held_shares(self, symbol: str, without: Ticket | None = None) -> Decimal:
        """Shares of the position that open closing orders already claim."""
        open_orders = self._tickets.open_in(symbol, without)
        return sum((each.left for each in open_orders if self.closes(each.order)), ZERO)

    def closes(self, order: Order) -> bool:
        """Whether ``order`` works against the position in its symbol."""
        position = self._account.shares(order.symbol)
        return position > 0 if order.side == "sell" else position < 0

    def worth(self, order: Order) -> Decimal:
        """What an opening order is valued at, dollars a share; 0 while no price of its symbol is known."""
        ask = self._market.far_side(order.symbol, "buy") or self._market.price(order.symbol) or ZERO
        if order.side == "buy":
            return ask if order.limit is None else order.limit
        return max(order.limit or ZERO, ask * SHORT_MARGIN)

    def check(self, order: Order, notional: Decimal | None, without: Ticket | None = None) -> Decimal:
        """What ``order`` will hold of the buying power, dollars a share: 0 where it closes a position.

        Raises ``Rejection`` unless the account may place it now, of its shares or for ``notional`` dollars.
        """
        self._check_wash(order, without)
        shares = order.shares if notional is None else self._estimate(order, notional)
        if self.closes(order):
            existing, held = abs(self._account.shares(order.symbol)), self.held_shares(order.symbol, without)
            if shares > existing - held:
                raise no_shares(order, shares, existing, held)
            return ZERO
        if order.side == "sell" and (notional is not None or shares != shares.to_integral_value()):
            raise invalid("fractional orders cannot be sold short")
        worth, free = self.worth(order), self.buying_power(without)
        cost = shares * worth if notional is None else notional
        if cost > free:
            raise no_money(free, cost)
        return worth

    def _check_wash(self, order: Order, without: Ticket | None) -> None:
        for other in self._tickets.open_in(order.symbol, without):
            if other.order.side == order.side:
                continue
            resting = other.order.limit
            if resting is None:
                raise wash_trade(other.venue_id, "market")
            if reaches(order.side, order.limit, resting):
                raise wash_trade(other.venue_id, "limit")

    def _estimate(self, order: Order, notional: Decimal) -> Decimal:
        price = self._market.far_side(order.symbol, order.side) or self._market.price(order.symbol)
        return notional / price if price else ZERO
