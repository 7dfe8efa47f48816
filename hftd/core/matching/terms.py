"""What a venue charges, and how closely an order must look at what others do before it fills."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

ZERO = Decimal(0)
BASIS_POINT = Decimal("0.0001")


class Fees(Struct, frozen=True):
    """What trading costs, in dollars: for each share, for each order that trades, and in basis points of the money."""

    per_share: Decimal = ZERO
    per_order: Decimal = ZERO
    bps: Decimal = ZERO

    def of(self, shares: Decimal, price: Decimal, *, first: bool) -> Decimal:
        """Dollars for one execution; the ``first`` of an order pays what the order costs."""
        fee = shares * self.per_share + shares * price * self.bps * BASIS_POINT
        return fee + self.per_order if first else fee


class Slippage(Struct, frozen=True):
    """Where an order that takes gets its price: ``quote``, the far side of it; or ``print``, the next print.

    ``ticks`` are added to what is paid and taken from what is got: cents, hundredths of a cent below a dollar.
    """

    by: Literal["quote", "print"] = "quote"
    ticks: int = 0


class Terms(Struct, frozen=True):
    """How a venue fills. The defaults are those of Alpaca's paper venue."""

    fees: Fees = Fees()
    slippage: Slippage = Slippage()
    queue: bool = False
    """Whether a resting limit order waits behind those that showed at its price when it came."""
    sizes: bool = False
    """Whether no execution is larger than the size that was quoted or printed."""
