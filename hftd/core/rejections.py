"""The venue's rejections in a row, symbol by symbol and model by model: when a row goes on, and when it ends."""

from collections.abc import Iterable, Mapping

from hftd.core.orders import Order, Working
from hftd.core.risk.check import Check
from hftd.core.risk.rejects import Patience
from hftd.core.seat import Seat
from hftd.core.state import State

# What becomes of an order the venue has not taken, or not yet.
NOT_TAKEN = frozenset({"sent", "unknown", "rejected"})


class Rejections:
    """Keeps the rows in ``state`` and in ``seats``; among ``checks`` is the one that says how long a row may be."""

    def __init__(self, state: State, seats: Mapping[str, Seat], checks: Iterable[tuple[str, Check]]) -> None:
        self._state = state
        self._seats = seats
        self.hold_to(checks)

    def hold_to(self, checks: Iterable[tuple[str, Check]]) -> None:
        """Go by the patience among ``checks`` from now on."""
        self._patience = tuple(check for _, check in checks if isinstance(check, Patience))

    def add(self, order: Order, at: int) -> str:
        """``order`` was rejected at ``at`` (ns UTC); why its model must be benched for that, or empty."""
        self._state.rejected(order.symbol, at)
        seat = self._seats.get(order.model)
        if seat is None:
            return ""
        seat.rejects += 1
        return next((reason for patience in self._patience if (reason := patience.lost(seat.rejects))), "")

    def end(self, working: Working) -> None:
        """Where the venue took the order, the rows of its symbol and its model end; once an order."""
        if working.taken or working.status in NOT_TAKEN:
            return
        working.taken = True
        self._state.taken(working.order.symbol)
        seat = self._seats.get(working.order.model)
        if seat is not None:
            seat.rejects = 0
