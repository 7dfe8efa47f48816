"""Why a decision was taken and what became of it, from a session's journal alone.

The journal passes through an engine without models, which believes what was decided: just before the decision its
state is the one it was taken in.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from hftd.core.backstage import Understudies
from hftd.core.effects import Cancel, CancelLater, Effect, Refuse, Replace, Resolve, Shadow, Submit
from hftd.core.engine import Engine
from hftd.core.events import Enter, Event, Fill, Leave, LookedUp, OrderUpdate, Restarted, Rules, Shutdown, Version
from hftd.core.intents import Intent, Wish
from hftd.core.recall import recall
from hftd.core.seat import FLATTEN, Seat
from hftd.core.state import State
from hftd.errors import HftdError
from hftd.lab.evidence.materials import Materials
from hftd.lab.evidence.why_view import Seen, Verdict, asked_for, figures, plain, seen, verdicts
from hftd.lab.tapes.seal import begun
from hftd.runtime.past.journal import Record, read

Decision = Submit | Replace | Refuse | Shadow


class Moment(Struct, frozen=True):
    """Something that happened to the order: when (ns UTC, our clock), how long after the cause came in, and what."""

    at: int
    after: int
    what: str
    record: int
    venue: int = 0
    """When it was by the venue's clock (ns UTC), where that said so."""


class Why(Struct, frozen=True):
    """Everything the journal says about one decision."""

    journal: str
    record: int
    decision: Any
    model: str
    version: Version | None
    """The model's file, options and standing; None where no model decided."""
    standing: str
    event: str
    cause: Any
    """The event that was answered, and in which record it came."""
    cause_record: int
    cause_seen: int
    seen: Seen | None
    figures: dict[str, str]
    verdicts: tuple[Verdict, ...]
    moments: list[Moment] = []
    became: str = ""


class _Cast(Understudies):
    """Seats without models that know which symbols their models asked for."""

    def seat(self, enter: Enter) -> Seat:
        return _seat(enter.model, enter.version)


def _seat(name: str, version: Version) -> Seat:
    options = msgspec.json.decode(version.options)
    symbols = options.get("symbols") or [options.get("symbol") or ""]
    return Seat(name, None, [each for each in symbols if each], version.standing, version)


