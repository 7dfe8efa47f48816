"""An account must not trade with itself."""

from hftd.core.intents import Intent
from hftd.core.orders import Order
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def self_trade(_: Limits) -> Check:
    """No open order of the account, whichever model's, stands on the other side and could trade with this one.

    Two orders could trade with each other where one of them is at the market, or where the buyer's limit is not below
    the seller's. An order that is being withdrawn is open until it has ended. Alpaca refuses such an order as a wash
    trade, on paper too.

    Passes nevertheless: nothing, for the venue would refuse it.
    """

    def check(intent: Intent, state: State) -> str | None:
        bound = state.blotter.bound.get(intent.symbol)
        if bound is None or not (bound.selling if intent.side == "buy" else bound.buying):
            return None
        for working in state.blotter.open.values():
            order = working.order
            if _could_trade(intent, order):
                price = "at the market" if order.limit is None else f"at {order.limit}"
                return f"could trade with our own order to {order.side} {price}: {order.id}"
        return None

    return check


def _could_trade(intent: Intent, order: Order) -> bool:
    if order.symbol != intent.symbol or order.side == intent.side:
        return False
    if order.limit is None or intent.limit is None:
        return True
    return intent.limit >= order.limit if intent.side == "buy" else intent.limit <= order.limit
