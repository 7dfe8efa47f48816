"""Traps: hftd's own methods, wrapped from outside, in a process that is to die at one of them.

hftd itself knows nothing of this. A trap counts the passages of one boundary and kills its process at the n-th.
"""

import os
import signal
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from hftd.core.effects import Cancel, Effect, Replace, Stop, Submit
from hftd.core.engine import Engine
from hftd.core.events import Event, LookedUp, Snapshot
from hftd.runtime import assemble, journal
from hftd.runtime.daemon import Daemon
from hftd.runtime.journal import Journal
from hftd.runtime.lane import Lane

LEAVING = (Submit, Cancel, Replace)


class Trap:
    """Kills this process at passage ``passage`` of ``boundary``; without a boundary it waits for ever."""

    def __init__(self, boundary: str, passage: int) -> None:
        self.boundary = boundary
        self._left = passage

    def passed(self, boundary: str) -> None:
        """A boundary was reached."""
        if self.due(boundary):
            die()

    def due(self, boundary: str) -> bool:
        """Whether this is the passage to die at; asking counts."""
        if boundary != self.boundary:
            return False
        self._left -= 1
        return self._left == 0


def die() -> None:
    """What kill -9 does: nothing is flushed, nothing is closed by hand."""
    os.kill(os.getpid(), signal.SIGKILL)


def lay(trap: Trap) -> None:
    """Wrap what has a boundary."""
    _orders(trap)
    _journal(trap)
    _hearing(trap)
    _recovery(trap)
    _around(Daemon, "shut_down", trap, after="stop-asked")
    _around(Daemon, "close", trap, before="stop-closing", after="stop-closed")


def wrap(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put what ``make`` makes of it in the place of a function."""
    original = getattr(owner, name)
    setattr(owner, name, wraps(original)(make(original)))


def _around(owner: Any, name: str, trap: Trap, *, before: str = "", after: str = "") -> None:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(*arguments: Any, **named: Any) -> Any:
            trap.passed(before)
            result = original(*arguments, **named)
            trap.passed(after)
            return result

        return passing

    wrap(owner, name, make)


def _orders(trap: Trap) -> None:
    """An order's way: decided, written, sent, one effect after the other."""
    performing: list[Sequence[Effect]] = []
    acted: list[int] = []

    def perform(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(daemon: Daemon, effects: Sequence[Effect]) -> None:
            performing.append(effects)
            acted.append(0)
            original(daemon, effects)
            performing.pop()
            acted.pop()

        return passing

    def act(original: Callable[[Any], None]) -> Callable[[Any], None]:
        def passing(effect: Effect) -> None:
            if acted[-1]:
                trap.passed("between-effects")
            if isinstance(effect, Stop):
                trap.passed("stop-settled")
            original(effect)
            acted[-1] += 1

        return passing

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def making(daemon: Daemon, *arguments: Any, **named: Any) -> None:
            original(daemon, *arguments, **named)
            daemon._acts = {kind: act(done) for kind, done in daemon._acts.items()}

        return making

    def write(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(written: Journal) -> None:
            leaving = bool(performing) and any(isinstance(effect, LEAVING) for effect in performing[-1])
            if leaving and written.waiting:
                trap.passed("before-write")
                if trap.due("within-write"):
                    _write_half(written)
            original(written)
            if leaving:
                trap.passed("after-write")

        return passing

    def send(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(lane: Lane, request: Any) -> None:
            if trap.due("within-send"):
                lane._socket.send(request.wire[: len(request.wire) // 2])
                die()
            original(lane, request)
            trap.passed("after-send")

        return passing

    wrap(Daemon, "_perform", perform)
    wrap(Daemon, "__init__", make)
    wrap(Journal, "write", write)
    wrap(Lane, "send", send)


def _write_half(written: Journal) -> None:
    data = b"".join(written._gathered)
    os.write(written._file, data[: len(data) // 2])
    die()


def _journal(trap: Trap) -> None:
    """A segment's end and the next one's beginning; opening the first one of a life is neither."""

    def open_(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(written: Journal) -> None:
            changing = written._file >= 0
            trap.passed("before-segment" if changing else "")
            original(written)
            trap.passed("after-segment" if changing else "")

        return passing

    def add(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(written: Journal, kind: str, content: object) -> None:
            if kind == "begin":
                trap.passed("within-segment")
            original(written, kind, content)

        return passing

    wrap(Journal, "_open", open_)
    wrap(Journal, "_add", add)


def _hearing(trap: Trap) -> None:
    """Answers, order updates, and the venue's word."""
    words: dict[type[Event], str] = {Snapshot: "snapshot", LookedUp: "lookup"}

    def hear(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(daemon: Daemon, event: Event) -> None:
            word = words.get(type(event), "")
            trap.passed(f"before-{word}")
            original(daemon, event)
            trap.passed(f"after-{word}")

        return passing

    def frame(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(daemon: Daemon, stream: Any, data: bytes) -> None:
            original(daemon, stream, data)
            if stream.feed.orders:
                trap.passed("after-update")

        return passing

    wrap(Daemon, "hear", hear)
    wrap(Daemon, "_frame", frame)
    _around(Daemon, "_answered", trap, before="before-answer", after="after-answer")


def _recovery(trap: Trap) -> None:
    """The start, which is recovery."""

    def step(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(engine: Engine, event: Any) -> Any:
            if engine.recalling:
                trap.passed("within-remember")
            return original(engine, event)

        return passing

    if trap.boundary == "within-remember":  # the busiest method of all: wrapped for this death alone
        wrap(Engine, "step", step)
    _around(assemble, "survey", trap, before="before-survey", after="after-survey")
    _around(assemble, "remember", trap, after="after-remember")


def shrink_segments(size: int) -> None:
    """Let a segment of the journal end after ``size`` bytes."""
    journal.SEGMENT = size
