"""Where boundaries are: hftd's own functions, wrapped from outside, in a process that is to die at one of them.

hftd itself knows nothing of this.
"""

from collections.abc import Callable
from typing import Any

from crashproof.order_path import OrderPath
from crashproof.trap import Trap, around, wrap
from hftd.core.engine import Engine
from hftd.core.events import Event, LookedUp, Snapshot
from hftd.runtime import assemble
from hftd.runtime.daemon import Daemon
from hftd.runtime.past import comeback, journal
from hftd.runtime.past.journal import Journal


def lay(trap: Trap) -> None:
    """Wrap what has a boundary."""
    OrderPath(trap).lay()
    _journal(trap)
    _hearing(trap)
    _recovery(trap)
    around(Daemon, "shut_down", trap, after="stop-asked")
    around(Daemon, "close", trap, before="stop-closing", after="stop-closed")


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
    around(Daemon, "_answered", trap, before="before-answer", after="after-answer")


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
    around(assemble, "survey", trap, before="before-survey", after="after-survey")
    around(comeback, "remember", trap, after="after-remember")


def shrink_segments(size: int) -> None:
    """Let a segment of the journal end after ``size`` bytes."""
    journal.SEGMENT = size
