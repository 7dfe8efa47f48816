"""The loop's side of a swap: between two events, models that have rehearsed enter and others leave."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from hftd.config.schema import Config
from hftd.core.events import Enter, Leave, Rules
from hftd.errors import Unavailable
from hftd.plugin.blueprint import Blueprint
from hftd.runtime.daemon import Daemon
from hftd.runtime.past.comeback import Rehearsals
from hftd.runtime.past.recovery import day_folder
from hftd.runtime.past.rehearsal import Rehearsal


class Change(Struct, frozen=True):
    """What becomes other at one moment: all of it, or nothing."""

    day: Path
    """The journal the models have rehearsed on."""
    enter: tuple[Rehearsal, ...] = ()
    leave: tuple[tuple[str, bool], ...] = ()
    """Models, and whether their positions are traded away."""
    config: Config | None = None
    """Other settings."""


class Entrance:
    """Changes who plays in a running daemon. For its loop's thread alone."""

    def __init__(self, daemon: Daemon, root: Path, rehearsals: Callable[[Path], Rehearsals]) -> None:
        """``rehearsals`` gives those on the journal in a folder, ``root`` is the state folder."""
        self._daemon = daemon
        self._root = root
        self._rehearsals = rehearsals
        self._last = 0
        self.replaced: dict[str, Blueprint] = {}
        """Of models that entered in the place of a version that played: that version."""

    @property
    def day(self) -> Path:
        """Where the day's journal is written."""
        return day_folder(self._root, self._daemon.journal.begin.day)

    def open(self, change: Change) -> bool:
        """Make the change; False where another day has begun meanwhile, and the models must rehearse on that.

        Raises PluginError where a model fails on the last of what it missed, HftdError where the journal cannot be
        written, Unavailable where the daemon is on its way out. Then nothing has changed.
        """
        daemon = self._daemon
        if daemon.engine.state.stopping:
            raise Unavailable("the daemon is stopping")
        if change.day != self.day:
            return False
        daemon.journal.write()
        rehearsals = self._rehearsals(change.day)
        for rehearsal in change.enter:
            rehearsals.catch_up(rehearsal, last=True)
        if change.config is not None:
            self._go_by(change.config)
        for rehearsal in change.enter:
            plan = rehearsal.plan
            self._note_before(plan.name)
            daemon.hear(daemon.troupe.wait(rehearsal, Enter(plan.name, plan.version, self._moment())))
        for model, flatten in change.leave:
            daemon.hear(Leave(model, flatten, self._moment()))
        daemon.want()
        return True

    def replan(self, plan: Blueprint) -> None:
        """Go by another plan of a model whose version is the same."""
        self._daemon.troupe.replan(plan)

    def _note_before(self, model: str) -> None:
        self.replaced.pop(model, None)
        seat, plan = self._daemon.engine.seats.get(model), self._daemon.troupe.plan(model)
        if seat is not None and seat.plays and plan is not None:
            self.replaced[model] = plan

    def _go_by(self, config: Config) -> None:
        before = self._daemon.config
        self._daemon.config = config
        if (before.risk, before.session.flatten) != (config.risk, config.session.flatten):
            self._daemon.hear(Rules(config.risk, config.session.flatten, self._moment()))

    def _moment(self) -> int:
        """The time, and never the same twice: a version that comes back while a tape stands still enters anew."""
        self._last = max(self._last + 1, self._daemon.clock.now())
        return self._last
