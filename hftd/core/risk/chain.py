"""The checks hftd ships, in the order they are asked. A check's name is the code of its refusals."""

from collections.abc import Callable, Mapping

from hftd.core.risk import exposure, gate, loss, pace, price, rejects, self_trade, size, value_at_risk
from hftd.core.risk.check import Check
from hftd.core.risk.glance import Glance, glance
from hftd.core.risk.limits import Limits

# Cheap and decisive first: most refusals of a bad moment never reach the arithmetic.
SHIPPED: Mapping[str, Callable[[Limits], Check]] = {
    "halt": gate.halt,
    "session": gate.session,
    "clock": gate.clock,
    "symbol": gate.symbol,
    "frozen": gate.frozen,
    "unknown_order": gate.unknown_order,
    "market_halt": gate.market_halt,
    "rejects": rejects.rejects,
    "pace": pace.pace,
    "same_order": pace.same_order,
    "open_orders": pace.open_orders,
    "lot": size.lot,
    "size": size.size,
    "tick": price.tick,
    "stale": price.stale,
    "collar": price.collar,
    "self_trade": self_trade.self_trade,
    "notional": size.notional,
    "position": exposure.position,
    "positions": exposure.positions,
    "gross": exposure.gross,
    "net": exposure.net,
    "buying_power": exposure.buying_power,
    "value_at_risk": value_at_risk.value_at_risk,
    "loss": loss.loss,
    "drawdown": loss.drawdown,
}

OF_THE_ORDER = frozenset(tuple(SHIPPED)[: tuple(SHIPPED).index("position")])
"""Those that look at the moment and the order; the others look at the account."""


class Chain(tuple[tuple[str, Check], ...]):
    """Checks in the order they are asked, each with the code of its refusals."""

    sure: Glance | None = None
    """How many of those that hftd ships are sure to pass; None where one is missing, or another has its name."""


def chain(factories: Mapping[str, Callable[[Limits], Check]], limits: Limits) -> Chain:
    """Every check that ``factories`` make, under ``limits``."""
    made = Chain((code, factory(limits)) for code, factory in factories.items())
    if all(factories.get(code) is factory for code, factory in SHIPPED.items()):
        made.sure = glance(limits)
    return made
