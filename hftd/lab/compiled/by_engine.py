"""A model as it is written, on a stretch of a tape: in the engine of the live daemon, in the shadow."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import wraps
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from hftd.core.backstage import Empty
from hftd.core.engine import Engine
from hftd.core.events import Event, Quote, Trade
from hftd.core.intents import WISHES, Intent, Target, several
from hftd.core.matching import Exchange
from hftd.core.seat import Answer, Handler, Seat
from hftd.core.session import Schedule
from hftd.core.state import State, open_account
from hftd.lab.compiled.decide import Keeping
from hftd.lab.compiled.program import HANDLERS
from hftd.lab.compiled.wishes import BUY, SELL, TARGET
from hftd.lab.replay.replay import Replay
from hftd.plugin.blueprint import Blueprint
from hftd.runtime.models.troupe import seat_models

OTHER = -1  # the code of a wish no compiled model makes
CASH = Decimal(100_000)  # nothing is bought of it: a model in the shadow sends no orders

Wished = tuple[int, int, float]
"""The number of an event in the stretch, code and shares of what the model wished at it."""


class Told(Struct, frozen=True):
    """What a model wished, how many events it was told, what it knew in the end, and why it was benched if it was."""

    wished: list[Wished]
    heard: int
    knows: Keeping
    benched: str


def tell(
    plan: Blueprint, schedule: Schedule, events: Iterable[Trade | Quote], symbol: str, begin: Keeping
) -> Told:
    """Play ``events`` to a fresh model that knows ``begin`` before the first it is told of."""
    state = open_account(CASH)
    notes = _Notes(replace(plan, table=replace(plan.table, state="shadow", canary=0)), state, symbol, begin)
    engine = Engine(state, [notes.build()], (), flatten=False, backstage=notes)
    Replay(engine, Exchange(CASH), schedule).run(notes.numbered(events))
    return Told(notes.wished, notes.heard, notes.knows(), engine.seats[plan.name].reason)


class _Notes(Empty):
    """What passes between the engine and one model, which is built anew each day."""

    def __init__(self, plan: Blueprint, state: State, symbol: str, begin: Keeping) -> None:
        self.wished: list[Wished] = []
        self.heard = 0
        self._plan = plan
        self._state = state
        self._model: Any = None
        self._symbol = symbol
        self._begin = begin
        self._number = 0

    def build(self) -> Seat:
        """The model on a seat, with a note of everything it is told and answers."""
        (seat,) = seat_models(self._state, (self._plan,))
        self._model = seat.model
        for name in HANDLERS:
            if name in seat.handlers:
                seat.handlers[name] = self.beside(seat.handlers[name])
        return seat

    def fresh(self, _: Seat) -> Seat:
        """The same model, built anew."""
        return self.build()

    def numbered(self, events: Iterable[Trade | Quote]) -> Iterator[Trade | Quote]:
        """The events, counted as they go out."""
        for self._number, event in enumerate(events):
            yield event

    def beside(self, handler: Handler) -> Callable[[Event], Answer]:
        """``handler``, with a note of what it answers."""

        @wraps(handler)
        def told(event: Event) -> Answer:
            if not self.heard:
                self._remember()
            self.heard += 1
            answer = handler(event)
            if answer is not None:
                wishes = (answer,) if isinstance(answer, WISHES) else several(answer)
                self.wished += [(self._number, *self._code(wish)) for wish in wishes]
                return wishes
            return None

        return told

    def knows(self) -> Keeping:
        """The attributes it began with, as they are now."""
        if not self.heard:
            return self._begin
        now = {name: getattr(self._model, name) for name in self._begin}
        return {name: tuple(value) if isinstance(value, list | np.ndarray) else value for name, value in now.items()}

    def _remember(self) -> None:
        for name, value in self._begin.items():
            if isinstance(value, tuple):
                getattr(self._model, name)[:] = value
            else:
                setattr(self._model, name, value)

    def _code(self, wish: object) -> tuple[int, float]:
        match wish:
            case Intent(symbol, side, shares, None, "day") if symbol == self._symbol:
                return BUY if side == "buy" else SELL, float(shares)
            case Target(symbol, shares) if symbol == self._symbol:
                return TARGET, float(shares)
            case _:
                return OTHER, 0.0
