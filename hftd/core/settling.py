"""Settling with the venue: its word is the truth, and every difference ends in an event or a line for people."""

from collections.abc import Callable
from decimal import Decimal

from hftd.core.effects import Alert, Cancel, Effect, Reconcile, Resolve
from hftd.core.events import Event, LookedUp, OrderUpdate, Snapshot, VenueOrder, VenuePosition
from hftd.core.ledger import Position
from hftd.core.orders import order_number
from hftd.core.reconcile import (
    at_rest,
    differing_positions,
    foreign_fills,
    foreign_trades,
    moving,
    outdated,
    settle_order,
    settle_orders,
)
from hftd.core.state import State

ZERO = Decimal(0)

# A request may overtake its own acceptance inside the venue, so "no such order" is believed only when it stays so.
MISSES = 5


class Settling:
    """Brings the state to the venue's word; ``live`` passes the engine an event that follows from it."""

    def __init__(self, state: State, out: list[Effect], live: Callable[[Event], None]) -> None:
        self.state = state
        self.out = out
        self._live = live

    def snapshot(self, snapshot: Snapshot) -> None:
        """Settle everything with the venue's view of the account."""
        state = self.state
        # Both are told by the last news of each symbol, and settling orders is news.
        newer_here, resting = outdated(state.blotter, snapshot), at_rest(state.blotter, snapshot)
        self._settle_orders(snapshot)
        if snapshot.brief:
            self._look_closer(snapshot, resting)
        else:
            self._settle_positions(snapshot, resting)
        if not newer_here or state.buying_power is None:
            state.ledger.cash = snapshot.cash
            state.buying_power = snapshot.buying_power
            state.gross_then = state.gross()
        state.reconciled = True

    def _settle_orders(self, snapshot: Snapshot) -> None:
        state = self.state
        settlement = settle_orders(state.blotter, snapshot, state.now)
        for event in settlement.events:
            self._live(event)
        for order in settlement.missing:
            self.out.append(Resolve(order))
        for their in settlement.risen:
            text = f"an order that had ended is open at the venue: {their.order}"
            self._alert("warning", text, their.symbol, order=their.order)
            self.out.append(Cancel(their.order, their.venue_id))
            ended = state.blotter.done[their.order]
            ended.cancelling = ended.cancel_sent = True
        for their in settlement.foreign:
            if their.order not in state.foreign:
                level, what = ("warning", "the journal lost it") if self._number(their) else ("notice", "not ours")
                text = f"{what}, and open at the venue: {their.side} {their.shares} {their.symbol} ({their.order})"
                self._alert(level, text, their.symbol, order=their.order)
            if self._number(their):
                self.out.append(Cancel(their.order, their.venue_id))
        state.foreign = frozenset(their.order for their in settlement.foreign)
        # A power cut may take the journal's last records and not the orders: no name is given twice, whoever forgot it.
        state.counts["orders"] = max(state.counts["orders"], *map(self._number, snapshot.orders), 0)

    def _number(self, their: VenueOrder) -> int:
        return order_number(their.order, self.state.day, self.state.run)

    def _look_closer(self, snapshot: Snapshot, resting: frozenset[str]) -> None:
        """A brief snapshot lacks what could explain a difference: ask for the whole one where positions are news."""
        state = self.state
        differing = self._differing(snapshot, resting)
        still = moving(state.blotter, snapshot) - resting
        if differing != {symbol: theirs for symbol, theirs in state.frozen.items() if symbol not in still}:
            self.out.append(Reconcile())

    def _settle_positions(self, snapshot: Snapshot, resting: frozenset[str]) -> None:
        state = self.state
        theirs_filled = foreign_fills(state.blotter, snapshot)
        for symbol, moved in foreign_trades(state.foreign_filled, theirs_filled, snapshot).items():
            state.foreign_moved[symbol] = state.foreign_moved.get(symbol, ZERO) + moved
        sure = self._sure(snapshot, resting) if state.settled else resting
        still = moving(state.blotter, snapshot) - sure
        differing = self._differing(snapshot, sure)
        for symbol in sorted(state.frozen.keys() - differing.keys() - still):
            del state.frozen[symbol]
            self._alert("notice", f"position of {symbol} adds up again", symbol)
        for symbol, theirs in differing.items():
            ours = state.ledger.shares(symbol)
            text = f"position of {symbol}: the venue says {theirs.shares}, we had {ours}"
            if not state.settled:
                self._adopt(theirs, "notice", f"{text}; taken over as the day began")
            elif ours + state.foreign_moved.get(symbol, ZERO) == theirs.shares:
                self._adopt(theirs, "warning", f"{text}; orders that are not ours explain it")
            elif state.frozen.get(symbol) != theirs:
                state.frozen[symbol] = theirs
                self._alert("err", f"{text}; frozen until somebody says `hftd accept {symbol}`", symbol)
        state.foreign_filled = theirs_filled
        state.foreign_moved = {symbol: moved for symbol, moved in state.foreign_moved.items() if symbol in still}
        state.settled = True

    def _sure(self, snapshot: Snapshot, resting: frozenset[str]) -> frozenset[str]:
        """Symbols of those at rest whose figures agree, or differ as they did the last time."""
        state = self.state
        before, state.doubtful = state.doubtful, {
            symbol: (state.ledger.shares(symbol), theirs.shares)
            for symbol, theirs in self._differing(snapshot, resting).items()
            if symbol in resting
        }
        told = state.doubtful
        return frozenset(each for each in resting if each not in told or before.get(each) == told[each])

    def _differing(self, snapshot: Snapshot, sure: frozenset[str]) -> dict[str, VenuePosition]:
        state = self.state
        found = differing_positions(state.ledger, state.blotter, snapshot, sure)
        return {theirs.symbol: theirs for theirs in found}

    def accept(self, symbol: str, by: str) -> None:
        """Take the venue's figure of a frozen position: somebody said so."""
        theirs = self.state.frozen.pop(symbol, None)
        if theirs is not None:
            self._take_over(theirs)
            self._alert("notice", f"{by} accepted {theirs.shares} {theirs.symbol}", theirs.symbol)

    def _adopt(self, theirs: VenuePosition, level: str, text: str) -> None:
        self._alert(level, text, theirs.symbol)
        position = self._take_over(theirs)
        if not self.state.book.watch(theirs.symbol).first:
            position.carry()  # nothing traded yet today: what it makes and loses is counted from the first print

    def _take_over(self, theirs: VenuePosition) -> Position:
        """What changed without an order of ours first closes what models hold, and is nobody's beyond that."""
        state = self.state
        changed = theirs.shares - state.ledger.shares(theirs.symbol)
        if changed:
            state.accounts.close(theirs.symbol, changed, theirs.price)
        return state.ledger.adopt(theirs)

    def looked_up(self, event: LookedUp) -> None:
        """Settle one order with what the venue says of it."""
        working = self.state.blotter.open.get(event.order)
        if working is None:
            return
        if event.found is not None:
            for settled in settle_order(working, event.found, self.state.now):
                self._live(settled)
            return
        working.misses += 1
        if working.misses < MISSES:
            self.out.append(Resolve(event.order))
        else:
            reason = f"the venue never heard of it (asked {MISSES} times)"
            self._live(OrderUpdate(event.order, "rejected", event.seen, event.seen, "", reason))

    def _alert(self, level: str, text: str, symbol: str = "", order: str = "") -> None:
        self.out.append(Alert(level, text, symbol, "", order))
