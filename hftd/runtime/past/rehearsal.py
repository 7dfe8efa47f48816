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
from hftd.runtime.past.journal import Record
from hftd.runtime.past.relive import relive, settle
from hftd.runtime.past.tail import Tail
from hftd.runtime.past.unfold import Unfolding


class Rehearsal:
    """One model with an engine of its own. Raises PluginError where the model cannot be built."""

    def __init__(self, plan: Blueprint, feeds: Iterable[Feed], day: Tail, *, follows: bool) -> None:
        """``feeds`` are this rehearsal's alone: they decode what the ``day``'s journal holds."""
        self.plan = plan
        self.day = day
        self._state = State()
        self._view = StateView(self._state, plan.name)
        self._seat = seat(plan, self._view)
        self._unfolding = Unfolding(feeds, follows=follows)
        self._engine = Engine(self._state, [self._seat], [], flatten=False)
        self._engine.recalling = self._engine.rehearsing = True

    def live_through(self, records: Iterable[Record], *, last: bool) -> int:
        """Go on with the day, of which these are the ``last`` records or not; how many there were.

        Raises PluginError where the model does what a playing one is benched for.
        """
        count = relive(self._engine, self._unfolding, records)
        if last:
            settle(self._engine, self._unfolding)
        if self._seat.standing == "benched":
            raise PluginError(f"{self.plan.file}: model {self.plan.name}: on today's events: {self._seat.reason}")
        return count

    def end(self, state: State) -> Seat:
        """The seat, looking at ``state`` from now on."""
        self._view.look_at(state)
        return self._seat

    def over(self) -> None:
        """Let go of the engine it lived with: a ring of references, which else a long sweep would have to find."""
        vars(self._engine).clear()


def seat(plan: Blueprint, view: StateView) -> Seat:
    """Build a model and give it its seat. Raises PluginError."""
    model = plan.build(view)
    return Seat(plan.name, model, model.symbols, plan.table.state, plan.version)
