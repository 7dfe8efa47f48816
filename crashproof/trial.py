"""One venue and the many lives of one daemon: kill, start again, come to rest, compare."""

import contextlib
import json
import signal
import subprocess
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

from msgspec import Struct, field

from crashproof.audit import Finding, audit, positions
from crashproof.deaths import INSTANT, Death
from crashproof.ear import Ear
from crashproof.nursery import KILLED, Child, begin, tidy
from crashproof.venue import Venue
from hftd.cli.daemon.line import ask
from hftd.errors import OK, HftdError, Unavailable
from hftd.runtime.people import kill_switch
from hftd.runtime.people.control import NAME

SYMBOLS = "AAPL,AMD,AMZN,AVGO,GOOG,IBM,INTC,JPM,META,MSFT,NFLX,NVDA,ORCL,QQQ,SPY,TSLA"
QUIET = 4.0  # seconds without an open order until the venue's late updates have all come
START = 10.0  # seconds a start may take on a busy machine, until it is taken for one that hangs
OUTSIDE = 0x1000  # no exit status: killed from here
STOPPING = 12.0  # seconds a stop may take

SETTINGS = """\
[venue]
name = "sim"
port = {port}
order_connections = 4

[session]
wake_before_seconds = 60

[risk]
max_notional = 10000000
max_position = 1000000
max_gross = 1000000000
max_net = 1000000000
max_value_at_risk = 1000000000
max_daily_loss = 10000000
max_drawdown = 10000000
max_positions = 1000
max_rejects = 1000000
max_skew_seconds = 1000000
bench_after_rejects = 1000000
same_order_per_second = 1000
max_open_orders = 1000
orders_per_second = 1000
orders_per_minute = 50000
orders_per_day = 1000000

[runtime]
log = "info"

[models.restless]
state = "{standing}"
symbols = [{symbols}]
"""


class Setup(Struct, frozen=True, kw_only=True):
    """One trial. ``rate`` is prints a second of each symbol, averaged over the day."""

    folder: str
    deaths: tuple[Death, ...]
    seed: int
    chaos: str
    rate: float = 3.0
    plant: str = ""
    patience: float = 60.0
    """Seconds to come to rest at the end."""


class Outcome(Struct):
    """What became of it."""

    folder: str = ""
    kills: Counter[str] = field(default_factory=Counter)
    lives: int = 0
    tidied: int = 0
    orders: int = 0
    fills: int = 0
    records: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def run(setup: Setup) -> Outcome:
    """Live and die as planned, then rest and compare."""
    began = time.monotonic()
    folder = Path(setup.folder)
    copytree(Path(__file__).parent / "plugins", folder / "plugins", ignore=lambda *_: {"__pycache__"})
    outcome = Outcome(folder=setup.folder)
    with Venue(folder / "venue.txt", SYMBOLS, setup.rate, setup.chaos, setup.seed) as venue:
        config = _settings(folder, venue, "active")
        ear = Ear(folder / "notify")
        for death in setup.deaths:
            _live(config, ear, setup, death, outcome)
        _rest(config, ear, setup, venue, outcome)
        ear.close()
    outcome.seconds = time.monotonic() - began
    return outcome


def _settings(folder: Path, venue: Venue, standing: str) -> Path:
    """The settings file; ``standing`` is the model's."""
    file = folder / "hftd.toml"
    symbols = ", ".join(f'"{each}"' for each in SYMBOLS.split(","))
    file.write_text(SETTINGS.format(port=venue.port, standing=standing, symbols=symbols))
    file.chmod(0o600)
    return file


def _live(config: Path, ear: Ear, setup: Setup, death: Death, outcome: Outcome) -> None:
    """One life and its death."""
    ear.forget()
    life = begin(config, ear.path, death.boundary, death.passage, setup.plant)
    outcome.lives += 1
    status = _end(life, ear, death)
    if status in (OUTSIDE, -signal.SIGTERM):  # a stop that came before anybody listened for it kills as well
        outcome.kills[INSTANT] += 1
    elif status == KILLED:
        outcome.kills[death.boundary] += 1
    elif not (death.stop and status == OK):
        outcome.findings.append(Finding("broken", f"a life ended by itself with {status}: {death}"))
    if death.tidy:
        _tidy(config, outcome)
    time.sleep(death.pause)


def _tidy(config: Path, outcome: Outcome) -> None:
    """Withdraw in a dead daemon's place; a venue that misbehaves may not let it finish."""
    outcome.tidied += 1
    withdrawing = tidy(config)
    try:
        status = withdrawing.wait(STOPPING)
    except subprocess.TimeoutExpired:
        withdrawing.kill()
        status = withdrawing.wait()
    if status not in (OK, Unavailable.exit_status):
        outcome.findings.append(Finding("broken", f"cancel-all ended with {status}"))


def _end(life: Child, ear: Ear, death: Death) -> int:
    """Wait for the end; its exit status, ``OUTSIDE`` where it had to be killed from here."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if death.before:
            return life.wait(death.before)
        ear.ready(life, START)
        if death.stop:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return life.wait(death.stop)
            life.send(signal.SIGTERM)
        return life.wait(death.after)
    life.kill()
    life.wait()
    return OUTSIDE


def _rest(config: Path, ear: Ear, setup: Setup, venue: Venue, outcome: Outcome) -> None:
    """One more life that decides nothing new and withdraws what is open; once nothing moves, stop it and compare."""
    config, state = _settings(config.parent, venue, "shadow"), config.parent / "state"
    state.mkdir(exist_ok=True)
    kill_switch.keep(state, "the proof is over")
    life = begin(config, ear.path, "", 0, setup.plant)
    outcome.lives += 1
    facts = _settled(state / NAME, life, venue, setup.patience)
    life.send(signal.SIGTERM)
    try:
        status = life.wait(STOPPING)
    except subprocess.TimeoutExpired:
        life.kill()
        status = life.wait()
    if status != OK:
        outcome.findings.append(Finding("broken", f"the last life ended with {status}, expected {OK}"))
    books = venue.books()
    (config.parent / "books.json").write_text(json.dumps(books))
    findings, belief = audit(config, state, books)
    findings += _facts(facts, books)
    outcome.findings += findings
    outcome.orders += len(books["orders"])
    if belief is not None:
        outcome.fills += belief.fills
        outcome.records += belief.records


def _settled(socket: Path, life: Child, venue: Venue, patience: float) -> dict[str, Any]:
    """What the daemon says of itself once no order is open and both sides agree; the last word, if they never do."""
    end, quiet = time.monotonic() + patience, 0.0
    facts: dict[str, Any] = {}
    while life.alive() and (now := time.monotonic()) < end:
        with contextlib.suppress(HftdError):
            facts = ask(socket, {"ask": "status"})
        resting = facts.get("reconciled") and not facts["open_orders"] and not _facts(facts, venue.books())
        quiet = (quiet or now) if resting else 0.0
        if quiet and now - quiet > QUIET:
            break
        time.sleep(0.2)
    return facts


def _facts(facts: dict[str, Any], books: dict[str, Any]) -> list[Finding]:
    """What a daemon at rest says that the venue does not."""
    if not facts.get("reconciled"):
        return [Finding("broken", "the daemon never said that it is reconciled with the venue")]
    ours = {symbol: Decimal(held["shares"]) for symbol, held in facts["positions"].items()}
    found = [Finding("lost orders", f"{name} is open, the daemon says at rest") for name in facts["open_orders"]]
    found += [Finding("positions", f"{symbol} is frozen") for symbol in facts["frozen"]]
    return found + positions(books, ours)
