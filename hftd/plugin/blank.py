"""A view before anything has happened: enough to start a model and see whether it can."""

from decimal import Decimal

from hftd.core.events import Quote, Trade
from hftd.core.orders import Order


class Blank:
    """No prints, no quotes, no positions, no orders, and no time."""

    now = 0
    phase = "asleep"

    def last(self, symbol: str) -> Trade | None:
        """No print."""

    def quote(self, symbol: str) -> Quote | None:
        """No quote."""

    def position(self, symbol: str) -> Decimal:
        """Flat."""
        return Decimal(0)

    def account(self, symbol: str) -> Decimal:
        """Flat."""
        return Decimal(0)

    def orders(self, symbol: str = "") -> tuple[Order, ...]:
        """None."""
        return ()
