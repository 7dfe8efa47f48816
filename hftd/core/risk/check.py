"""What a risk check is: a question about one intent, answered from the state."""

from collections.abc import Callable
from decimal import Decimal

from hftd.core.intents import Intent
from hftd.core.state import State

Check = Callable[[Intent, State], str | None]
"""None where the intent may pass, else in words what was found and what is allowed."""

ZERO = Decimal(0)


class Tripwire:
    """A check of the account as a whole: its first refusal throws the kill switch.

    ``broken`` says of the account why trading must stop, or None; it is also asked when nobody wishes anything: after
    each fill, each settlement with the venue, and each minute of a symbol. What closes a position may pass.
    """

    def __init__(self, broken: Callable[[State], str | None]) -> None:
        self.broken = broken

    def __call__(self, intent: Intent, state: State) -> str | None:
        """As every check: why the intent may not pass, or None."""
        reason = self.broken(state)
        return reason if reason is not None and opening(intent, state) else None


def exposure_after(intent: Intent, state: State) -> tuple[Decimal, Decimal]:
    """Signed shares of the intent's symbol now, and at the worst once it and the orders beside it have filled."""
    held = state.ledger.shares(intent.symbol)
    bound = state.blotter.bound.get(intent.symbol)
    if intent.side == "buy":
        return held, held + (bound.buying if bound is not None else ZERO) + intent.shares
    return held, held - (bound.selling if bound is not None else ZERO) - intent.shares


def opening(intent: Intent, state: State) -> Decimal:
    """Shares of the intent that make the position larger, orders on their way counted; 0 where it only closes."""
    held = state.ledger.shares(intent.symbol)
    if held >= ZERO if intent.side == "buy" else held <= ZERO:
        return max(ZERO, intent.shares)  # away from flat: all of it opens
    held, after = exposure_after(intent, state)
    if held * after < 0:  # through flat: only what lies beyond it opens
        return min(intent.shares, abs(after))
    return max(ZERO, min(intent.shares, abs(after) - abs(held)))


def price_of(intent: Intent, state: State) -> Decimal:
    """Dollars a share the intent may cost: its limit, else the far side of the book; 0 where nothing is known."""
    if intent.limit is not None:
        return intent.limit
    asked = intent is state.asked
    if asked and state.asked_price is not None:
        return state.asked_price
    line = state.book.lines.get(intent.symbol)
    price = line.far_side(buying=intent.side == "buy") if line is not None else ZERO
    if asked:
        state.asked_price = price
    return price
