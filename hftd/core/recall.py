"""Remembering a day from its journal: the same events pass through the engine, and what was decided then is believed.

Models hear everything again and so come back warm, but their wishes are thrown away: the journal knows which orders
left, and a model that changed over night must not rewrite that.
"""

from hftd.core.effects import (
    Aim,
    Bench,
    Cancel,
    CancelLater,
    Effect,
    KillSwitch,
    Refuse,
    Replace,
    Shadow,
    Stand,
    Submit,
    WakeAt,
)
from hftd.core.engine import Engine
from hftd.core.events import Side
from hftd.core.intents import Intent
from hftd.core.orders import Order
from hftd.core.seat import FLATTEN


def recall(engine: Engine, effect: Effect) -> None:
    """Enter what was decided: orders that left, withdrawals, refusals, the kill switch, timers, models benched."""
    match effect:
        case Submit(order):
            _sent(engine, order)
            _wished(engine, order.model, order.side)
        case Replace(order):
            _sent(engine, order)
        case Cancel(name, _):
            _withdrawn(engine, name, asked=True)
        case CancelLater(name):
            _withdrawn(engine, name, asked=False)
        case Refuse():
            _refused(engine, effect)
        case Shadow(model, Intent(side=side)) if model in engine.seats:
            engine.seats[model].wished(side)
        case KillSwitch(reason):
            engine.state.halted = reason
        case _:
            _of_model(engine, effect)


def _of_model(engine: Engine, effect: Effect) -> None:
    match effect:
        case WakeAt(key, at):
            name, _, own = key.partition(":")
            if name in engine.seats:
                engine.seats[name].alarms.add((at, own))
        case Aim(model, symbol, shares):
            engine.state.aim(model, symbol, shares)
        case Bench(model, reason) if model in engine.seats:
            engine.bench(model, reason)
        case Stand(model, standing, reason) if model in engine.seats:
            engine.stand(model, standing, reason)
        case _:
            pass


def _sent(engine: Engine, order: Order) -> None:
    engine.state.send(order)
    seat = engine.seats.get(order.model)
    if seat is not None:
        seat.counts["orders"] += 1


def _refused(engine: Engine, effect: Refuse) -> None:
    engine.state.refuse(effect.code)
    seat = engine.seats.get(effect.model)
    if seat is not None:
        seat.counts["refused"] += 1
    if isinstance(effect.wish, Intent):
        _wished(engine, effect.model, effect.wish.side)


def _wished(engine: Engine, model: str, side: Side) -> None:
    if model == FLATTEN:
        return
    engine.state.wished(side)
    if model in engine.seats:
        engine.seats[model].wished(side)


def _withdrawn(engine: Engine, order: str, *, asked: bool) -> None:
    working = engine.state.blotter.find(order)  # in the same step it may have ended since
    if working is not None:
        working.cancelling = True
        working.cancel_sent = working.cancel_sent or asked
