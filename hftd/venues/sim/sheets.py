"""Order objects as the API shows them, and how each event changes one (trading API, sections 2, 5 and 7)."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from hftd.core.events import OrderUpdate
from hftd.core.matching import plain
from hftd.core.orders import Order
from hftd.venues.sim.times import rfc3339

ASSETS = UUID("0d0e5e6c-5a54-5f0a-8c57-8a2b6f1f9a10")
"""Name space of asset ids, which are a function of the symbol."""

CENT_OF_CENT = Decimal("0.000001")

Sheet = dict[str, Any]


def asset_id(symbol: str) -> str:
    """The venue's id of an asset."""
    return str(uuid5(ASSETS, symbol))


def sheet(order: Order, venue_id: str, notional: Decimal | None, extended: bool, status: str) -> Sheet:
    """A fresh order object."""
    at, kind = rfc3339(order.at), "market" if order.limit is None else "limit"
    return {
        "id": venue_id, "client_order_id": order.id, "created_at": at, "updated_at": at, "submitted_at": at,
        "filled_at": None, "expired_at": None, "canceled_at": None, "failed_at": None, "replaced_at": None,
        "replaced_by": None, "replaces": None, "asset_id": asset_id(order.symbol), "symbol": order.symbol,
        "asset_class": "us_equity", "notional": None if notional is None else plain(notional),
        "qty": plain(order.shares) if notional is None else None, "filled_qty": "0", "filled_avg_price": None,
        "order_class": "", "order_type": kind, "type": kind, "side": order.side, "position_intent": None,
        "time_in_force": order.tif, "limit_price": None if order.limit is None else plain(order.limit),
        "stop_price": None, "status": status, "extended_hours": extended, "legs": None, "trail_percent": None,
        "trail_price": None, "hwm": None, "expires_at": None, "subtag": None, "source": None,
    }  # fmt: skip


def stand(found: Sheet, status: str, ts: int) -> None:
    """Move an order object to ``status`` at ``ts``."""
    at = rfc3339(ts)
    found["status"] = status
    found["updated_at"] = at
    if status in ("filled", "canceled", "expired", "replaced"):
        found[f"{status}_at"] = at


def book(found: Sheet, filled: Decimal, cost: Decimal) -> None:
    """Enter what is filled so far: shares, and dollars paid for them."""
    found["filled_qty"] = plain(filled)
    found["filled_avg_price"] = plain((cost / filled).quantize(CENT_OF_CENT))


EVENT_OF = {"partially_filled": "partial_fill", "filled": "fill"}


def event_name(update: OrderUpdate, status: str) -> str:
    """What the update stream calls a step to API status ``status``."""
    return EVENT_OF.get(update.status, status)
