"""Hold what we believe against what the venue says. The answer is what must still happen for both to agree."""

from decimal import Decimal

from msgspec import Struct

from hftd.core.blotter import Blotter
from hftd.core.events import Fill, OrderUpdate, Snapshot, VenueOrder, VenuePosition
from hftd.core.ledger import Ledger
from hftd.core.orders import Working


class Settlement(Struct, frozen=True):
    """Events that bring our orders to the venue's word, and orders the venue did not mention."""

    events: tuple[Fill | OrderUpdate, ...]
    missing: tuple[str, ...]


def settle_orders(blotter: Blotter, snapshot: Snapshot) -> Settlement:
    """What happened to our open orders while nobody told us. A pure function of its arguments."""
    theirs = {order.order: order for order in snapshot.orders}
    events: list[Fill | OrderUpdate] = []
    missing: list[str] = []
    for name, working in blotter.open.items():
        their = theirs.get(name)
        if their is not None:
            events += settle_order(working, their, snapshot.seen)
        elif working.order.at < snapshot.asked:
            missing.append(name)
    return Settlement(tuple(events), tuple(missing))


def settle_order(working: Working, their: VenueOrder, seen: int) -> tuple[Fill | OrderUpdate, ...]:
    """What brings one order to the venue's word.

    Shares the venue filled and we did not hear of become one fill at the price that makes the averages agree.
    """
    update = OrderUpdate(their.order, their.status, seen, seen, their.venue_id, "reconciled")
    unheard = their.filled - working.filled
    return (_fill(working, their, unheard, seen), update) if unheard > 0 else (update,)


def differing_positions(ledger: Ledger, blotter: Blotter, snapshot: Snapshot) -> tuple[VenuePosition, ...]:
    """Positions where the venue's figure is not ours.

    Symbols with open orders, or with news since the question was put, are left out: both figures are moving.
    """
    theirs = {position.symbol: position for position in snapshot.positions}
    busy = {working.order.symbol for working in blotter.open.values()}
    busy |= {symbol for symbol, bound in blotter.bound.items() if bound.touched > snapshot.asked}
    differing = []
    for symbol in sorted((theirs.keys() | ledger.positions.keys()) - busy):
        their = theirs.get(symbol) or VenuePosition(symbol, Decimal(0), Decimal(0))
        if their.shares != ledger.shares(symbol):
            differing.append(their)
    return tuple(differing)


def _fill(working: Working, their: VenueOrder, unheard: Decimal, seen: int) -> Fill:
    price = (their.average * their.filled - working.cost) / unheard
    execution = f"reconciled:{their.venue_id}:{their.filled}"
    order = working.order
    return Fill(order.id, execution, order.symbol, order.side, unheard, price, seen, seen, their.venue_id)
