"""Hold what we believe against what the venue says. The answer is what must still happen for both to agree."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from hftd.core.blotter import Blotter
from hftd.core.events import Fill, OrderUpdate, Snapshot, VenueOrder, VenuePosition
from hftd.core.ledger import Ledger
from hftd.core.orders import TERMINAL, Working, signed

ZERO = Decimal(0)


class Settlement(Struct, frozen=True):
    """What the venue's orders say of ours."""

    events: tuple[Fill | OrderUpdate, ...] = ()
    """What brings our orders to the venue's word."""
    missing: tuple[str, ...] = ()
    """Open orders the venue did not mention."""
    risen: tuple[VenueOrder, ...] = ()
    """Orders we took for ended that the venue still works."""
    foreign: tuple[VenueOrder, ...] = ()
    """Open orders that are not ours."""


def settle_orders(blotter: Blotter, snapshot: Snapshot, now: int) -> Settlement:
    """What happened to our orders while nobody told us; ``now`` is our clock. A pure function of its arguments."""
    theirs = {order.order: order for order in snapshot.orders}
    events: list[Fill | OrderUpdate] = []
    missing: list[str] = []
    risen: list[VenueOrder] = []
    foreign: list[VenueOrder] = []
    for name, working in blotter.open.items():
        their = theirs.get(name)
        if their is not None:
            events += settle_order(working, their, now)
        elif working.order.at < snapshot.asked:
            missing.append(name)
    for name, their in theirs.items():
        ended = blotter.done.get(name)
        if ended is None:
            if name not in blotter.open and their.status not in TERMINAL:
                foreign.append(their)
        elif their.filled > ended.filled:
            events.append(_fill(ended, their, now))
        elif their.status not in TERMINAL and not _moved(blotter, their.symbol, snapshot):
            risen.append(their)
    return Settlement(tuple(events), tuple(missing), tuple(risen), tuple(foreign))


def settle_order(working: Working, their: VenueOrder, now: int) -> tuple[Fill | OrderUpdate, ...]:
    """What brings one order to the venue's word.

    Shares the venue filled and we did not hear of become one fill at the price that makes the averages agree.
    """
    update = OrderUpdate(their.order, their.status, now, now, their.venue_id, "reconciled")
    return (_fill(working, their, now), update) if their.filled > working.filled else (update,)


def moving(blotter: Blotter, snapshot: Snapshot) -> frozenset[str]:
    """Symbols whose figures are moving: with open orders, or with news since the question was put."""
    busy = {working.order.symbol for working in blotter.open.values()}
    return frozenset(busy | {symbol for symbol in blotter.bound if _moved(blotter, symbol, snapshot)})


def at_rest(blotter: Blotter, snapshot: Snapshot) -> frozenset[str]:
    """Symbols that move for no other reason than open orders the snapshot has, with the shares filled that we have.

    What fills between the venue's answers, orders first and positions then, is in one of them only: a difference of
    theirs is believed when it is the same twice.
    """
    theirs = {order.order: order.filled for order in snapshot.orders}
    busy = {working.order.symbol for working in blotter.open.values()}
    live = {each.order.symbol for name, each in blotter.open.items() if theirs.get(name) != each.filled}
    return frozenset(symbol for symbol in busy - live if not _moved(blotter, symbol, snapshot))


def outdated(blotter: Blotter, snapshot: Snapshot) -> bool:
    """Whether an order was sent, moved or filled since the question was put: then our money is newer than theirs."""
    return any(_moved(blotter, symbol, snapshot) for symbol in blotter.bound)


def differing_positions(
    ledger: Ledger, blotter: Blotter, snapshot: Snapshot, sure: frozenset[str] = frozenset()
) -> tuple[VenuePosition, ...]:
    """Positions where the venue's figure is not ours, by symbol.

    What is moving is left for the next snapshot, but for symbols that are ``sure``.
    """
    theirs = {position.symbol: position for position in snapshot.positions}
    differing = []
    for symbol in sorted((theirs.keys() | ledger.positions.keys()) - (moving(blotter, snapshot) - sure)):
        their = theirs.get(symbol) or VenuePosition(symbol, Decimal(0), Decimal(0))
        if their.shares != ledger.shares(symbol):
            differing.append(their)
    return tuple(differing)


def foreign_fills(blotter: Blotter, snapshot: Snapshot) -> dict[str, Decimal]:
    """Shares filled of each order in the snapshot that is not ours, signed by what they did to the position."""
    return {
        their.order: signed(their.side, their.filled)
        for their in snapshot.orders
        if their.filled and blotter.find(their.order) is None
    }


def foreign_trades(
    before: Mapping[str, Decimal], after: Mapping[str, Decimal], snapshot: Snapshot
) -> dict[str, Decimal]:
    """What orders that are not ours did to each position between two ``foreign_fills``: signed shares by symbol."""
    done: dict[str, Decimal] = {}
    for their in snapshot.orders:
        moved = after.get(their.order, ZERO) - before.get(their.order, ZERO)
        if moved:
            done[their.symbol] = done.get(their.symbol, ZERO) + moved
    return done


def _moved(blotter: Blotter, symbol: str, snapshot: Snapshot) -> bool:
    bound = blotter.bound.get(symbol)
    return bound is not None and bound.touched >= snapshot.asked


def _fill(working: Working, their: VenueOrder, now: int) -> Fill:
    unheard = their.filled - working.filled
    price = (their.average * their.filled - working.cost) / unheard
    order, execution = working.order, f"reconciled:{their.venue_id}:{their.filled}"
    return Fill(
        order.id, execution, order.symbol, order.side, unheard, price, now, now, their.venue_id, assumed=True
    )  # fmt: skip
