"""The venue of a test: the matching of replay and of the simulated venue, which may be told to misbehave."""

from collections.abc import Sequence
from decimal import Decimal

from hftd.core.events import Event
from hftd.core.intents import exact
from hftd.core.matching import Exchange, Rejection
from hftd.core.matching.ticket import Ticket
from hftd.core.orders import Order
from hftd.testing.given import Given


class FakeVenue(Exchange):
    """Fills whole orders. ``rejects`` and ``largest_fill`` are those of ``Given``, and may change between events."""

    def __init__(self, given: Given) -> None:
        super().__init__(exact(given.cash), partial_fills=False, terms=given.assumptions.terms)
        self.rejects = given.rejects
        self.largest_fill = None if given.largest_fill is None else exact(given.largest_fill)

    def submit(
        self, order: Order, now: int, notional: Decimal | None = None, extended: bool = False
    ) -> Sequence[Event]:
        """As every venue's. Raises ``Rejection`` where it rejects."""
        if self.rejects:
            raise Rejection(403, 40310000, self.rejects)
        return super().submit(order, now, notional, extended)

    def portion(self, ticket: Ticket, price: Decimal) -> Decimal:
        """As every venue's, within ``largest_fill``."""
        whole = super().portion(ticket, price)
        return whole if self.largest_fill is None else min(whole, self.largest_fill)
