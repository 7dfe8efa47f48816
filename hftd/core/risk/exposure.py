"""How much may be held, what is on its way counted as held."""

from hftd.core.intents import Intent
from hftd.core.risk.check import ZERO, Check, exposure_after, opening, price_of, worth_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def position(limits: Limits) -> Check:
    """The symbol's position stays within its limit, in shares.

    It is what is held once this order and the open ones on its side have filled, and none of those on the other.

    Passes nevertheless: what closes a position.
    """
    long, short = limits.max_position, -limits.max_position

    def check(intent: Intent, state: State) -> str | None:
        _, after = exposure_after(intent, state)
        if short <= after <= long or not opening(intent, state):
            return None
        return f"position would be {after} shares, allowed {long}"

    return check


def positions(limits: Limits) -> Check:
    """Not too many symbols are held, or worked by an open order, at one time.

    Passes nevertheless: an order in a symbol that is held or worked already.
    """
    most = limits.max_positions

    def check(intent: Intent, state: State) -> str | None:
        held, bound = state.ledger.positions, state.blotter.bound
        if len(held) + len(bound) < most:
            return None
        busy = {symbol for symbol, position in held.items() if position.shares}
        busy.update(symbol for symbol, orders in bound.items() if orders.buying or orders.selling)
        if len(busy) < most or intent.symbol in busy:
            return None
        return f"{len(busy)} symbols are held or worked, allowed {most}"

    return check


def gross(limits: Limits) -> Check:
    """The worth of all positions together stays within its limit, longs and shorts added up.

    Each symbol counts at the worst of its open orders: whichever of them make the position largest have filled.

    Passes nevertheless: what closes a position.
    """
    most = limits.max_gross

    def check(intent: Intent, state: State) -> str | None:
        held = (state.sums or state.valuation()).gross
        if held + worth_of(intent, state) <= most or not opening(intent, state):
            return None  # most orders pass even if all of them were new exposure
        _, after = exposure_after(intent, state)
        total = held + max(ZERO, abs(after) - state.worst(intent.symbol)) * price_of(intent, state)
        return f"gross exposure would be ${total:.2f}, allowed ${most}" if total > most else None

    return check


def net(limits: Limits) -> Check:
    """The worth of all positions together stays within its limit either way, shorts counting against longs.

    A buy is added to the sum once every open order to buy has filled and none to sell; a sell the other way round.

    Passes nevertheless: what closes a position, and what brings the sum nearer to 0.
    """
    long, short = limits.max_net, -limits.max_net

    def check(intent: Intent, state: State) -> str | None:
        sums, worth = state.sums or state.valuation(), worth_of(intent, state)
        total = sums.highest + worth if intent.side == "buy" else sums.lowest - worth
        beyond = total > long if intent.side == "buy" else total < short
        if not beyond or not opening(intent, state):
            return None
        return f"net exposure would be ${total:.2f}, allowed ${long} either way"

    return check


def buying_power(_: Limits) -> Check:
    """The account can pay: what the order opens costs no more than the buying power that is left.

    That is the venue's last word on it, less what gross exposure has grown by since.

    Passes nevertheless: what closes a position, and everything while the venue has not said a word.
    """

    def check(intent: Intent, state: State) -> str | None:
        if state.buying_power is None:
            return None
        sums = state.sums or state.valuation()
        left = state.buying_power - (sums.gross - state.gross_then)
        if worth_of(intent, state) <= left:
            return None  # enough, even if all of it opens
        more = opening(intent, state)
        cost = more * price_of(intent, state)
        return f"costs ${cost:.2f}, buying power left is ${left:.2f}" if more and cost > left else None

    return check
