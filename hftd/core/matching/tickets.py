"""Every order the venue remembers, and those that are open by symbol."""

from collections import deque

from hftd.core.events import OrderStatus
from hftd.core.matching.rejection import invalid, missing
from hftd.core.matching.ticket import Ticket

REMEMBERED = 100_000
"""Closed orders kept, and with them the client order ids that cannot be used again."""


class Tickets:
    """Orders by the venue's id and the client's. ``resting`` has a symbol only while it has an open order."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.resting: dict[str, list[Ticket]] = {}
        self._by_id: dict[str, Ticket] = {}
        self._by_client_id: dict[str, Ticket] = {}
        self._closed: deque[Ticket] = deque()
        self._remembered = remembered

    def __contains__(self, client_id: object) -> bool:
        return client_id in self._by_client_id

    def add(self, ticket: Ticket) -> None:
        """Take an open order in."""
        self._by_id[ticket.venue_id] = ticket
        self._by_client_id[ticket.order.id] = ticket
        self.resting.setdefault(ticket.order.symbol, []).append(ticket)

    def end(self, ticket: Ticket, status: OrderStatus) -> None:
        """Close an order; the oldest closed one may be forgotten for it."""
        ticket.status = status
        resting = self.resting[ticket.order.symbol]
        resting.remove(ticket)
        if not resting:
            del self.resting[ticket.order.symbol]
        self._closed.append(ticket)
        if len(self._closed) > self._remembered:
            forgotten = self._closed.popleft()
            del self._by_id[forgotten.venue_id], self._by_client_id[forgotten.order.id]

    def get(self, venue_id: str) -> Ticket:
        """The order with this venue id. Raises ``Rejection`` where there is none."""
        ticket = self._by_id.get(venue_id)
        if ticket is None:
            raise missing(f"order not found for {venue_id}")
        return ticket

    def get_open(self, venue_id: str) -> Ticket:
        """The open order with this venue id. Raises ``Rejection`` where there is none."""
        ticket = self.get(venue_id)
        if not ticket.open:
            raise invalid(f'order is already in "{ticket.status}" state')
        return ticket

    def by_client_id(self, client_id: str) -> Ticket:
        """The order with this client order id. Raises ``Rejection`` where there is none."""
        ticket = self._by_client_id.get(client_id)
        if ticket is None:
            raise missing(f"order not found for {client_id}")
        return ticket

    def open_in(self, symbol: str, without: Ticket | None = None) -> list[Ticket]:
        """Open orders in ``symbol``, oldest first, ``without`` one."""
        resting = self.resting.get(symbol)
        return [each for each in resting if each is not without] if resting else []

    def open(self, without: Ticket | None = None) -> list[Ticket]:
        """Every open order ``without`` one."""
        return [each for tickets in self.resting.values() for each in tickets if each is not without]
