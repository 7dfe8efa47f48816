"""What an operator may ask and say of models, and of settings read anew: the part of the control socket for them."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from hftd.config.expected import one_of
from hftd.config.secret import struck_json
from hftd.core.events import CommandName
from hftd.core.seat import Seat
from hftd.errors import HftdError
from hftd.runtime.daemon import Daemon
from hftd.runtime.models import rollback
from hftd.runtime.models.model_facts import model_facts
from hftd.runtime.models.playbill import named
from hftd.runtime.models.reload import Reload
from hftd.runtime.models.workshop import Workshop
from hftd.runtime.past import archive
from hftd.runtime.people import message_ids
from hftd.runtime.people.errands import Errands
from hftd.runtime.people.notify import Notify
from hftd.runtime.people.operator import Turn

log = logging.getLogger("hftd")


class Direction:
    """Answers in the loop. What takes a while is begun there, and done in the workshop."""

    def __init__(self, daemon: Daemon, workshop: Workshop, reload: Reload, notify: Notify) -> None:
        self._daemon = daemon
        self._workshop = workshop
        self._reload = reload
        self._notify = notify
        self._errands = Errands(workshop.do, daemon.loop.post)

    @property
    def turns(self) -> Mapping[str, Turn]:
        """What answers each question."""
        return {
            "models": lambda argument, by: self.models(),
            "activate": lambda argument, by: self._stand("activate", argument, by),
            "shadow": lambda argument, by: self._stand("shadow", argument, by),
            "bench": lambda argument, by: self._stand("bench", argument, by),
            "rollback": lambda argument, by: self._roll_back(argument),
            "reload": lambda argument, by: self.reload(),
            "outcome": lambda argument, by: self._errands.outcome(argument),
        }

    def models(self) -> dict[str, Any]:
        """How each model does, and which plugin files are not taken."""
        shop, engine = self._workshop, self._daemon.engine
        failures = shop.failures
        facts = {}
        for seat in engine.seats.values():
            file = shop.playbill.owners.get(seat.name, "")
            failure = failures.get(named(shop.folder, file), "")
            watch = self._daemon.troupe.watches.get(seat.name)
            facts[seat.name] = {**model_facts(engine, seat, watch), "file": file, "not_taken": failure}
        return {"models": facts, "not_taken": dict(failures), "broken": shop.broken()}

    def reload(self) -> dict[str, Any]:
        """Begin to read settings and plugins again."""
        return self._errands.begin(self._take)

    def hang_up(self) -> None:
        """Begin to read them again, since SIGHUP says so; what comes of it the log tells."""
        self.reload()

    def _take(self) -> str:
        shop, notify = self._workshop, self._notify
        if self._daemon.ready:
            shop.in_loop(lambda: notify.reloading(time.monotonic_ns() // 1000))
        try:
            told = self._reload.take()
        except HftdError as error:
            log.error("not reloaded: %s", error, extra={"message_id": message_ids.NOT_RELOADED})
            raise
        finally:
            if self._daemon.ready:
                shop.in_loop(notify.ready)
        said = "\n".join(told) or "nothing has changed"
        log.info("reloaded: %s", "; ".join(told) or said, extra={"message_id": message_ids.RELOADED})
        return said

    def _roll_back(self, model: str) -> dict[str, Any]:
        self._seat(model)
        return self._errands.begin(lambda: self._rolled_back(model))

    def _rolled_back(self, model: str) -> str:
        shop = self._workshop
        bill = shop.playbill
        if model not in bill.plays or model not in bill.offered:
            raise HftdError(f"{model}: no such model, expected one that plays")
        version = rollback.previous(shop.root, model, bill.plays[model].version)
        shop.perform([archive.load_plan(shop.root, model, version)], ())
        rollback.roll_back(shop.root, model, bill.offered[model], version)
        known = f"{version.digest[:12]} {struck_json(version.options)}"
        return f"{model} plays version {known} until its file or its settings change"

    def _stand(self, word: CommandName, argument: str, by: str) -> dict[str, Any]:
        seat = self._seat(argument)
        self._daemon.command(word, argument, by)
        if word == "activate":  # while it was benched, what it listens to may have been let go
            self._daemon.want()
        return {"said": f"{argument} is {seat.standing}"}

    def _seat(self, model: str) -> Seat:
        seat = self._daemon.engine.seats.get(model)
        if seat is None or seat.standing == "retired":
            known = sorted(each.name for each in self._daemon.engine.seats.values() if each.standing != "retired")
            expected = f"expected {one_of(known)}" if known else "none plays"
            raise HftdError(f"{model[:40] or '?'}: no such model, {expected}")
        return seat
