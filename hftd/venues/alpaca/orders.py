"""Alpaca's order object and statuses, as both the REST answers and the update stream carry them."""

from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from hftd.core.events import OrderStatus, Side
from hftd.core.intents import TimeInForce

# Trading API, section "Order states". Every state in which the order may still trade counts as accepted.
_STATUSES: dict[str, OrderStatus] = {
    "partially_filled": "partially_filled",
    "filled": "filled",
    "canceled": "canceled",
    "expired": "expired",
    "replaced": "replaced",
    "rejected": "rejected",
}


class WirePlacing(Struct, frozen=True, gc=False, omit_defaults=True):
    """What places an order; figures in digits."""

    symbol: str
    qty: str
    side: Side
    type: Literal["market", "limit"]
    time_in_force: TimeInForce
    client_order_id: str
    limit_price: str | None = None
    extended_hours: bool = False


class WireOrder(Struct, frozen=True):
    """The keys of an order that hftd reads."""

    id: str
    client_order_id: str
    symbol: str
    side: Side
    status: str
    qty: Decimal | None = None
    filled_qty: Decimal = Decimal(0)
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None


class WireError(Struct, frozen=True):
    """The body of a refusal. Its first three digits usually, not always, repeat the HTTP status."""

    message: str
    code: Any = None


def status(name: str) -> OrderStatus:
    """The venue's word for a state, in ours."""
    return _STATUSES.get(name, "accepted")
