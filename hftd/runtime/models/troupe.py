"""Behind the stage of a live engine: models that have rehearsed wait here for the event that lets them enter."""

from collections.abc import Iterable, Mapping, Sequence

from hftd.core.events import Enter
from hftd.core.risk.chain import chain
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.core.view import StateView
from hftd.errors import PluginError
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.hookspecs import CheckFactory
from hftd.runtime.models.stopwatch import Stopwatch
from hftd.runtime.past.rehearsal import Rehearsal, seat


def seat_models(state: State, plans: Iterable[Blueprint]) -> list[Seat]:
    """Build every model and give it its seat. Raises PluginError."""
    return [seat(plan, StateView(state, plan.name)) for plan in plans]


class Troupe:
    """Plans of every model that plays or waits, and the seats of those who wait."""

    def __init__(
        self, state: State, plans: Iterable[Blueprint], checks: Mapping[str, CheckFactory], *, timed: bool = True
    ) -> None:
        """``checks`` are factories by the code of their refusals; ``timed``: note how long models take to decide."""
        self._state = state
        self._watched = timed
        self._plans = {plan.name: plan for plan in plans}
        self._checks = dict(checks)
        self._waiting: dict[Enter, tuple[Blueprint, Seat]] = {}
        self.watches: dict[str, Stopwatch] = {}
        """How long each model takes to decide."""

    def seats(self) -> list[Seat]:
        """A seat for each plan, as a day begins. Raises PluginError."""
        return [self._timed(each) for each in seat_models(self._state, self._plans.values())]

    def wait(self, rehearsal: Rehearsal, enter: Enter) -> Enter:
        """Let a model that has rehearsed wait for this event."""
        self._waiting[enter] = rehearsal.plan, rehearsal.end(self._state)
        return enter

    def plans(self) -> tuple[Blueprint, ...]:
        """The plan of every model that plays."""
        return tuple(self._plans.values())

    def plan(self, model: str) -> Blueprint | None:
        """The plan of a model that plays."""
        return self._plans.get(model)

    def seat(self, enter: Enter) -> Seat | None:
        """The seat of a model that waits; None where none does, as when a day is remembered."""
        waiting = self._waiting.pop(enter, None)
        if waiting is None:
            return None
        self._plans[enter.model] = waiting[0]
        return self._timed(waiting[1])

    def fresh(self, before: Seat) -> Seat:
        """The same model built anew. Raises PluginError where it cannot be."""
        plan = self._plans.get(before.name)
        if plan is None or plan.version != before.version:
            raise PluginError(f"model {before.name}: the file it was built from is not at hand")
        return self._timed(seat(plan, StateView(self._state, plan.name)))

    def replan(self, plan: Blueprint) -> None:
        """Go by another plan of a model whose version is the same: what hftd itself keeps to has changed."""
        self._plans[plan.name] = plan

    def checks(self, limits: Limits) -> Sequence[tuple[str, Check]]:
        """Every risk check, holding to ``limits``."""
        return chain(self._checks, limits)

    def _timed(self, seat: Seat) -> Seat:
        if not self._watched:
            return seat
        watch = self.watches[seat.name] = Stopwatch()
        watch.carry(seat)
        return seat
