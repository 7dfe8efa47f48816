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
from hftd.runtime.intake import Intake
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
    """A segment's end and the next one's beginning."""

    def add(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(written: Journal, kind: str, content: object) -> None:
            if kind == "begin":
                trap.passed("within-segment")
            original(written, kind, content)

        return passing

    around(Journal, "_turn", trap, before="before-segment", after="after-segment")
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

    def take(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(intake: Intake, stream: Any, frames: list[bytes]) -> int:
            taken: int = original(intake, stream, frames)
            if stream.feed.orders:
                trap.passed("after-update")
            return taken

        return passing

    wrap(Daemon, "hear", hear)
    wrap(Intake, "take", take)
    around(Daemon, "_answered", trap, before="before-answer", after="after-answer")


def _recovery(trap: Trap) -> None:
    """The start, which is recovery."""

    def begin(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(engine: Engine, *given: Any, **named: Any) -> None:
            original(engine, *given, **named)
            step = engine.step  # an engine's own, since it may be compiled

            def counted(event: Event) -> Any:
                if engine.recalling:
                    trap.passed("within-remember")
                return step(event)

            engine.step = counted

        return passing

    if trap.boundary == "within-remember":  # the busiest call of all: wrapped for this death alone
        wrap(Engine, "__init__", begin)
    around(assemble, "survey", trap, before="before-survey", after="after-survey")
    around(comeback, "remember", trap, after="after-remember")


def shrink_segments(size: int) -> None:
    """Let a segment of the journal end after ``size`` bytes."""
    journal.SEGMENT = size
