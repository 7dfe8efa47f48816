"""The checks hftd ships, in the order they are asked. A check's name is the code of its refusals."""

from collections.abc import Callable, Mapping

from hftd.core.risk import exposure, gate, pace, price, size
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits

# Cheap and decisive first: most refusals of a bad moment never reach the arithmetic.
SHIPPED: Mapping[str, Callable[[Limits], Check]] = {
    "halt": gate.halt,
    "session": gate.session,
    "symbol": gate.symbol,
    "frozen": gate.frozen,
    "unknown_order": gate.unknown_order,
    "market_halt": gate.market_halt,
    "pace": pace.pace,
    "open_orders": pace.open_orders,
    "lot": size.lot,
    "size": size.size,
    "tick": price.tick,
    "stale": price.stale,
    "collar": price.collar,
    "notional": size.notional,
    "position": exposure.position,
    "gross": exposure.gross,
    "buying_power": exposure.buying_power,
    "loss": exposure.loss,
}
