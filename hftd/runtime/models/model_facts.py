"""How each model does, as plain data: figures of money and shares are text, times ns UTC."""

from typing import Any

from hftd.config.secret import struck_json
from hftd.core.blotter import Blotter
from hftd.core.engine import Engine
from hftd.core.ledger import Ledger
from hftd.core.seat import Seat
from hftd.core.valuation import value
from hftd.runtime.models.stopwatch import Stopwatch


def model_facts(engine: Engine, seat: Seat, watch: Stopwatch | None) -> dict[str, Any]:
    """What can be said of one model."""
    state = engine.state
    ledger = state.accounts.ledgers.get(seat.name) or Ledger()
    watch = watch or Stopwatch()
    median, far = watch.quantiles([0.5, 0.99])
    return {
        "state": seat.standing,
        "reason": seat.reason,
        "version": seat.version.digest[:12],
        "options": struck_json(seat.version.options),
        "canary": seat.version.canary,
        "entered": seat.entered,
        "age_seconds": max(0, state.now - seat.entered) // 10**9 if seat.entered else None,
        "symbols": list(seat.symbols),
        "decisions": seat.counts["buys"] + seat.counts["sells"],
        **seat.counts,
        "profit": str(round(value(ledger, Blotter(), state.book).profit, 2)),
        "positions": {symbol: str(each.shares) for symbol, each in ledger.positions.items() if each.shares},
        "latency_us": {
            "count": len(watch.latest),
            "p50": round(median / 1000, 1),
            "p99": round(far / 1000, 1),
        },
    }
