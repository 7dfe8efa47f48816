"""A model that comes in the middle of a day lives through it first, behind the stage, and so enters warm.

It hears what its older version heard and what became of that one's orders. Of its own wishes only timers are kept.
"""

from collections.abc import Iterable

from hftd.core.engine import Engine
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.core.view import StateView
from hftd.errors import PluginError
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.protocols import Feed
from hftd.runtime.journal import Record
from hftd.runtime.relive import relive


class Rehearsal:
    """One model with an engine of its own. Raises PluginError where the model cannot be built."""

    def __init__(self, plan: Blueprint, feeds: Iterable[Feed], *, follows: bool) -> None:
        """``feeds`` are this rehearsal's alone: they decode what the day's journal holds."""
        self.plan = plan
        self.lived = 0
        """Records it has lived through."""
        self._state = State()
        self._view = StateView(self._state, plan.name)
        self._seat = seat(plan, self._view)
        self._feeds = tuple(feeds)
        self._follows = follows
        self._engine = Engine(self._state, [self._seat], [], flatten=False)
        self._engine.recalling = self._engine.rehearsing = True

    def live_through(self, records: Iterable[Record]) -> None:
        """Go on with the day. Raises PluginError where the model does what a playing one is benched for."""
        self.lived += relive(self._engine, self._feeds, records, follows=self._follows)
        if self._seat.standing == "benched":
            raise PluginError(f"{self.plan.file}: model {self.plan.name}: on today's events: {self._seat.reason}")

    def end(self, state: State) -> Seat:
        """The seat, looking at ``state`` from now on."""
        self._view.look_at(state)
        return self._seat


def seat(plan: Blueprint, view: StateView) -> Seat:
    """Build a model and give it its seat. Raises PluginError."""
    model = plan.build(view)
    return Seat(plan.name, model, model.symbols, plan.table.state, plan.version)
