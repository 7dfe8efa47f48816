"""What the engine asks for is done here, and no order leaves before every record that led to it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Any

from hftd.core.effects import Cancel, Effect, KillSwitch, Replace, Submit
from hftd.core.events import Event, OrderUpdate
from hftd.errors import HftdError
from hftd.plugin.protocols import Broker, Request
from hftd.runtime.people import kill_switch
from hftd.runtime.wire.budget import Budget
from hftd.runtime.wire.lane import Lanes

if TYPE_CHECKING:
    from hftd.runtime.daemon import Daemon

log = logging.getLogger("hftd")

# What reaches the venue; everything else may wait for the next write.
LEAVING = frozenset({Submit, Cancel, Replace})


class Outlet:
    """Performs effects for a daemon, which has the journal and hears what becomes of them."""

    def __init__(
        self, daemon: "Daemon", broker: Broker, lanes: Lanes, budget: Budget, *,
        root: Path, tell: Callable[[Event | Effect, int], None], acts: Mapping[type[Effect], Callable[[Any], None]],
    ) -> None:  # fmt: skip
        """``root`` is the state folder, ``tell`` says an effect to people, ``acts`` is what others do."""
        self._daemon = daemon
        self._engine = daemon.engine
        self._loop = daemon.loop
        self._stages = daemon.stages
        self._broker = broker
        self._lanes = lanes
        self._budget = budget
        self._root = root
        self._tell = tell
        self._acts: dict[type[Effect], Callable[[Any], None]] = {
            Submit: self._submit,
            Cancel: lambda effect: self._send(broker.cancel(effect)),
            Replace: lambda effect: self._send(broker.replace(effect.order)),
            KillSwitch: self.keep_switch,
            **acts,
        }
        self.disk = ""
        """Why the journal cannot be written; empty while it can."""

    def perform(self, effects: Sequence[Effect]) -> None:
        """Note the effects in the journal, have each of them, and tell of them."""
        journal = self._daemon.journal
        journal.effects(effects)
        # No order leaves before every record that led to it.
        if not LEAVING.isdisjoint(map(type, effects)) and not self.write():
            effects = self._hold_back(effects)
        self._stages.recorded = perf_counter_ns()
        for effect in effects:
            act = self._acts.get(type(effect))
            if act is not None:
                act(effect)
        for effect in effects:  # a line for people can wait until no tick does
            self._tell(effect, self._daemon.journal.number)

    def write(self) -> bool:
        """Write the journal; where the disk does not take it, trading stops and what is open is managed on."""
        try:
            self._daemon.journal.write()
        except HftdError as error:
            if self._daemon.journal.overflowing:
                raise
            if not self.disk:
                self.disk = str(error)
                log.error("no order without its record: %s", error)
                self._daemon.command("unwritten", str(error), "hftd")
            return False
        if self.disk:
            log.warning("the journal can be written again; `hftd resume` lets trading go on")
            self.disk = ""
            self._daemon.command("unwritten", "", "hftd")
            # The disk did not take it either.
            self.keep_switch(KillSwitch(self._engine.state.halted, self._engine.state.flattening))
        return True

    def keep_switch(self, effect: KillSwitch) -> None:
        """Keep the kill switch where the next start finds it."""
        try:
            kill_switch.keep(self._root, effect.reason, flatten=effect.flatten)
        except HftdError as error:
            log.error("the kill switch is thrown, and a restart will not know: %s", error)

    def _hold_back(self, effects: Sequence[Effect]) -> Sequence[Effect]:
        """Take out the orders that have no record: they never left. Withdrawals go out all the same."""
        now = self._daemon.clock.now()
        for effect in effects:
            if isinstance(effect, Submit | Replace):
                why = f"never sent: {self.disk}"
                self._daemon.hear(OrderUpdate(effect.order.id, "rejected", now, now, "", why, True))
        return [effect for effect in effects if not isinstance(effect, Submit | Replace)]

    def _submit(self, effect: Submit) -> None:
        request = self._broker.submit(effect.order)
        self._stages.ready = perf_counter_ns()
        self._send(request)
        self._stages.left(self._loop.woke_at)

    def _send(self, request: Request) -> None:
        self._lanes.send(request)
        if self._budget.limited:
            self._budget.spend(monotonic())
