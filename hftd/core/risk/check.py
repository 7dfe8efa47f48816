"""What a risk check is: a question about one intent, answered from the state."""

from collections.abc import Callable
from decimal import Decimal

from hftd.core.intents import Intent
from hftd.core.state import State

Check = Callable[[Intent, State], str | None]
"""None where the intent may pass, else in words what was found and what is allowed."""

ZERO = Decimal(0)


def exposure_after(intent: Intent, state: State) -> tuple[Decimal, Decimal]:
    """Signed shares of the intent's symbol now, and at the worst once it and the orders beside it have filled."""
    held = state.ledger.shares(intent.symbol)
    bound = state.blotter.bound.get(intent.symbol)
    if intent.side == "buy":
        return held, held + (bound.buying if bound is not None else ZERO) + intent.shares
    return held, held - (bound.selling if bound is not None else ZERO) - intent.shares


def opening(intent: Intent, state: State) -> Decimal:
    """Shares of the intent that make the position larger, orders on their way counted; 0 where it only closes."""
    held, after = exposure_after(intent, state)
    if held * after < 0:  # through flat: only what lies beyond it opens
        return min(intent.shares, abs(after))
    return max(ZERO, min(intent.shares, abs(after) - abs(held)))


def price_of(intent: Intent, state: State) -> Decimal:
    """Dollars a share the intent may cost: its limit, else the far side of the book; 0 where nothing is known."""
    if intent.limit is not None:
        return intent.limit
    line = state.book.lines.get(intent.symbol)
    return line.far_side(buying=intent.side == "buy") if line is not None else ZERO
