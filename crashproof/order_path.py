"""The boundaries of an order's way: decided, written, sent, one effect after the other."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from crashproof.trap import Trap, die, wrap
from hftd.core.effects import Cancel, Effect, Replace, Stop, Submit
from hftd.plugin.protocols import Request
from hftd.runtime.outlet import Outlet
from hftd.runtime.past.journal import Journal
from hftd.runtime.wire.lane import Lane

LEAVING = (Submit, Cancel, Replace)


class OrderPath:
    """Knows which effects are being performed, and how many of them were."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap
        self._performing: list[Sequence[Effect]] = []  # a failure while effects are performed leads to more of them
        self._acted: list[int] = []

    def lay(self) -> None:
        """Wrap what an order passes."""
        wrap(Outlet, "__init__", self._making)
        wrap(Outlet, "perform", self._perform)
        wrap(Journal, "write", self._write)
        wrap(Lane, "send", self._send)

    def _making(self, original: Callable[..., None]) -> Callable[..., None]:
        def making(outlet: Outlet, *arguments: Any, **named: Any) -> None:
            original(outlet, *arguments, **named)
            outlet._acts = {kind: self._act(act) for kind, act in outlet._acts.items()}

        return making

    def _perform(self, original: Callable[..., None]) -> Callable[..., None]:
        def performing(outlet: Outlet, effects: Sequence[Effect]) -> None:
            self._performing.append(effects)
            self._acted.append(0)
            original(outlet, effects)
            self._performing.pop()
            self._acted.pop()

        return performing

    def _act(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def acting(effect: Effect) -> None:
            if self._acted[-1]:
                self._trap.passed("between-effects")
            if isinstance(effect, Stop):
                self._trap.passed("stop-settled")
            original(effect)
            self._acted[-1] += 1

        return acting

    def _write(self, original: Callable[..., None]) -> Callable[..., None]:
        def writing(journal: Journal) -> None:
            leaving = bool(self._performing) and any(isinstance(effect, LEAVING) for effect in self._performing[-1])
            if leaving and journal.waiting:
                self._trap.passed("before-write")
                if self._trap.due("within-write"):
                    _write_half(journal)
            original(journal)
            if leaving:
                self._trap.passed("after-write")

        return writing

    def _send(self, original: Callable[..., None]) -> Callable[..., None]:
        def sending(lane: Lane, request: Request) -> None:
            if self._trap.due("within-send"):
                lane._socket.send(request.wire[: len(request.wire) // 2])
                die()
            original(lane, request)
            self._trap.passed("after-send")

        return sending


def _write_half(journal: Journal) -> None:
    data = bytes(journal._gathered)
    os.write(journal._file, data[: len(data) // 2])
    die()
