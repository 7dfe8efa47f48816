"""The way of an order to the venue and of its answers back. While they travel, the market goes on."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from hftd.core.effects import Cancel, Effect, Replace, Submit
from hftd.core.events import Event, OrderUpdate
from hftd.core.matching import Exchange, Rejection
from hftd.core.session import NEVER
from hftd.lab.replay.latency import Fixed, Latency

NOTHING: tuple[Event, ...] = ()


class OrderWay:
    """One connection: what was sent first arrives first, either way. ``due`` is when something arrives next, ns."""

    def __init__(self, exchange: Exchange, latency: Latency) -> None:
        self.exchange = exchange
        self.due = NEVER
        self._ways = None if latency == Fixed() else latency.ways()
        self._going: deque[tuple[int, Effect]] = deque()
        self._coming: deque[tuple[int, Event]] = deque()
        self._acts: Mapping[type[Effect], Callable[[Any, int], Sequence[Event]]] = {
            Submit: self._submit, Cancel: self._cancel, Replace: self._replace,
        }  # fmt: skip

    def send(self, effect: Effect, now: int) -> Sequence[Event]:
        """Send what is for the venue; the answers that are here at once. Other effects are no matter."""
        act = self._acts.get(type(effect))
        if act is None:
            return NOTHING
        if self._ways is None:
            return act(effect, now)
        at = now + next(self._ways)[0]
        self._going.append((max(at, self._going[-1][0]) if self._going else at, effect))
        self._set_due()
        return NOTHING

    def report(self, events: Sequence[Event], now: int) -> Sequence[Event]:
        """Let what the venue says at ``now`` travel; what of it is here at once."""
        if self._ways is None or not events:
            return events
        at = now + next(self._ways)[1]
        if self._coming:
            at = max(at, self._coming[-1][0])
        elif at == now:
            return events
        self._coming += [(at, replace(event, seen=at)) for event in events]
        self._set_due()
        return NOTHING

    def arrive(self) -> Sequence[Event]:
        """Let what is due arrive, at the venue first; what has come back."""
        if self._going and self._going[0][0] == self.due:
            at, effect = self._going.popleft()
            events = self.report(self._acts[type(effect)](effect, at), at)
        else:
            events = (self._coming.popleft()[1],)
        self._set_due()
        return events

    def _set_due(self) -> None:
        self.due = min(queue[0][0] if queue else NEVER for queue in (self._going, self._coming))

    def _submit(self, effect: Submit, now: int) -> Sequence[Event]:
        try:
            return self.exchange.submit(effect.order, now, None, effect.order.extended)
        except Rejection as error:
            return (OrderUpdate(effect.order.id, "rejected", now, now, "", str(error)),)

    def _cancel(self, effect: Cancel, now: int) -> Sequence[Event]:
        try:
            return self.exchange.cancel(effect.venue_id, now)
        except Rejection:
            return NOTHING  # it ended first, and has told so

    def _replace(self, effect: Replace, now: int) -> Sequence[Event]:
        try:
            return self.exchange.replace(effect.order.replaces, effect.order, now)
        except Rejection as error:
            return (OrderUpdate(effect.order.id, "rejected", now, now, "", str(error)),)
