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
        return None if reason is None or not opening(intent, state) else reason


def exposure_after(intent: Intent, state: State) -> tuple[Decimal, Decimal]:
    """Signed shares of the intent's symbol now, and at the worst once it and the orders beside it have filled."""
    symbol = intent.symbol
    position, bound = state.ledger.positions.get(symbol), state.blotter.bound.get(symbol)
    held = position.shares if position is not None else ZERO
    if intent.side == "buy":
        return held, held + intent.shares + (bound.buying if bound is not None else ZERO)
    return held, held - intent.shares - (bound.selling if bound is not None else ZERO)


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
    line = state.book.lines.get(intent.symbol)
    return line.far_side(buying=intent.side == "buy") if line is not None else ZERO


def worth_of(intent: Intent, state: State) -> Decimal:
    """Dollars the whole of the intent may cost; 0 where its price is not known. Worked out once an intent."""
    if intent is state.asked and state.asked_worth is not None:
        return state.asked_worth
    worth = intent.shares * price_of(intent, state)
    if intent is state.asked:
        state.asked_worth = worth
    return worth
