"""What happened, told to people: one log line for each event and effect worth one, with its fields for machines.

A busy day has three lines for each order, so they go to where the log goes without passing through ``logging``.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from hftd.config.secret import struck_json
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
from hftd.runtime.people.journald import NOTICE, Say

NEW_YORK = ZoneInfo("America/New_York")
LEVELS = {"info": logging.INFO, "notice": NOTICE, "warning": logging.WARNING, "err": logging.ERROR}

STANCES = {"active": "active", "shadow": "in the shadow", "retired": "retired"}

TOLD: Mapping[type, int] = {
    Submit: logging.INFO, Replace: logging.INFO, Cancel: logging.INFO, Refuse: logging.INFO, Stop: logging.INFO,
    Bench: logging.ERROR, Stand: NOTICE, Resolve: logging.WARNING, Alert: logging.ERROR, KillSwitch: logging.ERROR,
    Fill: logging.INFO, OrderUpdate: logging.INFO, FeedUp: logging.INFO, FeedDown: logging.WARNING,
    SessionPhase: logging.INFO, ClockSkew: logging.ERROR, Snapshot: logging.INFO,
    Enter: NOTICE, Leave: NOTICE, Rules: NOTICE,
}  # fmt: skip
"""What may be worth a line, and the highest level it may be worth."""

ENDS = frozenset({"canceled", "expired", "unknown"})
"""News of an order that are worth a line; of the others an effect or a fill tells."""

Later = Callable[[Callable[[], None]], None]


class Narrator:
    """Tells of events and effects through ``say``, each in a turn that ``later`` takes when there is time."""

    def __init__(self, say: Say, later: Later) -> None:
        self._say = say
        self._later = later
        self._root = logging.getLogger()

    def tell(self, what: Event | Effect, number: int) -> None:
        """Have the line of ``what`` written later, where it deserves one; ``number`` is its record in the journal."""
        if TOLD.get(type(what), logging.NOTSET) < self._root.level:
            return  # the settings want no such line
        if type(what) is OrderUpdate and what.status not in ENDS:
            return
        self._later(partial(self._write, what, number))

    def _write(self, what: Event | Effect, number: int) -> None:
        if isinstance(what, Effect):
            self._effect(what, number)
        else:
            self._event(what, number)

    def _effect(self, what: Effect, number: int) -> None:
        say = self._line
        match what:
            case Submit(order):
                say(logging.INFO, f"sent: {_order(order)}", number, _of(order))
            case Replace(order):
                say(logging.INFO, f"sent to replace another: {_order(order)}", number, _of(order))
            case Cancel(order, _):
                say(logging.INFO, f"cancel asked: {order}", number, {"HFTD_ORDER": order})
            case Refuse(model, wish, code, reason):
                symbol = getattr(wish, "symbol", "")
                text = f"refused ({code}): {getattr(wish, 'side', 'amend')} {symbol}: {reason}"
                of = {"MESSAGE_ID": message_ids.REFUSED, "HFTD_MODEL": model, "HFTD_SYMBOL": symbol, "HFTD_CODE": code}
                say(logging.INFO, text, number, of)
            case Bench(model, reason):
                of = {"MESSAGE_ID": message_ids.BENCHED, "HFTD_MODEL": model}
                say(logging.ERROR, f"model {model} is benched: {reason}", number, of)
            case Stand(model, standing, reason):
                of = {"MESSAGE_ID": message_ids.STANDS, "HFTD_MODEL": model}
                say(NOTICE, f"model {model} is {STANCES[standing]}: {reason}", number, of)
            case Resolve(order):
                of = {"MESSAGE_ID": message_ids.UNKNOWN_ORDER, "HFTD_ORDER": order}
                say(logging.WARNING, f"fate unknown, asking the venue: {order}", number, of)
            case Alert(level, text, symbol, model, order):
                say(LEVELS[level], text, number, {"HFTD_SYMBOL": symbol, "HFTD_MODEL": model, "HFTD_ORDER": order})
            case KillSwitch(reason, flatten):
                stopped = "trading is stopped, positions are given up" if flatten else "trading is stopped"
                text = f"{stopped}: {reason}" if reason else "the kill switch is reset: trading may go on"
                say(logging.ERROR if reason else NOTICE, text, number, {"MESSAGE_ID": message_ids.KILL_SWITCH})
            case Stop(_, reason):
                say(logging.INFO, f"stopping: {reason}", number, {"MESSAGE_ID": message_ids.STOPPED})
            case _:
                pass

    def _event(self, what: Event, number: int) -> None:
        say = self._line
        match what:
            case Fill():
                text = f"filled: {what.side} {what.shares!s} {what.symbol} at {what.price!s}"
                of = {"MESSAGE_ID": message_ids.FILL, "HFTD_ORDER": what.order, "HFTD_SYMBOL": what.symbol}
                say(logging.INFO, text, number, of)
            case OrderUpdate(order, status, _, _, _, reason):
                say(logging.INFO, f"{status}: {order} {reason}".rstrip(), number, {"HFTD_ORDER": order})
            case FeedUp(feed):
                of = {"MESSAGE_ID": message_ids.FEED_UP, "HFTD_FEED": feed}
                say(logging.INFO, f"{feed}: connected and subscribed", number, of)
            case FeedDown(feed, reason):
                of = {"MESSAGE_ID": message_ids.FEED_DOWN, "HFTD_FEED": feed}
                say(logging.WARNING, f"{feed}: down: {reason}", number, of)
            case SessionPhase():
                text, message_id = _phase(what)
                say(logging.INFO, text, number, {"MESSAGE_ID": message_id, "HFTD_SESSION": what.day})
            case ClockSkew(skew):
                text = f"the clock is off by {skew / 1e9:+.3f} s: no order leaves" if skew else "the clocks agree again"
                say(logging.ERROR if skew else NOTICE, text, number, {"MESSAGE_ID": message_ids.CLOCK})
            case Enter(model, version):
                known = f"version {version.digest[:12]} {struck_json(version.options)}"
                of = {"MESSAGE_ID": message_ids.ENTERED, "HFTD_MODEL": model, "HFTD_VERSION": version.digest}
                say(NOTICE, f"model {model} enters, {STANCES[version.standing]}: {known}", number, of)
            case Leave(model, flatten):
                held = "traded away" if flatten else "kept"
                say(NOTICE, f"model {model} leaves, its positions are {held}", number, {"HFTD_MODEL": model})
            case Rules():
                say(NOTICE, "other limits hold from here on", number, {})
            case Snapshot() if not what.brief:
                held = ", ".join(f"{p.shares} {p.symbol}" for p in what.positions) or "no positions"
                text = f"account {what.account}: ${what.cash:.2f} cash, {held}"
                say(logging.INFO, text, number, {"HFTD_ACCOUNT": what.account})
            case _:
                pass

    def _line(self, level: int, text: str, number: int, fields: dict[str, str]) -> None:
        if level >= self._root.level:
            fields["HFTD_SEQ"] = str(number)
            self._say(level, text, fields)


def clock_text(moment: int) -> str:
    """A moment (ns) as people at the exchange write it."""
    return datetime.fromtimestamp(moment / 1e9, NEW_YORK).strftime("%a %Y-%m-%d %H:%M:%S New York")


def _phase(event: SessionPhase) -> tuple[str, str]:
    """A phase in words, and the message id of its beginning."""
    until = f" until {clock_text(event.until)}" if event.until else ""
    return {
        "asleep": (f"asleep{until}", message_ids.ASLEEP),
        "warmup": (f"session {event.day}: connecting, open at {clock_text(event.until)}", ""),
        "open": (f"session {event.day}: open", message_ids.SESSION_OPEN),
        "closing": (f"session {event.day}: closing, no new orders", ""),
        "closed": (f"session {event.day}: closed", message_ids.SESSION_CLOSE),
    }[event.phase]


def _order(order: Order) -> str:
    # A Decimal formats itself three times as slowly as it becomes text.
    price = "at market" if order.limit is None else f"limit {order.limit!s}"
    return f"{order.side} {order.shares!s} {order.symbol} {price} {order.tif} · {order.model} · {order.id}"


def _of(order: Order) -> dict[str, str]:
    return {
        "MESSAGE_ID": message_ids.ORDER_SENT,
        "HFTD_ORDER": order.id, "HFTD_SYMBOL": order.symbol, "HFTD_MODEL": order.model,
    }  # fmt: skip
