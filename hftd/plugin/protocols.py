"""What each kind of plugin must offer. Feeds and brokers never touch a socket: they turn bytes into events and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from hftd.core.effects import Cancel
from hftd.core.events import Bar, Event, LookedUp, Snapshot, VenueOrder
from hftd.core.orders import Order
from hftd.core.stretch import Tick


class Endpoint(Struct, frozen=True):
    """Where to connect: a ws://, wss://, http:// or https:// address and the headers of the handshake."""

    url: str
    headers: Mapping[str, str] = {}


class Wanted(Struct, frozen=True):
    """Symbols to subscribe to, channel by channel."""

    trades: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    updated_bars: tuple[str, ...] = ()
    daily_bars: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    lulds: tuple[str, ...] = ()


class Feed(Protocol):
    """One stream, sans I/O. The loop owns the socket, the back-off and the liveness."""

    name: str
    outbox: list[bytes]
    """Messages to send; the loop empties it after every call below."""
    binary: bool
    """Whether ``outbox`` goes out as binary frames."""
    oddities: int
    """Messages that made no sense, counted."""
    orders: bool
    """Whether it carries order updates; else it carries market data."""
    keeps_time: bool
    """Whether the venue plays a tape: then its time is the daemon's, told in pings of ``hftd-clock <ns>``."""
    wanted: Wanted
    """What to subscribe to; after ``Declined``, what the venue goes on sending, or sent last."""
    refusal: str
    """The venue's code where it turned us away, else empty."""

    def endpoint(self) -> Endpoint:
        """Where to connect."""

    def opened(self) -> None:
        """The socket is open: forget the last connection, say hello."""

    def want(self, wanted: Wanted) -> None:
        """Subscribe to these from now on; where that was done, to what is new, and no more to what is not in it."""

    def decode(self, frame: bytes, seen: int) -> Sequence[Event]:
        """One frame's events, in order. Never raises on bad input: nonsense is counted in ``oddities``.

        ``seen`` is our clock, or 0 where the venue's time is the clock: then market events are seen at their ``ts``.
        """


class SwiftFeed(Feed, Protocol):
    """A feed that can also decode many frames in one go; the loop then lives through them in one go."""

    def stretch(self, frames: list[bytes], seen: int, heeded: Mapping[str, Any]) -> tuple[list[Tick], list[int]]:
        """Ticks of the first of ``frames``, as many as hold nothing else; and how many there are up to each one's end.

        Nothing of the feed may change by it. A frame may not be without ticks. Instead of prints in a row of symbols
        that are not among ``heeded`` there may be one ``Unheeded``, if all have the same frame.
        """


class Request(Struct, frozen=True):
    """One HTTP request, ready to send, and what it was for."""

    wire: bytes
    about: str
    """Our order id."""
    verb: str
    """submit, cancel or replace."""


class Broker(Protocol):
    """The order path, sans I/O."""

    requests_per_minute: int
    """What the venue allows, orders and questions together; 0: no limit."""

    def endpoint(self) -> Endpoint:
        """Where orders go."""

    def submit(self, order: Order) -> Request:
        """The request that places ``order``."""

    def cancel(self, effect: Cancel) -> Request:
        """The request that withdraws an order the venue has named."""

    def replace(self, order: Order) -> Request:
        """The request that puts ``order`` in the place of ``order.replaces``."""

    def answer(self, request: Request, status: int, body: bytes, seen: int) -> Sequence[Event]:
        """What an answer means. An answer that cannot be read leaves the order ``unknown``, never rejected."""

    def lost(self, request: Request, reason: str, seen: int) -> Sequence[Event]:
        """What it means that a request was written and no answer came."""


class Office(Protocol):
    """What may block: runs in the back office's own process."""

    def snapshot(self, asked: int, brief: bool = False) -> Snapshot:
        """The account, positions and recent orders; ``brief``: of the orders only the open ones."""

    def order(self, order: str, asked: int) -> LookedUp:
        """What became of one order, by its client order id."""

    def is_paper(self, account: str) -> bool:
        """Whether the account of this number trades without real money; hftd trades on no other."""

    def open_orders(self) -> Sequence[VenueOrder]:
        """Every order that is open in the account, ours or not."""

    def cancel(self, venue_id: str) -> str:
        """Ask to withdraw the order the venue knows as ``venue_id``; empty where it was asked, else why it is not."""

    def cancel_all(self) -> int:
        """Cancel every open order of the account; how many were asked for."""

    def clock(self) -> int:
        """The venue's time, ns UTC."""

    def calendar(self, start: str, end: str) -> Iterable[Mapping[str, Any]]:
        """The venue's own trading days between two dates, as ``{"date", "open", "close"}`` in exchange time."""

    def tradable(self, symbol: str) -> str:
        """Empty where the venue trades ``symbol``, else in words why not."""

    def bars(self, symbol: str, since: int, until: int) -> Sequence[Bar]:
        """Minute bars that began between two moments (ns UTC)."""

    def last_trade(self, symbol: str) -> int:
        """When the venue's latest print of ``symbol`` was, ns UTC."""
