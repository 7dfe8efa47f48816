"""Remembering a day from its journal: the same events pass through the engine, and what was decided then is believed.

Models hear everything again and so come back warm, but their wishes are thrown away: the journal knows which orders
left, and a model that changed over night must not rewrite that.
"""

from hftd.core.effects import Bench, Cancel, Effect, Refuse, Replace, Shadow, Submit
from hftd.core.engine import Engine
from hftd.core.intents import Intent
from hftd.core.seat import Seat


def recall(engine: Engine, effect: Effect) -> None:
    """Enter what was decided: orders that left, refusals, models benched."""
    state = engine.state
    match effect:
        case Submit(order) | Replace(order):
            state.counts["orders"] += 1
            state.pace.append(order.at)
            state.blotter.add(order)
            seat = engine.seats.get(order.model)
            if seat is not None:
                seat.counts["orders"] += 1
            if isinstance(effect, Submit) and seat is not None:
                _count(engine, seat, order.side == "buy", active=True)
        case Cancel(order, _):
            working = state.blotter.open.get(order)
            if working is not None:
                working.cancelling = working.cancel_sent = True
        case Refuse(model, wish, code):
            state.counts["refused"] += 1
            state.refusals[code] = state.refusals.get(code, 0) + 1
            seat = engine.seats.get(model)
            if seat is not None:
                seat.counts["refused"] += 1
                if isinstance(wish, Intent):
                    _count(engine, seat, wish.side == "buy", active=True)
        case Shadow(model, wish):
            seat = engine.seats.get(model)
            if seat is not None and isinstance(wish, Intent):
                _count(engine, seat, wish.side == "buy", active=False)
        case Bench(model, reason) if model in engine.seats:
            engine.bench(model, reason)
        case _:
            pass


def _count(engine: Engine, seat: Seat, buying: bool, *, active: bool) -> None:
    seat.counts["buys" if buying else "sells"] += 1
    if active:
        engine.state.counts["buy_intents" if buying else "sell_intents"] += 1
