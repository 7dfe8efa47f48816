"""Everything the engine can be told, as immutable values.

Two clocks travel with a market event: ``ts`` is the venue's time, ``seen`` is ours; both are integer nanoseconds since
1970 UTC. ``seen`` is the only clock the engine knows, so a tape decides what time it is. Prices of market data are
float64 dollars, sizes whole shares; money and order figures are ``Decimal``. The journal has an event as an array.
"""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from hftd.core.risk.limits import Limits

Side = Literal["buy", "sell"]

# Where a trading day stands. "asleep": sockets closed; "warmup": connected before the open; "open": models trade;
# "closing": our orders are withdrawn, no new intents; "closed": the exchange is shut, last answers come in.
PhaseName = Literal["asleep", "warmup", "open", "closing", "closed"]

# The life of an order as the venue tells it. "unknown" is ours: sent, and the answer was lost.
OrderStatus = Literal[
    "sent", "accepted", "partially_filled", "filled", "canceled", "expired", "replaced", "rejected", "unknown"
]

# What an operator may say while the daemon runs, and what hftd itself does: why the journal is unwritten, or "" again.
CommandName = Literal["halt", "resume", "flatten", "accept", "activate", "shadow", "bench", "unwritten"]


class Event(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """Something that happened, and every one of them says when we saw it (ns UTC)."""

    @property
    def seen(self) -> int:
        """Our clock when it came in."""
        raise AttributeError("every event names its own `seen`")


# ---- market data -----------------------------------------------------------------------------------------------


class Trade(Event, frozen=True):
    """A print on the tape: ``size`` shares of ``symbol`` at ``price``; ``conditions`` are sale-condition letters."""

    symbol: str
    price: float
    size: int
    ts: int
    seen: int
    conditions: tuple[str, ...] = ()
    exchange: str = ""
    tape: str = ""
    id: int = 0


class Quote(Event, frozen=True):
    """The best bid and offer; a side nobody quotes has price 0 and size 0. Sizes in shares."""

    symbol: str
    bid: float
    bid_size: int
    ask: float
    ask_size: int
    ts: int
    seen: int
    conditions: tuple[str, ...] = ()
    bid_exchange: str = ""
    ask_exchange: str = ""
    tape: str = ""


class Bar(Event, frozen=True):
    """Open, high, low, close of one ``span``; ``ts`` is its start. ``updated`` replaces a minute already sent."""

    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: int
    ts: int
    seen: int
    span: Literal["minute", "day", "updated"] = "minute"
    trades: int = 0
    vwap: float = 0.0


class Status(Event, frozen=True):
    """A trading status of one symbol. ``halted`` is None where the code says nothing about trading."""

    symbol: str
    halted: bool | None
    code: str
    reason: str
    ts: int
    seen: int
    text: str = ""


class Band(Event, frozen=True):
    """Limit-up and limit-down prices (LULD) of one symbol."""

    symbol: str
    lower: float
    upper: float
    indicator: str
    ts: int
    seen: int


class Correction(Event, frozen=True):
    """A print was corrected: what it said, and what it should have said."""

    symbol: str
    old_id: int
    old_price: float
    old_size: int
    new_id: int
    new_price: float
    new_size: int
    ts: int
    seen: int


class Bust(Event, frozen=True):
    """A print was cancelled (``action`` C) or was an error (E)."""

    symbol: str
    id: int
    price: float
    size: int
    action: str
    ts: int
    seen: int


# ---- our orders ------------------------------------------------------------------------------------------------


class OrderUpdate(Event, frozen=True):
    """The venue (or our own order path) says where an order stands. ``order`` is our id, ``venue_id`` theirs."""

    order: str
    status: OrderStatus
    ts: int
    seen: int
    venue_id: str = ""
    reason: str = ""
    unsent: bool = False
    """It never left us, so the venue did not reject it."""


class Fill(Event, frozen=True):
    """One execution of an order. ``execution``: the venue's key against duplicates; ``assumed``: made of its totals."""

    order: str
    execution: str
    symbol: str
    side: Side
    shares: Decimal
    price: Decimal
    ts: int
    seen: int
    venue_id: str = ""
    fee: Decimal = Decimal(0)
    assumed: bool = False


class VenuePosition(Struct, frozen=True, gc=False, array_like=True):
    """What the venue says we hold: signed shares and their average price."""

    symbol: str
    shares: Decimal
    price: Decimal


class VenueOrder(Struct, frozen=True, gc=False, array_like=True):
    """What the venue says of one of our orders."""

    order: str
    venue_id: str
    symbol: str
    side: Side
    shares: Decimal
    filled: Decimal
    average: Decimal
    status: OrderStatus
    limit: Decimal | None = None


class Snapshot(Event, frozen=True):
    """The venue's whole view of the account: the truth that start and reconnect settle against.

    It may be as old as ``asked``, our clock when the question was put. A ``brief`` one leaves finished orders out.
    """

    asked: int
    seen: int
    account: str
    cash: Decimal
    buying_power: Decimal
    positions: tuple[VenuePosition, ...] = ()
    orders: tuple[VenueOrder, ...] = ()
    brief: bool = False


class LookedUp(Event, frozen=True):
    """One order was asked after by its client order id; None: the venue knows no such order."""

    order: str
    found: VenueOrder | None
    seen: int


# ---- the world around ------------------------------------------------------------------------------------------


class FeedUp(Event, frozen=True):
    """A stream is logged in and subscribed; ``orders``: it carries order updates, so ask for what was missed."""

    feed: str
    seen: int
    orders: bool = False


class FeedDown(Event, frozen=True):
    """A stream is gone, and why."""

    feed: str
    reason: str
    seen: int


class Declined(Event, frozen=True):
    """The venue does not send all that is newly wanted, says its ``reason``, and goes on with what it sent before."""

    feed: str
    reason: str
    seen: int


class Gap(Event, frozen=True):
    """Data of ``feed`` is missing between two moments; ``bars`` are the minutes in it, where they could be had."""

    feed: str
    since: int
    until: int
    seen: int
    bars: tuple[Bar, ...] = ()


class SessionPhase(Event, frozen=True):
    """The trading day ``day`` (YYYY-MM-DD) enters a phase; ``until`` is when the next one begins (0: not known).
    ``run``: drawn when its journal begins, for order ids. ``regular``: start and end of that, where more is traded.
    """

    phase: PhaseName
    day: str
    seen: int
    until: int = 0
    run: str = ""
    regular: tuple[int, int] | None = None


class ClockSkew(Event, frozen=True):
    """Another clock is ``ns`` ahead of ours, more than may be; 0: they agree (again). With it our time may go back."""

    ns: int
    seen: int


class Timer(Event, frozen=True):
    """A moment that was asked for with ``WakeAt`` has come."""

    key: str
    at: int
    seen: int


class Command(Event, frozen=True):
    """An operator's word; ``argument`` is its reason, symbol or model, ``by`` the user who gave it."""

    name: CommandName
    argument: str
    by: str
    seen: int


class Shutdown(Event, frozen=True):
    """Stop: withdraw what is ours and leave."""

    reason: str
    seen: int


# ---- models, and the rules they trade by -------------------------------------------------------------------------


class Version(Struct, frozen=True, gc=False, array_like=True):
    """What makes a model what it is: its file, its options (JSON with sorted keys), and how it begins."""

    digest: str
    """SHA-256, in hex, of its file and of the modules beside it that it imports."""
    options: str = "{}"
    standing: Literal["active", "shadow"] = "active"
    canary: int = 0
    """Decisions after which it leaves the shadow by itself; 0: never."""


class Enter(Event, frozen=True):
    """A model takes its seat, warm, in the place of its older version if it has one."""

    model: str
    version: Version
    seen: int


class Leave(Event, frozen=True):
    """A model retires: its orders are withdrawn, and with ``flatten`` its positions are traded away."""

    model: str
    flatten: bool
    seen: int


class Rules(Event, frozen=True):
    """Other limits from now on; ``flatten``: positions are traded away before the close."""

    limits: Limits
    flatten: bool
    seen: int


class Restarted(Event, frozen=True):
    """The process is another one: the day was remembered from its journal, and nothing is connected."""

    seen: int
    models: dict[str, Version] = {}
    """Who is there to play in it, in the order they are seated; where one is not who played, its ``Enter`` follows."""
    plugins: dict[str, str] | None = None
    """Its plugin files that hold more than models, by name, and the digest of each; None: they were not noted."""


class Held(Struct, frozen=True, gc=False, array_like=True):
    """What an account held as a day began: signed shares and what they cost; ``model`` is "" for the whole of it."""

    model: str
    symbol: str
    shares: Decimal
    cost: Decimal


class Left(VenueOrder, frozen=True):
    """An order that is open as a day ends: what the venue knows of it, and what only we do (see ``Working``)."""

    model: str = ""
    tif: Literal["day", "ioc", "gtc", "opg", "cls"] = "day"
    at: int = 0
    replaces: str = ""
    cost: Decimal = Decimal(0)
    cancelling: bool = False
    cancel_sent: bool = False
    taken: bool = False
    assumed: Decimal = Decimal(0)
    assumed_at: int = 0


class Carry(Event, frozen=True):
    """What a day takes over from the one before, as its journal begins: with it, a journal stands by itself."""

    cash: Decimal
    held: tuple[Held, ...]
    benched: dict[str, str]
    """Models out of the game, and why."""
    halted: str
    flattening: bool
    seen: int
    orders: tuple[Left, ...] = ()
    leaving: tuple[str, ...] = ()
    """Models that retired and whose positions are being traded away."""
    standings: dict[str, Literal["active", "shadow"]] = {}
    """How models stand that play, whatever their version begins with."""
    skew: int = 0


class Measured(Event, frozen=True):
    """What hftd measured of itself since the last one: by stage, buckets of durations with how many fell in each.

    Bucket ``4 * n + q`` begins at ``(4 + q) * 2**n / 4`` ns. Nothing follows from it.
    """

    spans: dict[str, dict[int, int]]
    seen: int


AnyEvent = (
    Trade | Quote | Bar | Status | Band | Correction | Bust | OrderUpdate | Fill | Snapshot | LookedUp
    | FeedUp | FeedDown | Declined | Gap | SessionPhase | ClockSkew | Timer | Command | Shutdown
    | Enter | Leave | Rules | Restarted | Carry | Measured
)  # fmt: skip
