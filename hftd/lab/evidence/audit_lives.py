"""Engines that decide anew what a daemon decided: one for each life it had in a day."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from hftd.core.effects import Effect
from hftd.core.engine import Engine
from hftd.core.events import Enter, Event, Leave, Restarted, Version
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.errors import PluginError
from hftd.lab.evidence.materials import Materials
from hftd.plugin.blueprint import Blueprint
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.past.comeback import Rehearsals
from hftd.runtime.past.journal import Begin, read
from hftd.runtime.past.relive import relive, settle


class Lives:
    """The engine of the life that is looked at; the next one is built at ``Restarted``, as it was then."""

    def __init__(self, journal: Path, begin: Begin, materials: Materials) -> None:
        """``journal`` is the day's folder, ``begin`` its first record. Raises PluginError."""
        self._journal = journal
        self._begin = begin
        self._equip(materials)
        self._plays = dict(begin.models)
        self._entered: dict[str, Enter] = {}
        self.count = 1
        self._seat(self._plays, ())

    def hear(self, event: Event, number: int) -> Sequence[Effect]:
        """What the engine decides on an event of record ``number``. Raises PluginError as ``Materials.plan`` does."""
        match event:
            case Restarted(_, models, plugins):
                self.count += 1
                self._equip(self.materials.of(plugins))
                self._come_back(models, number, whole=True)
            case Enter(model, version):
                self._wait(event)
                self._plays[model], self._entered[model] = version, event
            case Leave(model):
                self._plays.pop(model, None)
                self._entered.pop(model, None)
            case _:
                pass
        return self.engine.step(event)

    def believe(self, number: int) -> None:
        """Go on with an engine that believes what was decided before record ``number``: the other went astray."""
        self._come_back(dict(self._plays), number, whole=False)

    def plan(self, model: str) -> Blueprint | None:
        """What plays under that name."""
        return self._troupe.plan(model)

    def _equip(self, materials: Materials) -> None:
        """Take other checks and feeds."""
        self.materials = materials
        feeds = materials.feeds()
        self._rehearsals = Rehearsals(self._journal, materials.feeds, follows=any(each.keeps_time for each in feeds))

    def _come_back(self, models: Mapping[str, Version], number: int, *, whole: bool) -> None:
        """Remember the day up to record ``number``; ``whole``: with what is left of its last frame."""
        self._seat(models, sorted(self._plays.keys() - models.keys()))
        for name, enter in self._entered.items():
            if models.get(name) == enter.version:
                self._wait(enter)
        unfolding = self.materials.unfolding()
        self.engine.recalling = True
        relive(self.engine, unfolding, takewhile(lambda record: record.number < number, read(self._journal)))
        if whole:
            settle(self.engine, unfolding)
        self.engine.recalling = False

    def _seat(self, models: Mapping[str, Version], gone: Sequence[str]) -> None:
        state = State()
        plans = [self.materials.plan(name, version) for name, version in models.items()]
        self._troupe = Troupe(state, plans, self.materials.checks)
        seats = self._troupe.seats() + [Seat(name, None, ()) for name in gone]
        checks = self._troupe.checks(self._begin.limits)
        self.engine = Engine(state, seats, checks, flatten=self._begin.flatten, backstage=self._troupe)

    def _wait(self, enter: Enter) -> None:
        plan = self.materials.plan(enter.model, enter.version)
        try:
            self._troupe.wait(self._rehearsals.of(plan, enter), enter)
        except PluginError:
            return  # so it was then, and the daemon said so; or what follows will differ
