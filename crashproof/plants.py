"""Bugs a careless daemon might have, planted to see that the proof finds them, or the soak."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from crashproof.trap import wrap
from hftd.core.effects import Effect, Submit
from hftd.core.events import Event, OrderUpdate
from hftd.core.orders import order_id
from hftd.runtime.daemon import Daemon
from hftd.runtime.outlet import Outlet
from hftd.runtime.past.journal import Journal
from hftd.runtime.wire.stream import Stream


def send_before_write() -> None:
    """An order leaves first, and what led to it is written afterwards."""
    holding: list[bool] = []

    def write(original: Callable[..., Any]) -> Callable[..., Any]:
        def held(journal: Journal) -> None:
            if not holding:
                original(journal)

        return held

    def perform(original: Callable[..., Any]) -> Callable[..., Any]:
        def careless(outlet: Outlet, effects: Sequence[Effect]) -> None:
            holding.append(True)
            try:
                original(outlet, effects)
            finally:
                holding.pop()
            if any(isinstance(effect, Submit) for effect in effects):
                outlet.write()

        return careless

    wrap(Journal, "write", write)
    wrap(Outlet, "perform", perform)


def fresh_id_on_retry() -> None:
    """An order whose answer was lost is sent again under a new name."""

    def hear(original: Callable[..., Any]) -> Callable[..., Any]:
        def careless(daemon: Daemon, event: Event) -> None:
            original(daemon, event)
            if isinstance(event, OrderUpdate) and event.status == "unknown":
                _send_again(daemon, event.order)

        return careless

    wrap(Daemon, "hear", hear)


def _send_again(daemon: Daemon, name: str) -> None:
    state = daemon.engine.state
    lost = state.blotter.open.get(name)
    if lost is None or lost.order.replaces or state.halted:
        return
    again = replace(lost.order, id=order_id(state.day, state.run, state.counts["orders"] + 1))
    state.send(again)
    daemon.outlet.perform([Submit(again)])


def leak_on_reconnect() -> None:
    """A stream that is dropped leaves its socket open."""

    def drop(original: Callable[..., Any]) -> Callable[..., Any]:
        def careless(stream: Stream) -> None:
            if stream._socket is not None:
                os.dup(stream._socket.sock.fileno())
            original(stream)

        return careless

    wrap(Stream, "_drop", drop)


PLANTS: dict[str, Callable[[], None]] = {
    "send-before-write": send_before_write,
    "fresh-id-on-retry": fresh_id_on_retry,
}
"""What the proof finds: the books differ."""

LEAKS: dict[str, Callable[[], None]] = {"leak-on-reconnect": leak_on_reconnect}
"""What the soak finds: the books agree, and something grows."""
