"""Backtest: models on a tape, from settings to figures. It prints nothing; ``hftd replay`` and ``hftd sweep`` do."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from msgspec import Struct

from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.events import Bar
from hftd.core.matching import Exchange
from hftd.core.session import Day
from hftd.core.state import State
from hftd.errors import HftdError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.bars import with_bars
from hftd.lab.replay.diary import Booked, Diary, Sample, value
from hftd.lab.replay.replay import OnStep, Replay
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.host import Plugins
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.office.day_table import make_schedule
from hftd.tape import Tape
from hftd.tape.layout import Market
from hftd.venues.days_off import override

SPAN = timedelta(days=366)  # of calendar behind a tape's first event
DEFAULT = Assumptions()
NEW_YORK = "America/New_York"

Progress = Callable[[int], None]
"""Told the time of the tape (ns UTC) once a minute of it."""


class Played(Struct, frozen=True):
    """What came of a tape: the replay with its engine and exchange, every fill, the account minute by minute, figures.

    ``facts`` are plain values, as ``hftd replay --json`` prints them; ``cash`` is what it began with, ``zone`` that of
    the exchange's clock.
    """

    replay: Replay
    fills: Sequence[Booked]
    equity: Sequence[Sample]
    facts: dict[str, Any]
    cash: Decimal
    zone: str = NEW_YORK


def backtest(
    config: Config, plugins: Plugins, plans: Sequence[Blueprint], tape: Iterable[Market], *,
    cash: Decimal, assumptions: Assumptions = DEFAULT, days: Sequence[Day] | None = None,
    watch: OnStep | None = None, progress: Progress | None = None,
) -> Played:  # fmt: skip
    """Play ``tape`` once to the models of ``plans``, in an account of ``cash`` dollars.

    Models that decide on bars hear those of the tape; where it has none, those a venue makes of its prints.
    ``days`` are the exchange's trading days where they are known already (``calendar``, which takes a while).
    Raises HftdError for a tape without events, PluginError where a model cannot be built.
    """
    first, events = _first(tape)
    zone = NEW_YORK
    if days is None:
        zone, days = calendar(config, plugins, datetime.fromtimestamp(first.seen / 1e9, UTC).date())
    # What is sampled of a day the tape has nothing of would halve every figure of a tape of one day.
    days = [day for day in days if any(phase.end > first.seen for phase in day.phases)]
    state = State()
    state.ledger.cash = cash
    state.reconciled = True  # nobody else trades this account
    # Nobody asks how long models took, and two looks at a clock cost a print a tenth more.
    troupe = Troupe(state, plans, {code: part.factory for code, part in plugins.parts("checks").items()}, timed=False)
    seats = troupe.seats()
    checks = troupe.checks(config.risk)
    engine = Engine(state, seats, checks, flatten=config.session.flatten, backstage=troupe)
    diary = Diary(state)
    replay = Replay(
        engine, Exchange(cash, terms=assumptions.terms), make_schedule(tuple(days), config.session), watch,
        diary=diary, progress=progress, latency=assumptions.latency,
    )  # fmt: skip
    if any("on_bar" in seat.handlers for seat in seats) and not _has_bars(tape):
        events = with_bars(events, days, config.session.phases)
    began = time.perf_counter()
    replay.run(events)
    facts = _facts(replay, cash, time.perf_counter() - began)
    return Played(replay, diary.fills, diary.samples, facts, cash, zone)


def calendar(config: Config, plugins: Plugins, day: date) -> tuple[str, tuple[Day, ...]]:
    """The exchange's time zone, and its days from the one before ``day`` on for a year, as the settings have them."""
    known = plugins.parts("calendars")
    part = known.get(config.session.calendar) or known["exchange"]
    zone, days = part.factory(config.session.calendar, day - timedelta(days=1), day + SPAN)
    return zone, override(days, config.session.closed, config.session.early_closes, zone)


def _first(tape: Iterable[Market]) -> tuple[Market, Iterator[Market]]:
    events = iter(tape)
    first = next(events, None)
    if first is None:
        raise HftdError("the tape holds no event")
    return first, chain((first,), events)


def _has_bars(tape: Iterable[Market]) -> bool:
    if isinstance(tape, Tape):
        return any(file.kind == "bars" for file in tape.report.files)
    return isinstance(tape, Sequence) and any(type(event) is Bar for event in tape)


def _facts(replay: Replay, cash: Decimal, seconds: float) -> dict[str, Any]:
    """Figures of the whole tape: ``events`` are those of the traded phases, ``outside`` the others."""
    state, counts = replay.engine.state, replay.counts()
    held = {symbol: position.shares for symbol, position in state.ledger.positions.items() if position.shares}
    return {
        "events": counts["trades"] + counts["quotes"],
        **{name: counts[name] for name in state.counts},
        "position": _whole(sum(held.values(), Decimal(0))),
        "positions": {symbol: str(shares) for symbol, shares in held.items()},
        "pnl": str(round(value(state) - cash, 2)),
        "refusals": dict(replay.refusals()),
        "models": {
            seat.name: {"state": seat.standing, "reason": seat.reason, **seat.counts}
            for seat in replay.engine.seats.values()
        },
        "seconds": round(seconds, 3),
        "events_per_second": round((counts["trades"] + counts["quotes"] + counts["outside"]) / seconds),
    }


def _whole(shares: Decimal) -> int | float:
    return int(shares) if shares == shares.to_integral_value() else float(shares)
