"""A day a daemon lived through, sealed: the tape is what the venue played, and a replay of it decides the same."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from hftd.cli.tape.record import feeds_of
from hftd.config.load import folder, load
from hftd.core.effects import Effect, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import Event, Quote, Trade
from hftd.core.intents import Intent
from hftd.core.matching import Exchange
from hftd.core.state import open_account
from hftd.lab.replay.replay import Replay
from hftd.lab.tapes.seal import over, seal
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.models.troupe import seat_models
from hftd.runtime.office.day_table import make_schedule
from hftd.runtime.past.journal import read
from hftd.tape import generate, open_tape
from hftd.tape.recording import Recording
from hftd.venues.exchange_calendar import trading_days

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 20)


def made_up() -> Iterator[Trade | Quote]:
    """A regular session of SPY, from a seed."""
    (day,) = trading_days(DAY, DAY)
    regular = day.phase("regular")
    assert regular is not None
    return generate(regular.start, regular.end, {"SPY": 100.0}, seed=11, trades_per_second=0.04)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a daemon that traded a made-up day from its open to its close.

    The model that trades looks at nothing but prints, so what it decides does not hang on how quickly orders were
    answered; another one in the shadow has the quotes sent.
    """
    home = tmp_path_factory.mktemp("lived")
    (home / "plugins").mkdir(mode=0o755)
    for model in ("volume_modulo", "quote_imbalance"):
        (home / "plugins" / f"{model}.py").write_text((ROOT / "plugins" / f"{model}.py").read_text())
    file = home / "hftd.toml"
    file.write_text('[session]\nwhen_closed = "exit"\n[models.quote_imbalance]\nstate = "shadow"\n')
    with Recording(home / "played") as played:
        played.add(made_up())
        played.close({})
    options = f"--tape {home}/played --speed max"
    done = subprocess.run(
        [sys.executable, "-m", "hftd", "run", "--config", str(file), "--with-sim", options, "--for", "60s"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def journal(lived: Path) -> Path:
    (found,) = (lived.parent / "state" / "with-sim" / "journal").iterdir()
    return found


@pytest.fixture(scope="module")
def tape(lived: Path, journal: Path) -> Path:
    assert over(journal, DAY)
    return seal(journal, lived.parent / "tapes" / journal.name, feeds_of(load(lived), lived)).tape


def test_the_tape_is_what_the_venue_played(tape: Path) -> None:
    played = list(made_up())
    assert [event for event in open_tape([tape]) if isinstance(event, Trade | Quote)] == played
    assert len(played) > 1_200


def decided(effect: object) -> tuple[int, str, str] | None:
    match effect:
        case Submit(order):
            return order.at, order.model, order.side
        case Refuse(model, Intent() as wish):
            return effect.at, model, wish.side
    return None


def test_a_replay_of_the_tape_decides_what_the_daemon_decided(lived: Path, journal: Path, tape: Path) -> None:
    live = [decision for record in read(journal) if (decision := decided(record.content))]
    again: list[tuple[int, str, str]] = []

    def watch(_: Event, effects: Sequence[Effect]) -> None:
        again.extend(decision for effect in effects if (decision := decided(effect)))

    config = load(lived)
    plugins = host.load(folder(config, lived))
    state = open_account(Decimal(100_000))
    checks = [(name, part.factory(config.risk)) for name, part in plugins.parts("checks").items()]
    engine = Engine(state, seat_models(state, blueprints(config, plugins, lived)), checks, flatten=False)
    schedule = make_schedule(trading_days(date(2026, 11, 18), date(2026, 11, 24)), config.session)
    Replay(engine, Exchange(Decimal(100_000)), schedule, watch).run(open_tape([tape]))
    assert again == live
    assert len(live) > 40
