"""Alpaca's ``trade_updates`` stream, sans I/O: what becomes of our orders.

The server is silent until it is spoken to, sends JSON inside binary frames, and replays nothing it sent while we
were away (Trading API, section "trade_updates WebSocket").
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeGuard

import msgspec
from msgspec import Struct

from hftd.core.events import Event, FeedDown, FeedUp, Fill, OrderUpdate
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Endpoint, Wanted
from hftd.venues.alpaca.orders import WireOrder, status
from hftd.venues.alpaca.stamps import text_ns


class _Update(Struct, frozen=True):
    event: str
    order: WireOrder
    timestamp: str = ""
    execution_id: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None


class _Authorization(Struct, frozen=True):
    status: str


class _Listening(Struct, frozen=True):
    streams: tuple[str, ...]


class _Envelope(Struct, frozen=True):
    stream: str
    data: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)
_update = msgspec.json.Decoder(_Update)
_authorization = msgspec.json.Decoder(_Authorization)
_listening = msgspec.json.Decoder(_Listening)


class Updates:
    """The order-update feed."""

    name = "order updates"
    orders = True
    binary = False
    keeps_time = False

    def __init__(self, url: str, keys: Keys) -> None:
        self.wanted = Wanted()
        self.outbox: list[bytes] = []
        self.oddities = 0
        self.refusal = ""
        self._url = url
        self._keys = keys

    def endpoint(self) -> Endpoint:
        """The stream's address."""
        return Endpoint(self._url)

    def opened(self) -> None:
        """A new connection: we speak first."""
        self.refusal = ""
        self.outbox.clear()
        self._say("authenticate", {"key_id": self._keys.key, "secret_key": self._keys.secret})

    def want(self, wanted: Wanted) -> None:
        """Order updates come whatever the symbol."""
        self.wanted = wanted

    def decode(self, frame: bytes, seen: int) -> Sequence[Event]:
        """One frame's events. An update that makes no sense is counted: REST will tell what it was about."""
        try:
            envelope = _envelope.decode(frame)
            if envelope.stream == "trade_updates":
                return self._order(_update.decode(envelope.data), seen)
            return self._conversation(envelope, seen)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
            self.oddities += 1
            return ()

    def _order(self, update: _Update, seen: int) -> Sequence[Event]:
        order = update.order
        ts = text_ns(update.timestamp)
        seen = seen or ts
        if update.event in ("fill", "partial_fill"):
            shares, price = update.qty, update.price
            if not (_is_amount(shares) and _is_amount(price) and update.execution_id):
                raise ValueError("a fill without execution, price or shares")
            fill = Fill(
                order.client_order_id, update.execution_id, order.symbol, order.side, shares, price, ts, seen, order.id
            )
            return (fill,)
        reason = "" if update.event in ("new", "accepted", "pending_new") else update.event
        return (OrderUpdate(order.client_order_id, status(order.status), ts, seen, order.id, reason),)

    def _conversation(self, envelope: _Envelope, seen: int) -> Sequence[Event]:
        if envelope.stream == "authorization":
            said = _authorization.decode(envelope.data).status
            if said == "authorized":
                self._say("listen", {"streams": ["trade_updates"]})
                return ()
            self.refusal = "402"
            return (FeedDown(self.name, f"the venue says {said}: are the keys right?", seen),)
        if envelope.stream == "listening":
            if "trade_updates" in _listening.decode(envelope.data).streams:
                return (FeedUp(self.name, seen, orders=True),)
            return (FeedDown(self.name, "the venue does not send trade_updates", seen),)
        raise ValueError(f"unknown stream {envelope.stream}")

    def _say(self, action: str, data: dict[str, Any]) -> None:
        self.outbox.append(msgspec.json.encode({"action": action, "data": data}))


def _is_amount(figure: Decimal | None) -> TypeGuard[Decimal]:
    return figure is not None and figure.is_finite() and figure > 0
