"""Alpaca's order path, sans I/O: orders to request bytes, answers to events.

What an answer proves decides what it means: only a refusal in the venue's own words is a rejection. A server error,
a proxy's HTML, half an answer or none leave the order's fate unknown, and it is looked up by its client order id.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from hftd import native
from hftd.core.effects import Cancel
from hftd.core.events import Event, OrderUpdate
from hftd.core.orders import Order
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Endpoint, Request
from hftd.venues.alpaca.orders import WireError, WireOrder, WirePlacing, status

# "client_order_id must be unique": an order of this name is already there, so it may well be ours.
DUPLICATE = 40010001
REFUSALS = frozenset({400, 401, 403, 404, 422, 429})
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)

_encode = msgspec.json.Encoder().encode
_order = msgspec.json.Decoder(WireOrder)
_error = msgspec.json.Decoder(WireError)


class AlpacaBroker:
    """Requests for ``POST``, ``DELETE`` and ``PATCH /v2/orders``, and what their answers mean."""

    def __init__(self, url: str, keys: Keys, requests_per_minute: int = 0) -> None:
        """``url`` is the trading API's base, without a path."""
        self.requests_per_minute = requests_per_minute
        self._url = url
        rest = (
            f"HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAPCA-API-KEY-ID: {keys.key}\r\n"
            f"APCA-API-SECRET-KEY: {keys.secret}\r\nUser-Agent: hftd\r\nAccept: application/json\r\n"
        ).encode()
        self._post = b"POST /v2/orders " + rest + b"Content-Type: application/json\r\nContent-Length: "
        self._rest = rest
        self.submit: Callable[[Order], Request] = self.submit_in_python
        """The request that places an order."""
        if native.wire is not None:
            self.submit = native.wire.Placing(self.submit_in_python, Order, Request, Decimal, self._post)

    def endpoint(self) -> Endpoint:
        """The trading API."""
        return Endpoint(self._url)

    def submit_in_python(self, order: Order) -> Request:
        """The request that places ``order``: what ``submit`` does where it is not compiled."""
        body = _body(order)
        return Request(b"%b%d\r\n\r\n%b" % (self._post, len(body), body), order.id, "submit")

    def cancel(self, effect: Cancel) -> Request:
        """The request that withdraws an order the venue has named."""
        return Request(b"DELETE /v2/orders/%b %b\r\n" % (effect.venue_id.encode(), self._rest), effect.order, "cancel")

    def replace(self, order: Order) -> Request:
        """The request that puts ``order`` in the place of ``order.replaces``."""
        fields: dict[str, Any] = {"qty": _plain(order.shares), "time_in_force": order.tif, "client_order_id": order.id}
        if order.limit is not None:
            fields["limit_price"] = _plain(order.limit)
        body = msgspec.json.encode(fields)
        head = b"PATCH /v2/orders/%b %bContent-Type: application/json\r\n" % (order.replaces.encode(), self._rest)
        return Request(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body), order.id, "replace")

    def answer(self, request: Request, status_code: int, body: bytes, seen: int) -> Sequence[Event]:
        """What an answer means for the order it is about."""
        if request.verb == "cancel":
            # 204: it will end, and the update stream says when. 422: it ended already, so find out how.
            if 200 <= status_code < 300:
                return ()
            return (self._unknown(request, f"cancel answered {status_code}", seen),)
        if 200 <= status_code < 300:
            try:
                order = _order.decode(body)
            except UNREADABLE:
                return (self._unknown(request, f"answer {status_code} cannot be read", seen),)
            if order.client_order_id != request.about:
                return (self._unknown(request, f"the answer is about {order.client_order_id}", seen),)
            return (OrderUpdate(request.about, status(order.status), seen, seen, order.id),)
        if status_code in REFUSALS:
            try:
                error = _error.decode(body)
            except UNREADABLE:
                return (self._unknown(request, f"answer {status_code} cannot be read", seen),)
            if error.code == DUPLICATE and "unique" in error.message:
                return (self._unknown(request, "the venue knows this client order id already", seen),)
            return (OrderUpdate(request.about, "rejected", seen, seen, "", f"{status_code} {error.message}"),)
        return (self._unknown(request, f"answer {status_code}", seen),)

    def lost(self, request: Request, reason: str, seen: int) -> Sequence[Event]:
        """No answer came: the order may be there or not."""
        return (self._unknown(request, reason, seen),)

    def _unknown(self, request: Request, reason: str, seen: int) -> OrderUpdate:
        return OrderUpdate(request.about, "unknown", seen, seen, "", reason)


def _body(order: Order) -> bytes:
    shares, limit = _plain(order.shares), order.limit
    if limit is None:
        return _encode(WirePlacing(order.symbol, shares, order.side, "market", order.tif, order.id))
    price, extended = _plain(limit), order.extended
    return _encode(WirePlacing(order.symbol, shares, order.side, "limit", order.tif, order.id, price, extended))


def _plain(figure: Decimal) -> str:
    """Digits alone: ``str`` alone would write 1E+2 for a round hundred that was normalized."""
    text = str(figure)
    return text if "E" not in text else f"{figure:f}"
