"""Orders: what we asked for, what became of it, and the name it carries for ever."""

from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from hftd.core.events import OrderStatus, Side
from hftd.core.intents import TimeInForce

TERMINAL: frozenset[OrderStatus] = frozenset({"filled", "canceled", "expired", "replaced", "rejected"})


class Order(Struct, frozen=True, gc=False, array_like=True):
    """An order as it leaves the engine. ``id`` is the client order id; ``replaces`` is the venue's id it amends.

    ``extended``: it left outside the regular session, and is to trade there too.
    """

    id: str
    model: str
    symbol: str
    side: Side
    shares: Decimal
    limit: Decimal | None
    tif: TimeInForce
    at: int
    replaces: str = ""
    extended: bool = False


class Working(Struct, gc=False):
    """One order's life so far. Mutable, and owned by the engine alone."""

    order: Order
    status: OrderStatus = "sent"
    filled: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    venue_id: str = ""
    reason: str = ""
    cancelling: bool = False
    """It is to be withdrawn."""
    cancel_sent: bool = False
    """The venue was asked to."""
    taken: bool = False
    """The venue has taken it: whatever becomes of it, it was not turned away at the door."""
    misses: int = 0
    """How often the venue said it knows no such order."""
    assumed: Decimal = Decimal(0)
    """Shares booked on the word of the venue's totals; reports of their executions may still come."""
    assumed_at: int = 0
    """When that was, ns UTC."""

    @property
    def open(self) -> bool:
        """Whether it may still trade, as far as we know."""
        return self.status not in TERMINAL

    @property
    def left(self) -> Decimal:
        """Shares not filled yet."""
        return self.order.shares - self.filled


def order_id(day: str, run: str, number: int) -> str:
    """The client order id of a day's ``number``-th order: a pure function, so a restart cannot invent another.

    ``run`` is drawn once when a session's journal begins and is read back from it afterwards. It keeps two
    daemons, or a daemon whose state was wiped, from meeting each other's ids, which a venue remembers for ever.
    """
    return f"{beginning(day, run)}{str(number).zfill(6)}"


def order_number(name: str, day: str, run: str) -> int:
    """Which of that day's orders ``name`` is; 0 where ``order_id`` does not make such names for this day and run."""
    begins = beginning(day, run)
    last = name[len(begins) :]
    return int(last) if name.startswith(begins) and last.isdecimal() and last.isascii() and len(last) < 10 else 0


@lru_cache(maxsize=4)  # the same for every order of a day
def beginning(day: str, run: str) -> str:
    """What the ids of a day's orders have in common."""
    return f"{day.replace('-', '')}-{run}-"


def signed(side: Side, shares: Decimal) -> Decimal:
    """``shares`` with the sign of the position they make."""
    return shares if side == "buy" else -shares
