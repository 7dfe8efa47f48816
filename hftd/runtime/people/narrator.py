"""What happened, told to people: one log line for each event and effect worth one, with its fields for machines."""

import logging
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hftd.core.effects import Alert, Bench, Cancel, Effect, KillSwitch, Refuse, Replace, Resolve, Stand, Stop, Submit
from hftd.core.events import (
    ClockSkew,
    Enter,
    Event,
    FeedDown,
    FeedUp,
    Fill,
    Leave,
    OrderUpdate,
    Rules,
    SessionPhase,
    Snapshot,
)
from hftd.core.orders import Order
from hftd.runtime.people import message_ids
from hftd.runtime.people.journald import NOTICE

log = logging.getLogger("hftd")

NEW_YORK = ZoneInfo("America/New_York")
LEVELS = {"info": logging.INFO, "notice": NOTICE, "warning": logging.WARNING, "err": logging.ERROR}

STANCES = {"active": "active", "shadow": "in the shadow", "retired": "retired"}

TOLD = frozenset(
    {Submit, Replace, Cancel, Refuse, Bench, Stand, Resolve, Alert, KillSwitch, Stop}
    | {Fill, OrderUpdate, FeedUp, FeedDown, SessionPhase, ClockSkew, Snapshot, Enter, Leave, Rules}
)
"""What may be worth a line."""


def tell_effect(what: Effect, number: int) -> None:
    """Write the line of an effect that deserves one; ``number`` is its record in the journal."""
    match what:
        case Submit(order):
            _say(logging.INFO, f"sent: {_order(order)}", number, message_ids.ORDER_SENT, order)
        case Replace(order):
            _say(logging.INFO, f"sent to replace another: {_order(order)}", number, message_ids.ORDER_SENT, order)
        case Cancel(order, _):
            _say(logging.INFO, f"cancel asked: {order}", number, HFTD_ORDER=order)
        case Refuse(model, wish, code, reason):
            symbol = getattr(wish, "symbol", "")
            text = f"refused ({code}): {getattr(wish, 'side', 'amend')} {symbol}: {reason}"
            _say(logging.INFO, text, number, message_ids.REFUSED, HFTD_MODEL=model, HFTD_SYMBOL=symbol, HFTD_CODE=code)
        case Bench(model, reason):
            text = f"model {model} is benched: {reason}"
            _say(logging.ERROR, text, number, message_ids.BENCHED, HFTD_MODEL=model)
        case Stand(model, standing, reason):
            text = f"model {model} is {STANCES[standing]}: {reason}"
            _say(NOTICE, text, number, message_ids.STANDS, HFTD_MODEL=model)
        case Resolve(order):
            text = f"fate unknown, asking the venue: {order}"
            _say(logging.WARNING, text, number, message_ids.UNKNOWN_ORDER, HFTD_ORDER=order)
        case Alert(level, text, symbol, model, order):
            _say(LEVELS[level], text, number, HFTD_SYMBOL=symbol, HFTD_MODEL=model, HFTD_ORDER=order)
        case KillSwitch(reason):
            text = f"trading is stopped: {reason}" if reason else "the kill switch is reset: trading may go on"
            _say(logging.ERROR if reason else NOTICE, text, number, message_ids.KILL_SWITCH)
        case Stop(_, reason):
            _say(logging.INFO, f"stopping: {reason}", number, message_ids.STOPPED)
        case _:
            pass


def tell_event(what: Event, number: int) -> None:
    """Write the line of an event that deserves one; ``number`` is its record in the journal."""
    match what:
        case Fill():
            text = f"filled: {what.side} {what.shares} {what.symbol} at {what.price}"
            _say(logging.INFO, text, number, message_ids.FILL, HFTD_ORDER=what.order, HFTD_SYMBOL=what.symbol)
        case OrderUpdate(order, status, _, _, _, reason) if status in ("canceled", "expired", "unknown"):
            _say(logging.INFO, f"{status}: {order} {reason}".rstrip(), number, HFTD_ORDER=order)
        case FeedUp(feed):
            _say(logging.INFO, f"{feed}: connected and subscribed", number, message_ids.FEED_UP, HFTD_FEED=feed)
        case FeedDown(feed, reason):
            text = f"{feed}: down: {reason}"
            _say(logging.WARNING, text, number, message_ids.FEED_DOWN, HFTD_FEED=feed)
        case SessionPhase():
            _phase(what, number)
        case ClockSkew(skew):
            text = f"the clock is off by {skew / 1e9:+.3f} s: no order leaves" if skew else "the clocks agree again"
            _say(logging.ERROR if skew else NOTICE, text, number, message_ids.CLOCK)
        case Enter(model, version):
            text = f"model {model} enters, {STANCES[version.standing]}: version {version.digest[:12]} {version.options}"
            _say(NOTICE, text, number, message_ids.ENTERED, HFTD_MODEL=model, HFTD_VERSION=version.digest)
        case Leave(model, flatten):
            held = "traded away" if flatten else "kept"
            _say(NOTICE, f"model {model} leaves, its positions are {held}", number, HFTD_MODEL=model)
        case Rules():
            _say(NOTICE, "other limits hold from here on", number)
        case Snapshot() if not what.brief:
            held = ", ".join(f"{p.shares} {p.symbol}" for p in what.positions) or "no positions"
            text = f"account {what.account}: ${what.cash:.2f} cash, {held}"
            _say(logging.INFO, text, number, HFTD_ACCOUNT=what.account)
        case _:
            pass


def clock_text(moment: int) -> str:
    """A moment (ns) as people at the exchange write it."""
    return datetime.fromtimestamp(moment / 1e9, NEW_YORK).strftime("%a %Y-%m-%d %H:%M:%S New York")


def _phase(event: SessionPhase, number: int) -> None:
    until = f" until {clock_text(event.until)}" if event.until else ""
    text, message_id = {
        "asleep": (f"asleep{until}", message_ids.ASLEEP),
        "warmup": (f"session {event.day}: connecting, open at {clock_text(event.until)}", ""),
        "open": (f"session {event.day}: open", message_ids.SESSION_OPEN),
        "closing": (f"session {event.day}: closing, no new orders", ""),
        "closed": (f"session {event.day}: closed", message_ids.SESSION_CLOSE),
    }[event.phase]
    _say(logging.INFO, text, number, message_id, HFTD_SESSION=event.day)


def _order(order: Order) -> str:
    price = "at market" if order.limit is None else f"limit {order.limit}"
    return f"{order.side} {order.shares} {order.symbol} {price} {order.tif} · {order.model} · {order.id}"


def _say(level: int, text: str, number: int, message_id: str = "", order: Order | None = None, **fields: str) -> None:
    if order is not None:
        fields |= {"HFTD_ORDER": order.id, "HFTD_SYMBOL": order.symbol, "HFTD_MODEL": order.model}
    known: dict[str, Any] = {name: value for name, value in fields.items() if value}
    log.log(level, text, extra={"message_id": message_id, "fields": {**known, "HFTD_SEQ": str(number)}})