class Telling:
    """One pass over a journal, up to a decision and on to what became of it."""

    def __init__(self, journal: Path, materials: Materials) -> None:
        """Raises HftdError where the journal cannot be read."""
        begin = begun(journal)
        self._journal = journal
        self._materials = materials
        self._unfolding = materials.unfolding()
        self._playing = dict(begin.models)
        self._limits = begin.limits
        seats = [_seat(name, version) for name, version in begin.models.items()]
        self._engine = Engine(State(), seats, [], flatten=begin.flatten, backstage=_Cast())
        self._engine.recalling = True
        self._event: Event | None = None
        self._came = self._came_at = 0
        self._told: Why | None = None
        self._order = ""
        self._stood = ""

    def tell(self, number: int) -> Why:
        """Of the decision in record ``number``. Raises HftdError where that is none."""
        for record in read(self._journal):
            for lived in self._unfolding.take(record):
                if not isinstance(lived, Effect):
                    self._live(record, lived)
                    continue
                if record.number == number:
                    self._told = self._look(number, lived)
                recall(self._engine, lived)
                self._note_effect(record.number, lived)
            if isinstance(record.content, Restarted):  # another process: its checks and feeds may be others
                self._materials = self._materials.of(record.content.plugins)
                self._unfolding = self._materials.unfolding()
        if self._told is None:
            raise HftdError(f"{self._journal}: record {number} is no decision on an order, expected one")
        return msgspec.structs.replace(self._told, became=self._became())

    def _live(self, record: Record, event: Event) -> None:
        framed = event is not record.content
        self._event = event
        self._came = self._unfolding.frame if framed else record.number
        self._came_at = self._unfolding.seen if framed and self._unfolding.seen else event.seen
        match event:
            case Shutdown():
                return
            case Rules(limits):
                self._limits = limits
            case Enter(model, version):
                self._playing[model] = version
            case Leave(model):
                self._playing.pop(model, None)
            case _:
                pass
        self._engine.step(event)
        self._note_event(event)

    # ---- the decision ----------------------------------------------------------------------------------------------

    def _look(self, number: int, decision: Effect) -> Why | None:
        state, event = self._engine.state, self._event
        if not isinstance(decision, Decision) or event is None:
            return None
        order = decision.order if isinstance(decision, Submit | Replace) else None
        model = order.model if order is not None else decision.model  # type: ignore[union-attr]
        intent = asked_for(state, wish_of(decision))
        seat = self._engine.seats.get(model)
        standing = seat.standing if seat is not None else ""
        asked = model != FLATTEN and standing != "retired" and not isinstance(decision, Shadow)
        code = decision.code if isinstance(decision, Refuse) else ""
        self._order = order.id if order is not None else ""
        self._stood = self._standing() if order is not None else ""
        if intent is None or code == "amend":
            asked = False
        return Why(
            self._journal.name, number, plain(decision), model, self._playing.get(model), standing,
            type(event).__name__, plain(event), self._came, self._came_at,
            seen(state, model, intent.symbol) if intent else None,
            figures(state, model, intent) if intent else {},
            verdicts(state, model, intent, self._limits, self._materials.checks, code) if intent and asked else (),
            [*self._beginnings(event, state.now, number, decision)],
        )  # fmt: skip

    def _beginnings(self, event: Event, now: int, number: int, decision: Effect) -> list[Moment]:
        venue = getattr(event, "ts", 0)
        what = {Submit: "decided: sent", Replace: "decided: sent to replace another", Refuse: "refused"}
        return [
            Moment(self._came_at, 0, f"{type(event).__name__} came in", self._came, venue),
            Moment(now, now - self._came_at, what.get(type(decision), "decided in the shadow"), number),
        ]

    # ---- what became of it -----------------------------------------------------------------------------------------

    def _note_event(self, event: Event) -> None:
        if not self._order or self._told is None:
            return
        stands = self._standing()
        about = isinstance(event, OrderUpdate | Fill | LookedUp) and event.order == self._order
        if about or stands != self._stood:
            self._note(event.seen or self._came_at, f"{_said(event)}: {stands}", self._came, getattr(event, "ts", 0))
        self._stood = stands

    def _note_effect(self, number: int, effect: Effect) -> None:
        if self._told is None or number <= self._told.record:
            self._stood = self._standing() if self._order else ""
            return
        if isinstance(effect, Cancel | CancelLater | Resolve) and effect.order == self._order:
            self._note(self._engine.state.now, SAID[type(effect)], number)

    def _note(self, at: int, what: str, record: int, venue: int = 0) -> None:
        assert self._told is not None  # noqa: S101 - for the type checker
        self._told.moments.append(Moment(at, at - self._told.cause_seen, what, record, venue))

    def _standing(self) -> str:
        working = self._engine.state.blotter.find(self._order)
        if working is None:
            return ""
        return f"{working.status}, {working.filled} of {working.order.shares} filled"

    def _became(self) -> str:
        assert self._told is not None  # noqa: S101 - for the type checker
        working = self._engine.state.blotter.find(self._order) if self._order else None
        if working is None:
            return "nothing left the daemon" if not self._order else "it is no longer remembered"
        average = f" at {working.cost / working.filled:.4f}" if working.filled else ""
        reason = f" ({working.reason})" if working.reason else ""
        return f"{working.status}, {working.filled} of {working.order.shares} filled{average}{reason}"


SAID = {
    Cancel: "the venue is asked to withdraw it", CancelLater: "to be withdrawn once the venue has named it",
    Resolve: "its fate is unknown: the venue is asked",
}  # fmt: skip


def wish_of(decision: Effect) -> Wish:
    """What was wished, as the checks were asked about it."""
    match decision:
        case Submit(order) | Replace(order):
            return Intent(order.symbol, order.side, order.shares, order.limit, order.tif)
        case Refuse() | Shadow():
            return decision.wish
        case _:
            raise TypeError(f"{decision!r} is no decision on a wish")


def _said(event: Event) -> str:
    match event:
        case Fill(_, execution, _, _, shares, price):
            return f"Fill of {shares} at {price} ({execution})"
        case OrderUpdate(_, status, reason=reason):
            return f"OrderUpdate {status} {reason}".rstrip()
        case _:
            return type(event).__name__
