"""The stage: one model, the engine of live trading and a fake venue, in an open session."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hftd.config.fill import fill
from hftd.core.engine import Engine
from hftd.core.events import Event, FeedDown, Gap
from hftd.core.intents import exact
from hftd.core.orders import Order
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.session import Day, Phase, Schedule, schedule
from hftd.core.state import open_account
from hftd.core.view import StateView
from hftd.errors import PluginError
from hftd.lab.replay.replay import Replay
from hftd.plugin.check import check_model
from hftd.plugin.model import Model
from hftd.tape.layout import Market
from hftd.testing.build import SECOND, bar, trade
from hftd.testing.cues import Minute, Script, Wait
from hftd.testing.given import PLAIN, Given
from hftd.testing.load import load
from hftd.testing.record import Record
from hftd.testing.stamp import MINUTE, stamped
from hftd.testing.venue import FakeVenue

LASTS = 23_400 * SECOND  # a regular session
WARMUP, STOP, LINGER = 300 * SECOND, 5 * SECOND, 5 * SECOND  # as [session] has them by default


class Benched(AssertionError):
    """The model was benched, and the test did not foresee it; its cause is what the model raised, if it did."""


class Stage(Record):
    """One model in an open session, and what came of what it was told."""

    def __init__(self, model: type[Model] | str | Path, given: Given, options: Mapping[str, Any]) -> None:
        """Open the session for ``model``, a class or the file of a plugin.

        Raises PluginError for what is no model, ConfigError for an option or a limit that is wrong.
        """
        super().__init__()
        cls = model if isinstance(model, type) else load(model)
        self.name = cls.__name__
        check_model(cls, self.name)
        self._state = open_account(exact(given.cash))
        self._view = StateView(self._state, self.name)
        self.model = cls(fill(cls.Options, options, f"{self.name}:"), self._view)
        """The model itself."""
        if not all(self.model.symbols or ("",)):
            raise PluginError(f"{self.name}: no symbol, expected `symbol` or `symbols` in its Options")
        seat = Seat(self.name, self.model, self.model.symbols, given.state)
        self.listen(seat)
        limits = fill(Limits, given.risk, "risk:")
        checks = [(code, check(limits)) for code, check in SHIPPED.items()]
        engine = Engine(self._state, [seat], [*checks, *given.checks.items()], flatten=given.flatten)
        self.venue = FakeVenue(given)
        """The venue; its ``rejects`` and ``largest_fill`` may be set as the test goes on."""
        latency = given.assumptions.latency
        self._replay = Replay(engine, self.venue, _session(given.opens), self.watch, latency=latency)
        self._may_bench = given.may_bench
        self.now = given.opens
        """The time of what happened last, ns UTC."""
        self._replay.catch_up(self.now)
        self._look()

    def __repr__(self) -> str:
        counts = f"{len(self.orders)} orders, {len(self.refusals)} refusals, {len(self.fills)} fills"
        return f"<stage of {self.name}: {counts}, {self.benched or 'playing'}>"

    def tell(self, *script: Script) -> "Stage":
        """Let the script happen, one after the other. Raises Benched, and ValueError for a time that is past."""
        __tracebackhide__ = True
        for cue in script:
            self._take(cue)
        return self

    def close(self) -> "Stage":
        """Let the session end: closing, closed, asleep. Raises Benched."""
        __tracebackhide__ = True
        self._replay.end()
        self.now = max(self.now, self._state.now)
        self._look()
        return self

    def position(self, symbol: str = "") -> Decimal:
        """Signed shares held of ``symbol``, by default the model's first."""
        return self._state.ledger.shares(symbol or self.model.symbols[0])

    @property
    def open_orders(self) -> tuple[Order, ...]:
        """The model's orders that may still trade."""
        return self._view.orders()

    @property
    def profit(self) -> Decimal:
        """The day's profit in dollars, taken and on paper."""
        return self._state.profit()

    def _take(self, cue: Script) -> None:
        __tracebackhide__ = True
        match cue:
            case Wait(seconds):
                self._pass_to(self.now + int(seconds * SECOND))
            case Minute(close, symbol):
                end = self.now - self.now % MINUTE + MINUTE
                self._hear(trade(close, symbol=symbol, at=max(end - SECOND, self.now)))
                self._hear(bar(close, symbol=symbol))
            case Event():
                self._hear(cue)
            case Iterable():
                for each in cue:
                    self._take(each)
            case _:
                raise TypeError(f"{cue!r} in the script: expected an event, wait() or minutes()")

    def _hear(self, event: Event) -> None:
        __tracebackhide__ = True
        event = stamped(event, self.now, self.model.symbols[0])
        if event.seen < self.now:
            raise ValueError(f"{type(event).__name__} at {event.seen} ns: expected a time from {self.now} on")
        self._pass_to(event.seen)
        if isinstance(event, Market):
            self._replay.play((event,))
        else:
            if isinstance(event, FeedDown | Gap):
                self.venue.gap()  # what the tape does not hold, the venue does not know either
            self._replay.hear(event)
        self._look()

    def _pass_to(self, moment: int) -> None:
        __tracebackhide__ = True
        self._replay.catch_up(moment)
        self.now = moment
        self._look()

    def _look(self) -> None:
        __tracebackhide__ = True
        if self.benched and not self._may_bench:
            raise Benched(self.benched) from self.error


def play(model: type[Model] | str | Path, /, *script: Script, given: Given = PLAIN, **options: Any) -> Stage:
    """Open a session for ``model``, a class or the file of a plugin, and let the script happen.

    ``options`` are the model's own. Raises Benched; PluginError for what is no model, ConfigError for a wrong option
    or limit.
    """
    __tracebackhide__ = True
    return Stage(model, given, options).tell(*script)


def _session(opens: int) -> Schedule:
    date = str(datetime.fromtimestamp(opens // SECOND, UTC).date())
    day = Day(date, (Phase("regular", opens, opens + LASTS),))
    return Schedule(schedule([day], ("regular",), WARMUP, STOP, LINGER))
