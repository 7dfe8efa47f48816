"""A venue's "no", in the words of Alpaca's trading API: HTTP status, code, message and extra keys."""

from collections.abc import Mapping
from decimal import Decimal

from hftd.core.orders import Order
from hftd.errors import HftdError


def plain(figure: Decimal) -> str:
    """``figure`` as Alpaca writes it: no exponent, no trailing zeros (``150``, ``0.5``)."""
    text = format(figure, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Rejection(HftdError):
    """An order, cancel or replace the venue refuses."""

    def __init__(self, http: int, code: int, message: str, extra: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.http = http
        self.code = code
        self.message = message
        self.extra = dict(extra or {})

    @property
    def body(self) -> dict[str, int | str]:
        """The JSON object of the answer."""
        return {"code": self.code, "message": self.message, **self.extra}


def invalid(message: str) -> Rejection:
    """A parameter that breaks a pricing, size or state rule (HTTP 422, 42210000)."""
    return Rejection(422, 42210000, message)


def malformed(message: str) -> Rejection:
    """A request that is not an order (HTTP 422, 40010001)."""
    return Rejection(422, 40010001, message)


def missing(message: str) -> Rejection:
    """Something that does not exist (HTTP 404, 40410000)."""
    return Rejection(404, 40410000, message)


def no_shares(order: Order, shares: Decimal, existing: Decimal, held: Decimal) -> Rejection:
    """More shares asked for than the position has free; also the refusal to cross zero."""
    free = plain(existing - held)
    return Rejection(
        403,
        40310000,
        f"insufficient qty available for order (requested: {plain(shares)}, available: {free})",
        {
            "available": free,
            "existing_qty": plain(existing),
            "held_for_orders": plain(held),
            "symbol": order.symbol,
        },
    )


def no_money(buying_power: Decimal, cost: Decimal) -> Rejection:
    """The order costs more dollars than there is buying power."""
    cent = Decimal("0.01")
    extra = {"buying_power": plain(buying_power.quantize(cent)), "cost_basis": plain(cost.quantize(cent))}
    return Rejection(403, 40310000, "insufficient buying power", extra)


def wash_trade(existing_venue_id: str, kind: str) -> Rejection:
    """An own order of ``kind`` (market or limit) stands on the other side of the market."""
    return Rejection(
        403,
        40310000,
        "potential wash trade detected. use complex orders",
        {"existing_order_id": existing_venue_id, "reject_reason": f"opposite side {kind} order exists"},
    )
