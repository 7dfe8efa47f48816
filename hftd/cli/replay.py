"""``hftd replay``: a model on a tape, through the engine of the live daemon and the simulated venue's matching."""

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import tomli
from msgspec.structs import replace

from hftd.cli.settings_option import add_config
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.core.engine import Engine, open_account
from hftd.core.events import Quote, Trade
from hftd.core.matching import Exchange
from hftd.core.session import Day
from hftd.errors import OK, ConfigError, HftdError
from hftd.lab.replay import Replay
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.runtime.assemble import seat_models
from hftd.runtime.day_table import make_schedule
from hftd.tape import Tape, open_tape
from hftd.venues.days_off import override
from hftd.venues.shipped import SHIPPED

Event = Trade | Quote
SPAN = timedelta(days=366)  # of calendar behind a tape's first event


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "replay", help="a model on a recorded tape", description=(__doc__ or "").replace("``", "")
    )
    parser.add_argument("tape", nargs="+", type=Path, metavar="TAPE", help="Parquet or CSV files, merged by time")
    parser.add_argument("--model", action="append", metavar="NAME", help="play this model, actively (all, as set)")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE",
        help="an option of the model for this run; a value as in TOML, or a bare word",
    )  # fmt: skip
    add_config(parser)
    parser.add_argument("--cash", type=Decimal, default=Decimal(100_000), help="dollars to begin with (100000)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the tape and say what came of it."""
    config = _with_options(load(arguments.config), arguments.model, arguments.option)
    plugins = host.load(folder(config, arguments.config), SHIPPED)
    plans = _chosen(blueprints(config, plugins, arguments.config), arguments.model)
    state = open_account(arguments.cash)
    seats = seat_models(state, plans)
    checks = [(name, part.factory(config.risk)) for name, part in plugins.parts("checks").items()]
    engine = Engine(state, seats, checks, flatten=config.session.flatten)

    tape = open_tape(arguments.tape)
    first, events = _first(tape)
    schedule = make_schedule(_days(config, plugins, first), config.session)
    replay = Replay(engine, Exchange(arguments.cash), schedule)
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    replay.run(events)
    facts = _facts(replay, tape, arguments.cash, time.perf_counter() - began)
    for line in tape.report.lines() if tape.report.faults else ():
        print(f"hftd: {line}", file=sys.stderr)
    print(json.dumps(facts, indent=2) if arguments.json else _table(facts))
    return OK


def _with_options(config: Config, models: Sequence[str] | None, options: Sequence[str]) -> Config:
    if not options:
        return config
    if not models or len(models) != 1:
        raise ConfigError("--option: expected exactly one --model to give it to")
    table = dict(config.models.get(models[0], {}))
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise ConfigError(f"--option {option}: expected KEY=VALUE")
        try:
            table[key] = tomli.loads(f"value = {value}", parse_float=Decimal)["value"]
        except tomli.TOMLDecodeError:
            table[key] = value
    return replace(config, models={**config.models, models[0]: table})


def _chosen(plans: tuple[Blueprint, ...], names: Sequence[str] | None) -> tuple[Blueprint, ...]:
    if not names:
        return plans
    known = {plan.name: plan for plan in plans}
    for name in names:
        if name not in known:
            raise ConfigError(f"--model {name}: no such model, known: {', '.join(known) or 'none'}")
    return tuple(replace(known[name], state="active") for name in names)


def _first(tape: Tape) -> tuple[Event, Iterator[Event]]:
    first = next(tape, None)
    if first is None:
        raise HftdError("the tape holds no event")
    return first, chain((first,), tape)


def _days(config: Config, plugins: host.Plugins, first: Event) -> tuple[Day, ...]:
    day = datetime.fromtimestamp(first.seen / 1e9, UTC).date()
    known = plugins.parts("calendars")
    part = known.get(config.session.calendar) or known["exchange"]
    zone, days = part.factory(config.session.calendar, day - timedelta(days=1), day + SPAN)
    return override(days, config.session.closed, config.session.early_closes, zone)


def _facts(replay: Replay, tape: Tape, cash: Decimal, seconds: float) -> dict[str, Any]:
    """Figures of the whole tape: ``events`` are those of the traded phases, ``outside`` the others."""
    state, counts = replay.engine.state, replay.counts()
    held = {symbol: position for symbol, position in state.ledger.positions.items() if position.shares}
    worth = sum((position.cost for position in held.values()), state.ledger.unrealised(state.price))
    return {
        "events": counts["trades"] + counts["quotes"],
        **{name: counts[name] for name in state.counts},
        "position": _whole(sum((position.shares for position in held.values()), Decimal(0))),
        "positions": {symbol: str(position.shares) for symbol, position in held.items()},
        "pnl": str(round(state.ledger.cash + worth - cash, 2)),
        "refusals": dict(replay.refusals()),
        "models": {
            seat.name: {"state": seat.standing, "reason": seat.reason, **seat.counts}
            for seat in replay.engine.seats.values()
        },
        "bad_rows": tape.report.faults,
        "seconds": round(seconds, 3),
        "events_per_second": round((counts["trades"] + counts["quotes"] + counts["outside"]) / seconds),
    }


def _whole(shares: Decimal) -> int | float:
    return int(shares) if shares == shares.to_integral_value() else float(shares)


def _table(facts: dict[str, Any]) -> str:
    lines = [
        f"events     {facts['events']:,} in session, {facts['outside']:,} outside it",
        f"decided    {facts['sell_intents']:,} sells, {facts['buy_intents']:,} buys",
        f"orders     {facts['orders']:,} sent, {facts['refused']:,} refused, {facts['fills']:,} fills",
        f"position   {', '.join(f'{n} {symbol}' for symbol, n in facts['positions'].items()) or 'flat'}",
        f"pnl        ${facts['pnl']}",
        f"speed      {facts['events_per_second']:,} events/s",
    ]
    if facts["refusals"]:
        refusals = sorted(facts["refusals"].items(), key=lambda item: -item[1])
        lines.append("refused    " + ", ".join(f"{code} {count:,}" for code, count in refusals))
    lines += [f"benched    {name}: {m['reason']}" for name, m in facts["models"].items() if m["state"] == "benched"]
    return "\n".join(lines)
