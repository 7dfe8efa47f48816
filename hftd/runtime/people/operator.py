"""What an operator may ask and say over the control socket, and what is answered."""

import logging
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

from hftd.config.expected import one_of
from hftd.core.engine import Engine
from hftd.core.events import CommandName
from hftd.errors import HftdError, Refused
from hftd.runtime.people.control import Question
from hftd.runtime.people.journald import NOTICE
from hftd.runtime.people.rights import Caller, Right, Rights

log = logging.getLogger("hftd")

LONGEST = 200  # characters of a reason
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,15}")

NEEDED: tuple[tuple[str, Right], ...] = (
    ("status", "read"), ("halt", "trade"), ("flatten", "trade"), ("accept", "trade"), ("resume", "admin"),
    ("models", "read"), ("shadow", "trade"), ("bench", "trade"), ("activate", "admin"), ("rollback", "admin"),
    ("reload", "admin"), ("outcome", "read"), ("latency", "read"),
)  # fmt: skip
"""Every question there is, and the right it takes."""

OWN = frozenset({"status", "halt", "flatten", "accept", "resume"})
"""Those the operator's desk answers itself."""

CHANGING = frozenset({"shadow", "bench", "activate", "rollback", "reload"})

Turn = Callable[[str, str], dict[str, Any]]
"""Answers an argument and the user who gave it. Raises HftdError."""

Say = Callable[[CommandName, str, str], None]
"""Tells the engine an operator's word: its name, its argument, and the user who gave it."""


class Operator:
    """Answers questions about one daemon. ``say`` reaches its engine, ``facts`` says how it is."""

    def __init__(
        self, engine: Engine, say: Say, facts: Callable[[], dict[str, Any]], rights: Rights,
        turns: Mapping[str, Turn] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """``turns`` answer the questions that are about models and settings."""
        self._turns = turns
        self._engine = engine
        self._say = say
        self._facts = facts
        self._rights = rights
        self._needed = {word: right for word, right in NEEDED if word in OWN or word in turns}

    def answer(self, question: Question, who: Caller) -> dict[str, Any]:
        """The answer: how the daemon is, what a command came to (``said``), or an ``error`` and its ``exit_status``."""
        try:
            right = self._needed.get(question.ask)
            if right is None:
                raise HftdError(f"no such question, expected {one_of(self._needed)}")
            if not self._rights.allow(who, right):
                holders = self._rights.holders(right)
                told = {"fields": {"HFTD_USER": who.name}}
                log.warning("refused to %s: %s needs the right %s", question.ask, who.name, right, extra=told)
                raise Refused(f"{question.ask}: needs the right {right}, held by {holders}; you are {who.name}")
            if question.ask == "status":
                return self._facts()
            if question.ask in self._turns:
                return self._directed(question, who.name)
            return self._command(cast(CommandName, question.ask), question.argument, who.name)
        except HftdError as error:
            return {"error": str(error), "exit_status": error.exit_status}

    def _directed(self, question: Question, by: str) -> dict[str, Any]:
        if question.ask in CHANGING:
            text = f"{question.ask} {question.argument[:LONGEST]}".rstrip()
            log.log(NOTICE, "%s says: %s", by, text, extra={"fields": {"HFTD_USER": by}})
        return self._turns[question.ask](question.argument, by)

    def _command(self, name: CommandName, argument: str, by: str) -> dict[str, Any]:
        text = self._understood(name, argument)
        fields = {"HFTD_USER": by, **({"HFTD_SYMBOL": text} if name == "accept" else {})}
        log.log(NOTICE, "%s says: %s", by, f"{name} {text}".rstrip(), extra={"fields": fields})
        self._say(name, f"{text} ({by})" if text and name in ("halt", "flatten") else text, by)
        return {**self._facts(), "said": self._outcome(name, text)}

    def _understood(self, name: CommandName, argument: str) -> str:
        """``argument`` where it makes sense of the command ``name``. Raises HftdError."""
        if name == "resume":
            if argument:
                raise HftdError("resume: takes no argument")
        elif name == "accept":
            if not SYMBOL.fullmatch(argument):
                raise HftdError("accept: expected a symbol such as SPY")
            frozen = sorted(self._engine.state.frozen)
            if argument not in frozen:
                which = f"frozen: {', '.join(frozen)}" if frozen else "nothing is frozen"
                raise HftdError(f"accept: {argument} is not frozen; {which}")
        elif len(argument) > LONGEST or not argument.isprintable():
            raise HftdError(f"{name}: expected a reason of one line, at most {LONGEST} characters")
        return argument.strip()

    def _outcome(self, name: CommandName, argument: str) -> str:
        """In one line, what is so after a command."""
        state = self._engine.state
        if name == "accept":
            return f"{argument}: {state.ledger.shares(argument):+} shares, as the venue says"
        if not state.halted:
            return "trading goes on"
        parts = [f"trading is stopped: {state.halted}"]
        if state.blotter.open:
            parts.append(f"orders being withdrawn: {len(state.blotter.open)}")
        positions = sorted(state.ledger.positions.items())
        held = ", ".join(f"{position.shares:+} {symbol}" for symbol, position in positions if position.shares)
        if held:
            parts.append(f"{'being traded away' if state.flattening else 'held'}: {held}")
        return "; ".join(parts)
