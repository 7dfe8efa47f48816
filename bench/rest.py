"""What the bench venue answers: orders, and the few questions a client asks of its account."""

from collections import deque
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
from hftd.venues.sim.sheets import Sheet, book, sheet, stand
from hftd.venues.sim.times import eastern

CASH = Decimal(1_000_000_000)
LISTED = 500  # orders a page of GET /v2/orders may hold
COST = Decimal(str(PRICE))


class Account:
    """One account that only buys, and whose orders are filled at once."""

    def __init__(self) -> None:
        self.orders = 0
        self.shares = Decimal(0)
        self._sheets: deque[Sheet] = deque(maxlen=LISTED)

    def take_order(self, body: bytes, now: int) -> tuple[bytes, bytes]:
        """The order object that answers a ``POST /v2/orders``, and the update that tells of its only fill."""
        asked = msgspec.json.decode(body)
        self.orders += 1
        shares, name = Decimal(str(asked["qty"])), asked.get("client_order_id") or f"unnamed-{self.orders}"
        order = Order(name, "", asked["symbol"], asked["side"], shares, None, asked["time_in_force"], now)
        found = sheet(order, str(UUID(int=self.orders)), None, False, "accepted")
        taken = msgspec.json.encode(found)
        stand(found, "filled", now)
        book(found, shares, shares * COST)
        self.shares += shares
        self._sheets.append(found)
        fill = {
            "event": "fill", "timestamp": found["updated_at"], "execution_id": found["id"],
            "qty": str(shares), "price": str(PRICE), "order": found,
        }  # fmt: skip
        return taken, msgspec.json.encode({"stream": "trade_updates", "data": fill})

    def answer(self, path: str, now: int) -> tuple[int, Any]:
        """Status and body of a ``GET`` (Trading API, sections 2 and 6)."""
        address = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        match address.path:
            case "/v2/clock":
                moment = eastern(now)
                return 200, {"timestamp": moment, "is_open": True, "next_open": moment, "next_close": moment}
            case "/v2/calendar":
                return 200, list(_weekdays(query["start"][:10], query["end"][:10]))
            case "/v2/account":
                return 200, {**statements.account(Exchange(CASH), now), "cash": str(CASH - self.shares * COST)}
            case "/v2/positions":
                held = {"symbol": SYMBOL, "qty": str(self.shares), "avg_entry_price": str(COST)}
                return 200, [held] if self.shares else []
            case "/v2/orders":
                return 200, [] if query.get("status") == "open" else list(reversed(self._sheets))
            case "/v2/assets/SPY":
                return 200, statements.asset(SYMBOL)
            case "/v2/stocks/bars":
                return 200, {"bars": {}, "next_page_token": None}
            case "/v2/orders:by_client_order_id":
                for found in self._sheets:
                    if found["client_order_id"] == query.get("client_order_id"):
                        return 200, found
        return 404, {"code": 40410000, "message": f"no {address.path} here"}


def _weekdays(first: str, last: str) -> Iterator[dict[str, str]]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        if day.weekday() < 5:
            yield {"date": day.isoformat(), "open": "09:30", "close": "16:00"}
        day += timedelta(days=1)
