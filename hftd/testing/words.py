"""Events and effects in a few words, for the story of a test."""

from hftd.core.effects import Bench, Cancel, CancelLater, Effect, Refuse, Replace, Shadow, Submit, WakeAt
from hftd.core.events import Bar, Event, Fill, OrderUpdate, Quote, SessionPhase, Timer, Trade
from hftd.core.orders import Order


def event_words(event: Event) -> str:
    """What happened, in one line."""
    match event:
        case Trade():
            return f"trade {event.symbol}: {event.size} at {event.price}"
        case Quote():
            return f"quote {event.symbol}: {event.bid_size} at {event.bid}, {event.ask_size} at {event.ask}"
        case Bar():
            return f"bar {event.symbol} ({event.span}): {event.open} {event.high} {event.low} {event.close}"
        case Fill():
            return f"filled: {event.side} {event.shares} {event.symbol} at {event.price}, {event.order}"
        case OrderUpdate():
            return f"order {event.order}: {event.status} {event.reason}".rstrip()
        case SessionPhase():
            return f"session {event.day}: {event.phase}"
        case Timer():
            return f"timer {event.key}"
    return str(event)


def effect_words(effect: Effect) -> str:
    """What followed, in one line."""
    match effect:
        case Submit(order):
            return f"sent: {_order(order)}"
        case Replace(order):
            return f"sent to replace another: {_order(order)}"
        case Cancel(order, _):
            return f"cancel asked: {order}"
        case CancelLater(order):
            return f"to be cancelled once the venue has named it: {order}"
        case Refuse(_, _, code, reason):
            return f"refused ({code}): {reason}"
        case Shadow(_, wish):
            return f"in the shadow: {wish}"
        case Bench(_, reason):
            return f"benched: {reason}"
        case WakeAt(key, _):
            return f"timer asked for: {key}"
    return str(effect)


def _order(order: Order) -> str:
    price = "at the market" if order.limit is None else f"limit {order.limit}"
    return f"{order.side} {order.shares} {order.symbol} {price}, {order.id}"
