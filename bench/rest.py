"""What the bench venue answers: orders, and the few questions a client asks when it starts."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec

from bench.ticks import PRICE, SYMBOL
from hftd.core.matching import Exchange
from hftd.core.orders import Order
from hftd.venues.sim import statements
from hftd.venues.sim.sheets import book, sheet, stand
from hftd.venues.sim.times import eastern

CASH = Decimal(1_000_000_000)


def answer(path: str, now: int) -> tuple[int, Any]:
    """Status and body of a ``GET`` (Trading API, sections 2 and 6)."""
    address = urlsplit(path)
    match address.path:
        case "/v2/clock":
            moment = eastern(now)
            return 200, {"timestamp": moment, "is_open": True, "next_open": moment, "next_close": moment}
        case "/v2/calendar":
            query = parse_qs(address.query)
            return 200, list(_weekdays(query["start"][0][:10], query["end"][0][:10]))
        case "/v2/account":
            return 200, statements.account(Exchange(CASH), now)
        case "/v2/positions" | "/v2/orders":
            return 200, []
        case "/v2/assets/SPY":
            return 200, statements.asset(SYMBOL)
    return 404, {"code": 40410000, "message": f"no {address.path} here"}


def _weekdays(first: str, last: str) -> Iterator[dict[str, str]]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        if day.weekday() < 5:
            yield {"date": day.isoformat(), "open": "09:30", "close": "16:00"}
        day += timedelta(days=1)


def take_order(body: bytes, number: int, now: int) -> tuple[bytes, bytes]:
    """The order object that answers a ``POST /v2/orders``, and the update that tells of its only fill."""
    asked = msgspec.json.decode(body)
    shares, price = Decimal(str(asked["qty"])), Decimal(str(PRICE))
    name = asked.get("client_order_id") or f"unnamed-{number}"
    order = Order(name, "", asked["symbol"], asked["side"], shares, None, asked["time_in_force"], now)
    found = sheet(order, str(UUID(int=number)), None, False, "accepted")
    taken = msgspec.json.encode(found)
    stand(found, "filled", now)
    book(found, shares, shares * price)
    fill = {
        "event": "fill", "timestamp": found["updated_at"], "execution_id": str(UUID(int=number)),
        "qty": str(shares), "price": str(price), "order": found,
    }  # fmt: skip
    return taken, msgspec.json.encode({"stream": "trade_updates", "data": fill})
