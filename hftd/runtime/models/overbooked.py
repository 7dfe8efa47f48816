"""A model that comes and needs more than the venue will send: it is benched, and those that were there go on."""

from functools import partial

from hftd.plugin.protocols import Wanted
from hftd.runtime.daemon import Daemon
from hftd.runtime.models.entrance import Entrance
from hftd.runtime.models.wanted import lacking
from hftd.runtime.models.workshop import Workshop


class Overbooked:
    """Answers a venue that declines what is newly wanted: Alpaca's code 405, more symbols than the plan allows."""

    def __init__(self, daemon: Daemon, entrance: Entrance, workshop: Workshop) -> None:
        self._daemon = daemon
        self._entrance = entrance
        self._workshop = workshop
        for stream in daemon.streams:
            stream.on_declined = self.decline

    def decline(self, sent: Wanted, reason: str) -> bool:
        """Bench models that need more than what is ``sent``, and want what the others need; whether there were any.

        Where a model had another version before, that one returns.
        """
        late = lacking(self._daemon.engine, sent)
        for seat in late:
            self._daemon.command("bench", f"{seat.name} {reason}", "hftd")
        self._daemon.want()
        for seat in late:
            before = self._entrance.replaced.pop(seat.name, None)
            if before is not None:
                self._workshop.do(partial(self._workshop.put_back, before, reason))
        return bool(late)
