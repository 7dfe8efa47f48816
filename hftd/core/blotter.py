"""The day's orders: which are open, what they have filled, what they still bind."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from hftd.core.events import Fill, Left, OrderStatus, OrderUpdate, Side
from hftd.core.orders import TERMINAL, Order, Working

ZERO = Decimal(0)
REMEMBERED = 10_000  # finished orders kept for late answers, and executions kept against doubled fills

# A late message never takes an order back: a status replaces one of the same or a lower rank only.
# Doubt is not old news: an answer may be lost at any time.
_RANK: Mapping[OrderStatus, int] = {"sent": 0, "unknown": 1, "accepted": 1, "partially_filled": 2}

# A report may be this late (ns) and still be of what the venue's totals said: two clocks differ, answers travel.
LATE = 1_000_000_000


class Bound(Struct, gc=False):
    """Shares of one symbol that open orders may still buy and sell, how many orders have an unknown fate, last news."""

    buying: Decimal = ZERO
    selling: Decimal = ZERO
    unknown: int = 0
    touched: int = 0

    def add(self, side: Side, shares: Decimal) -> None:
        """Count ``shares`` more that may be bought or sold; fewer where they are below 0."""
        if side == "buy":
            self.buying += shares
        else:
            self.selling += shares

    def touch(self, at: int) -> None:
        """There was news at ``at`` (ns UTC)."""
        if at > self.touched:
            self.touched = at


class Blotter:
    """Open orders by client id, finished ones for a while, and what the open ones bind, symbol by symbol."""

    __slots__ = ("_executions", "bound", "done", "open")

    def __init__(self) -> None:
        self.open: dict[str, Working] = {}
        self.done: OrderedDict[str, Working] = OrderedDict()
        self.bound: dict[str, Bound] = {}
        self._executions: OrderedDict[str, None] = OrderedDict()

    def find(self, order: str) -> Working | None:
        """The order with this client id, open or finished."""
        return self.open.get(order) or self.done.get(order)

    def of(self, model: str = "", symbol: str = "") -> Iterator[Working]:
        """Open orders of a model, in a symbol, or both; a copy, so that they may be changed on the way."""
        for working in tuple(self.open.values()):
            order = working.order
            if (not model or order.model == model) and (not symbol or order.symbol == symbol):
                yield working

    def bind(self, symbol: str) -> Bound:
        """What open orders bind in ``symbol``."""
        bound = self.bound.get(symbol)
        if bound is None:
            bound = self.bound[symbol] = Bound()
        return bound

    def add(self, order: Order) -> Working:
        """Enter an order that is about to be sent."""
        working = self.open[order.id] = Working(order)
        bound = self.bind(order.symbol)
        bound.add(order.side, order.shares)
        bound.touch(order.at)
        return working

    def take_over(self, left: Left) -> None:
        """Enter an order the day before left open."""
        order = Order(
            left.order, left.model, left.symbol, left.side, left.shares, left.limit, left.tif, left.at, left.replaces
        )  # fmt: skip
        working = self.add(order)
        working.status, working.filled, working.cost, working.venue_id = (
            left.status, left.filled, left.cost, left.venue_id
        )  # fmt: skip
        working.cancelling, working.cancel_sent, working.taken = left.cancelling, left.cancel_sent, left.taken
        working.assumed, working.assumed_at = left.assumed, left.assumed_at
        bound = self.bind(order.symbol)
        bound.add(order.side, -left.filled)
        bound.unknown += left.status == "unknown"

    def left(self) -> tuple[Left, ...]:
        """Every open order, for the day that follows."""
        return tuple(_left(working) for working in self.open.values())

    def update(self, update: OrderUpdate) -> Working | None:
        """Move an order to what the venue says; None where it is not ours, or old news that does not even name it."""
        working = self.open.get(update.order)
        if working is None:
            return None
        named = bool(update.venue_id) and not working.venue_id
        working.venue_id = update.venue_id or working.venue_id
        if update.status != "unknown":
            working.misses = 0
            if update.status not in TERMINAL and _RANK[update.status] < _RANK[working.status]:
                return working if named else None
        bound = self.bound[working.order.symbol]
        self._status(working, bound, update.status)
        working.reason = update.reason or working.reason
        bound.touch(update.seen)
        return working

    def was_assumed(self, fill: Fill) -> bool:
        """Whether ``fill`` is the late report of shares the venue's totals brought; asking counts as the report."""
        working = self.find(fill.order)
        if working is None or not working.assumed:
            return False
        if fill.shares > working.assumed or fill.ts > working.assumed_at + LATE:
            return False
        working.assumed -= fill.shares
        return True

    def fill(self, fill: Fill) -> Working | None:
        """Book an execution on its order; None where the order is not ours.

        Raises ValueError when the venue fills more than was ordered: the caller decides what that means.
        """
        working = self.find(fill.order)
        if working is None:
            return None
        order, shares, filled = working.order, fill.shares, working.filled + fill.shares
        if filled > order.shares:
            raise ValueError(f"filled {working.filled} + {shares} of {order.shares} shares")
        working.filled = filled
        working.cost += shares * fill.price
        working.venue_id = working.venue_id or fill.venue_id
        if fill.assumed:
            working.assumed += shares
            working.assumed_at = fill.seen
        bound = self.bound[order.symbol]
        bound.touch(fill.seen)
        if working.open:
            bound.add(order.side, -shares)
            self._status(working, bound, "filled" if filled == order.shares else "partially_filled")
        return working

    def is_news(self, execution: str) -> bool:
        """Whether this execution was never reported before; asking counts as reporting it."""
        if execution in self._executions:
            return False
        self._executions[execution] = None
        if len(self._executions) > REMEMBERED:
            self._executions.popitem(last=False)
        return True

    def _status(self, working: Working, bound: Bound, status: OrderStatus) -> None:
        order, left = working.order, working.left
        if (status == "filled" and left) or status == "accepted":
            # What the fills say is believed: until they are here, what is missing stays bound.
            status = "partially_filled" if working.filled else "accepted"
        bound.unknown += (status == "unknown") - (working.status == "unknown")
        working.status = status
        if status in TERMINAL:
            if left:
                bound.add(order.side, -left)
            self.done[order.id] = self.open.pop(order.id)
            if len(self.done) > REMEMBERED:
                self.done.popitem(last=False)


def _left(working: Working) -> Left:
    order = working.order
    average = working.cost / working.filled if working.filled else ZERO
    return Left(
        order.id, working.venue_id, order.symbol, order.side, order.shares, working.filled, average, working.status,
        order.limit, order.model, order.tif, order.at, order.replaces, working.cost, working.cancelling,
        working.cancel_sent, working.taken, working.assumed, working.assumed_at,
    )  # fmt: skip
