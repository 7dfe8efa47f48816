"""The turn of a day: a journal for the next one, and what that day must know of the one before to stand by itself."""

from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.events import Carry
from hftd.runtime.past.journal import Begin, Journal
from hftd.runtime.past.recovery import day_folder, open_journal, survey


def next_page(before: Begin, engine: Engine, root: Path, day: str, config: Config) -> Journal:
    """The journal of ``day``, begun with who plays now by the rules of ``config``. Raises HftdError as a start does."""
    models = {seat.name: seat.version for seat in engine.seats.values() if seat.standing != "retired"}
    folder = day_folder(root, day)
    begin = replace(before, day=day, models=models, limits=config.risk, flatten=config.session.flatten)
    return open_journal(folder, survey(folder), begin, fsync=config.runtime.fsync)


def carry(engine: Engine, now: int) -> Carry:
    """What the engine takes into the next day, at ``now`` (ns UTC)."""
    state = engine.state
    benched = {seat.name: seat.reason for seat in engine.seats.values() if seat.standing == "benched"}
    standings: dict[str, Literal["active", "shadow"]] = {
        seat.name: "shadow" if seat.standing == "shadow" else "active" for seat in engine.seats.values() if seat.plays
    }
    return Carry(
        state.ledger.cash, state.carried(), benched, state.halted, state.flattening, now,
        state.blotter.left(), tuple(sorted(state.leaving)), standings, state.skew,
    )  # fmt: skip
