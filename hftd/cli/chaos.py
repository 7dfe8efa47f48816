"""``hftd chaos``: a model lives through every misbehaviour of the simulated venue, and gets a report card."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import msgspec
from msgspec import structs

from hftd.cli.daemon.line import ask
from hftd.cli.options.settings import add_config
from hftd.cli.options.times import span
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.state import State
from hftd.errors import FAILED, OK, ConfigError, Unavailable
from hftd.lab.evidence.report_card import ReportCard, grade
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import blueprints
from hftd.plugin.keys import Keys
from hftd.runtime.past.recovery import remember
from hftd.runtime.people.control import NAME
from hftd.venues.shipped import SHIPPED
from hftd.venues.sim.chaos import SCENARIOS
from hftd.venues.sim.greeting import port_of

KEYS = {"APCA-API-KEY-ID": "sim", "APCA-API-SECRET-KEY": "sim"}
# How soon trouble that comes by the clock comes: a run is short.
OFTEN = {"mute-feed": 8, "cut-feed": 4, "half-open": 10, "slow-consumer": 6, "halt": 8, "restart": 8, "stranger": 3}
# Refusals at the door show only where somebody has to knock again.
BESIDE = {"crowded": "cut-feed=4", "locked-out": "cut-feed=4"}
PATIENCE = 60.0  # seconds a run may take longer than asked for


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "chaos", help="a model's report card under every misbehaviour", description=(__doc__ or "").replace("``", "")
    )
    parser.add_argument("model", metavar="MODEL", help="a model of the plugins folder, by name")
    add_config(parser)
    parser.add_argument(
        "--scenario", action="append", metavar="NAME", help="only this one (all; `hftd sim --chaos list` tells them)"
    )
    parser.add_argument("--for", dest="span", type=span, default=12.0, metavar="SPAN", help="of each run (12s)")
    parser.add_argument("--rate", type=float, default=20.0, help="made-up trades a second in each symbol (20)")
    parser.add_argument("--seed", type=int, default=7, help="of tape and misbehaviour (7)")
    parser.add_argument("--json", action="store_true", help="one JSON list")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run every scenario and show the cards; exit 1 where one was not passed."""
    config = load(arguments.config)
    names = _scenarios(arguments.scenario)
    symbols = _symbols(config, arguments.config, arguments.model)
    cards = []
    for name in names:
        card = _live_through(name, config, arguments, symbols)
        cards.append(card)
        if not arguments.json:
            print(_line(card), flush=True)
    if arguments.json:
        print(json.dumps([{**structs.asdict(card), "passed": card.passed} for card in cards], indent=2))
    failed = sum(not card.passed for card in cards)
    if not arguments.json:
        print(f"{len(cards) - failed} of {len(cards)} scenarios passed")
    return FAILED if failed else OK


def _scenarios(chosen: Sequence[str] | None) -> tuple[str, ...]:
    known = tuple(each.word() for each in SCENARIOS)
    for name in chosen or ():
        if name not in known:
            raise ConfigError(f"--scenario {name}: no such scenario, known: {', '.join(known)}")
    return tuple(chosen or known)


def _symbols(config: Config, file: Path, model: str) -> tuple[str, ...]:
    plans = {plan.name: plan for plan in blueprints(config, host.load(folder(config, file), SHIPPED), file)}
    if model not in plans:
        raise ConfigError(f"{model}: no such model, known: {', '.join(plans) or 'none'}")
    return tuple(plans[model].build(Blank()).symbols)


def _live_through(name: str, config: Config, arguments: argparse.Namespace, symbols: Sequence[str]) -> ReportCard:
    """One run in a folder of its own."""
    chaos = f"{name}={OFTEN[name]}" if name in OFTEN else name
    if name in BESIDE:
        chaos += f",{BESIDE[name]}"
    sim = [
        "sim", "--port", "0", "--lead", "1", "--rate", str(arguments.rate), "--seed", str(arguments.seed),
        "--symbols", ",".join(symbols), "--chaos", chaos, "--chaos-seed", str(arguments.seed), "--die-with-parent",
    ]  # fmt: skip
    with TemporaryDirectory(prefix="hftd-chaos-") as place, _process(sim) as venue:
        assert venue.stdout is not None  # noqa: S101 - for the type checker
        port = port_of(venue.stdout.readline())
        here = Path(place)
        file = here / "hftd.toml"
        file.write_text(_settings(config, arguments.config, arguments.model, port))
        with _process(["run", "--config", str(file)]) as daemon:
            _await_open(here / "state" / NAME)
            time.sleep(arguments.span)
            daemon.terminate()
            exit_status = daemon.wait(PATIENCE)
        (journal,) = (here / "state" / "journal").iterdir()
        return grade(name, exit_status, journal, _believed(file, journal), _books(port))


@contextmanager
def _process(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    running = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "hftd", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def _await_open(line: Path) -> None:
    """Wait until the daemon trades. Raises Unavailable where it does not come to that."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if ask(line, {"ask": "status"})["phase"] == "open":
                return
        except Unavailable:
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            raise Unavailable(f"the daemon did not begin to trade within {PATIENCE:.0f} s")
        time.sleep(0.1)


def _believed(file: Path, journal: Path) -> dict[str, Decimal]:
    """What the daemon held when it left: its journal, lived through once more."""
    config = load(file)
    feeds = host.load(None, SHIPPED).factory("feeds", config.venue.name)(config.venue, Keys("sim", "sim"))
    state = State()
    remember(Engine(state, [], [], flatten=False), feeds, journal, follows=True)
    return {symbol: each.shares for symbol, each in state.ledger.positions.items()}


def _books(port: int) -> dict[str, Any]:
    with urlopen(Request(f"http://127.0.0.1:{port}/sim/books", headers=KEYS), timeout=10) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def _settings(config: Config, file: Path, model: str, port: int) -> str:
    """The user's limits and the model's options; every other model only watches."""
    plugins = folder(config, file).absolute()
    others = [name for name in host.load(plugins, SHIPPED).parts("models") if name != model]
    tables: dict[str, dict[str, Any]] = {
        "venue": {"name": "sim", "port": int(port)},
        "risk": structs.asdict(config.risk),
        "runtime": {"plugins": str(plugins), "log": "warning"},
        f"models.{model}": {**config.models.get(model, {}), "state": "active"},
        **{f"models.{name}": {**config.models.get(name, {}), "state": "shadow"} for name in others},
    }
    return "\n".join(
        f"[{table}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
        for table, keys in tables.items()
    )


def _toml(value: Any) -> str:
    """A value as TOML writes it; of the kinds settings have, only inline tables differ from JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value) if isinstance(value, Decimal) else msgspec.json.encode(value).decode()


def _line(card: ReportCard) -> str:
    verdict = "passed" if card.passed else "FAILED"
    faults = [
        f"{count} {what}"
        for what, count in (
            ("doubled", card.doubled), ("orphans", card.orphans), ("left open", card.left_open),
            ("positions differ", card.differing),
        )
        if count
    ]  # fmt: skip
    if card.exit_status:
        faults.append(f"exit status {card.exit_status}")
    if card.benched:
        faults.append(f"benched: {card.benched}")
    done = (
        f"{card.orders} orders, {card.executions} fills, {card.refused} refused, {card.drops} drops, {card.gaps} gaps"
    )
    return f"{verdict}  {card.scenario:18} {done}{'; ' if faults else ''}{', '.join(faults)}"
