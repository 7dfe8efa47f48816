"""How the daemon is: as one line for people, as plain data for programs."""

from typing import Any

from hftd.core.engine import Engine
from hftd.runtime.people.narrator import clock_text
from hftd.runtime.speed.latency import Latency

TRADING = frozenset({"open", "closing"})
"""Phases in which market data is expected."""


class Pace:
    """Market events a second, over the last second or so."""

    def __init__(self) -> None:
        self.per_second = 0.0
        self._count = 0
        self._at = 0.0

    def note(self, count: int, now: float) -> None:
        """``count`` events so far, at monotonic ``now`` (s)."""
        if self._at and now > self._at:
            self.per_second = max(0.0, (count - self._count) / (now - self._at))
        self._count, self._at = count, now


def market_events(engine: Engine) -> int:
    """Market events seen in this session."""
    counts = engine.state.counts
    return counts["trades"] + counts["quotes"] + counts["bars"] + counts["outside"]


def line(engine: Engine, pace: Pace, tick_to_order: Latency, trouble: str) -> str:
    """One line worth reading: session, price, position, profit, pace, orders, latency. ``trouble`` comes first."""
    state = engine.state
    parts = [trouble] if trouble else []
    if not state.now:
        return " · ".join([*parts, "starting"])
    if state.phase == "asleep":
        until = f" until {clock_text(state.phase_until)}" if state.phase_until else ""
        return " · ".join([*parts, f"asleep{until}"])
    if not state.reconciled:
        parts = [f"waiting for the venue: {trouble}" if trouble else "waiting for the venue"]
    if state.halted:
        parts.append(f"STOPPED{', GIVING UP POSITIONS' if state.flattening else ''}: {state.halted}")
    parts.append(f"{state.phase}, extended hours" if state.extended and state.phase in TRADING else state.phase)
    if state.frozen:
        parts.append(f"frozen: {', '.join(sorted(state.frozen))}")
    parts += [f"{symbol} {state.price(symbol):.2f}" for symbol in sorted(state.symbols)[:3] if state.price(symbol)]
    held = {symbol: position.shares for symbol, position in state.ledger.positions.items() if position.shares}
    parts.append(", ".join(f"{shares:+} {symbol}" for symbol, shares in sorted(held.items())[:3]) or "flat")
    parts.append(f"${state.profit():+,.2f}")
    parts.append(f"{pace.per_second:,.0f} ticks/s")
    counts = state.counts
    parts.append(f"{counts['orders']:,} orders, {counts['refused']:,} refused")
    if tick_to_order.count:
        median, far = tick_to_order.quantiles([0.5, 0.99])
        parts.append(f"p50 {median / 1000:.0f} µs, p99 {far / 1000:.0f} µs")
    return " · ".join(parts)


def facts(engine: Engine, pace: Pace, tick_to_order: Latency, trouble: str) -> dict[str, Any]:
    """The same and more, for programs; figures of money and shares are text, times ns UTC."""
    state = engine.state
    median, far = tick_to_order.quantiles([0.5, 0.99])
    return {
        "status": line(engine, pace, tick_to_order, trouble),
        "trouble": trouble,
        "now": state.now,
        "day": state.day,
        "phase": state.phase,
        "phase_until": state.phase_until,
        "reconciled": state.reconciled,
        "halted": state.halted,
        "frozen": {symbol: str(theirs.shares) for symbol, theirs in state.frozen.items()},
        "feeds": dict(state.feeds),
        "cash": str(state.ledger.cash),
        "profit": str(round(state.profit(), 2)),
        "positions": {
            symbol: {"shares": str(position.shares), "average": str(round(position.average, 4))}
            for symbol, position in state.ledger.positions.items()
            if position.shares
        },
        "open_orders": [working.order.id for working in state.blotter.of()],
        "counts": dict(state.counts),
        "refusals": dict(state.refusals),
        "models": {
            seat.name: {"state": seat.standing, "reason": seat.reason, "symbols": list(seat.symbols), **seat.counts}
            for seat in engine.seats.values()
        },
        "ticks_per_second": round(pace.per_second, 1),
        "tick_to_order_us": {
            "count": tick_to_order.count,
            "p50": round(median / 1000, 1),
            "p99": round(far / 1000, 1),
        },
    }
