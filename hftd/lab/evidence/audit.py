"""Audits: a session's journal passed through an engine that decides anew, each decision held against the journal's."""

import re
from collections import deque
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from hftd.core.effects import Alert, Bench, Cancel, CancelLater, Effect, Replace, Resolve, Submit
from hftd.core.engine import Engine
from hftd.core.events import Event, Restarted
from hftd.lab.evidence.audit_lives import Lives
from hftd.lab.evidence.materials import Materials
from hftd.lab.tapes.seal import begun
from hftd.runtime.past.journal import Frame, Record, read

MOST = 10
"""Differences after which an audit ends."""

_encode = msgspec.msgpack.Encoder().encode
_address = re.compile(r" at 0x[0-9a-f]+")


class Difference(Struct, frozen=True):
    """One decision that differs: of which ``record``, on what event, and whose."""

    record: int
    event: str
    model: str
    expected: Effect | None
    """What the journal has."""
    found: Effect | None
    """What was decided now."""


class Audited(Struct, frozen=True):
    """What came of an audit."""

    journal: str
    events: int
    decisions: int
    lives: int
    """Processes that wrote the journal, one after the other."""
    differences: tuple[Difference, ...]
    digest: str
    """SHA-256, in hex, of everything that was decided now and is in the journal."""
    ended: int = 0
    """The record at which it ended, where it gave up."""


class Owed(Struct, frozen=True):
    """A decision that should be in the journal; ``step`` counts events."""

    step: int
    record: int
    event: Event
    effect: Effect


class Audit:
    """One pass over the journal in a folder. Raises HftdError as reading it and loading its models do."""

    def __init__(self, journal: Path, materials: Materials) -> None:
        self.journal = journal
        self._lives = Lives(journal, begun(journal), materials)
        self._unfolding = materials.unfolding()
        self._owed: deque[Owed] = deque()
        self._events = self._decisions = 0
        self._event: Event | None = None
        self._digest = sha256()
        self._astray = False
        self._differences: list[Difference] = []

    def run(self) -> Audited:
        """Decide everything anew."""
        ended = 0
        for record in read(self.journal):
            self._take(record)
            if len(self._differences) >= MOST:
                ended = record.number
                break
        return Audited(
            self.journal.name, self._events, self._decisions, self._lives.count,
            tuple(self._differences), self._digest.hexdigest(), ended,
        )  # fmt: skip

    def models(self) -> dict[str, dict[str, bytes]]:
        """The sources of every model that differed and plays, by name."""
        plans = {each.model: self._lives.plan(each.model) for each in self._differences if each.model}
        return {name: dict(plan.sources) for name, plan in plans.items() if plan is not None}

    def _take(self, record: Record) -> None:
        content = record.content
        if not isinstance(content, Effect | Restarted):
            self._expect_nothing_owed()
            if self._astray:
                self._lives.believe(record.number)
                self._astray = False
        for lived in self._unfolding.take(record):
            if isinstance(lived, Effect):
                self._hold_against(record.number, lived)
            else:
                self._live(record, lived)
        if isinstance(content, Restarted):  # its feeds may read the same bytes in another way
            self._unfolding = self._lives.materials.unfolding()
        if isinstance(content, Frame):  # what followed from the frame before it would stand before it
            self._expect_nothing_owed()

    def _live(self, record: Record, event: Event) -> None:
        if isinstance(event, Restarted):  # what the process that died had decided last, it did not write any more
            self._owed.clear()
            self._astray = False
        elif event is record.content:
            self._expect_nothing_owed()
        self._events += 1
        self._event = event
        number = record.number if event is record.content else self._unfolding.frame
        for effect in self._lives.hear(event, record.number):
            self._owed.append(Owed(self._events, number, event, effect))

    def _hold_against(self, number: int, journaled: Effect) -> None:
        self._decisions += 1
        if self._astray:
            return
        while self._owed and self._owed[0].step != self._events:
            self._missed(self._owed.popleft())
        decided = self._owed.popleft().effect if self._owed else None
        if decided is not None:
            self._digest.update(encoded(decided))
        if decided is None or encoded(decided) != encoded(journaled):
            self._differ(number, self._event, journaled, decided)

    def _expect_nothing_owed(self) -> None:
        while self._owed:
            self._missed(self._owed.popleft())

    def _missed(self, owed: Owed) -> None:
        if not self._astray:
            self._differ(owed.record, owed.event, None, owed.effect)

    def _differ(self, number: int, event: Event | None, expected: Effect | None, found: Effect | None) -> None:
        """Note it; what else was decided on the same event follows from it, and is not told."""
        self._astray = True
        self._owed.clear()
        about = expected if expected is not None else found
        model = model_of(about, self._lives.engine) if about is not None else ""
        self._differences.append(Difference(number, type(event).__name__, model, expected, found))


def model_of(effect: Effect, engine: Engine) -> str:
    """Whose decision it is, as far as it is a model's."""
    match effect:
        case Submit(order) | Replace(order):
            return order.model
        case Cancel(order) | CancelLater(order) | Resolve(order):
            working = engine.state.blotter.find(order)
            return working.order.model if working is not None else ""
        case _:
            return getattr(effect, "model", "")


def encoded(effect: Effect) -> bytes:
    """A decision as bytes; where an object lay in memory is no part of it."""
    match effect:
        case Bench(model, reason):
            effect = Bench(model, _address.sub("", reason))
        case Alert(text=text):
            effect = msgspec.structs.replace(effect, text=_address.sub("", text))
        case _:
            pass
    return _encode(effect)


def digest_of(journal: Path) -> str:
    """SHA-256, in hex, of every decision in a journal; an audit without differences finds the same."""
    digest = sha256()
    for record in read(journal):
        if isinstance(record.content, Effect):
            digest.update(encoded(record.content))
    return digest.hexdigest()
