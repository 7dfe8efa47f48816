"""What an operator asks for and takes a while: it is begun, and asked after until it is done."""

from collections.abc import Callable
from typing import Any

from hftd.errors import INTERNAL, HftdError

KEPT = 16
"""Outcomes that can still be asked for."""


class Errands:
    """``do`` has a task done by another thread; ``post`` has a turn taken in the loop, where all else is called."""

    def __init__(self, do: Callable[[Callable[[], None]], None], post: Callable[[Callable[[], None]], None]) -> None:
        self._do = do
        self._post = post
        self._number = 0
        self._outcomes: dict[int, dict[str, Any]] = {}

    def begin(self, task: Callable[[], str]) -> dict[str, Any]:
        """Have ``task`` done; the number to ask after it by. It gives what to say of it, or raises HftdError."""
        self._number += 1
        number = self._number
        self._outcomes[number] = {"done": False}
        for old in [each for each in self._outcomes if each <= number - KEPT]:
            del self._outcomes[old]
        self._do(lambda: self._run(number, task))
        return {"errand": number}

    def outcome(self, number: str) -> dict[str, Any]:
        """Whether it is ``done``, and then what is ``said`` of it, or its ``error``. Raises HftdError."""
        outcome = self._outcomes.get(int(number)) if number.isdecimal() and len(number) < 10 else None
        if outcome is None:
            raise HftdError(f"outcome: nothing was begun under {number[:20]!r}, or it was long ago")
        return outcome

    def _run(self, number: int, task: Callable[[], str]) -> None:
        outcome: dict[str, Any]
        try:
            outcome = {"done": True, "said": task()}
        except HftdError as error:
            outcome = {"done": True, "error": str(error), "exit_status": error.exit_status}
        except BaseException:
            failed = {"done": True, "error": "a bug in hftd: see its log", "exit_status": INTERNAL}
            self._post(lambda: self._end(number, failed))
            raise
        self._post(lambda: self._end(number, outcome))

    def _end(self, number: int, outcome: dict[str, Any]) -> None:
        if number in self._outcomes:
            self._outcomes[number] = outcome
