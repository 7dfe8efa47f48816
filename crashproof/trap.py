"""A trap counts the passages of one boundary and kills its process at the n-th."""

import os
import signal
from collections.abc import Callable
from functools import wraps
from typing import Any


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
        if not boundary or boundary != self.boundary:
            return False
        self._left -= 1
        return self._left == 0


def die() -> None:
    """What kill -9 does: nothing is flushed, nothing is closed by hand."""
    os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put what ``make`` makes of it in the place of a function."""
    original = getattr(owner, name)
    setattr(owner, name, wraps(original)(make(original)))


def around(owner: Any, name: str, trap: Trap, *, before: str = "", after: str = "") -> None:
    """Make the boundaries ``before`` and ``after`` of a function."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def passing(*arguments: Any, **named: Any) -> Any:
            trap.passed(before)
            result = original(*arguments, **named)
            trap.passed(after)
            return result

        return passing

    wrap(owner, name, make)
