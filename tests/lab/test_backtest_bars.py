"""Bars: what a model hears live, from the simulated venue, is what it hears in a replay of the same prints."""

import os
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from hftd.config.load import folder, load
from hftd.core.effects import Shadow
from hftd.core.events import Event
from hftd.core.intents import Intent
from hftd.lab.replay.backtest import backtest
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.past.journal import read
from hftd.tape import open_tape
from hftd.venues.shipped import SHIPPED

ROOT = Path(__file__).parents[2]
TAPE = ROOT.parent / "shared" / "data" / "us_equities" / "spy_trades_20131007.parquet"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not TAPE.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here"
    ),
]

# It sends nothing: what a model in the shadow wishes is in the journal, and these wishes spell out the bars.
ECHO = '''"""Wishes what it hears."""
from hftd import Bar, Model, Options, buy, hookimpl, sell


class Echo(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_bar(self, bar: Bar):
        return [buy("SPY", bar.volume, bar.close), sell("SPY", bar.trades, bar.open), buy("SPY", bar.ts, bar.high)]


@hookimpl
def register_models():
    return {"echo": Echo}
'''


def heard(contents: Iterable[object]) -> list[tuple[str, Decimal, Decimal | None]]:
    wishes = [content.wish for content in contents if isinstance(content, Shadow)]
    return [(wish.side, wish.shares, wish.limit) for wish in wishes if isinstance(wish, Intent)]


def test_a_model_hears_the_same_bars_live_and_replayed(tmp_path: Path) -> None:
    settings, plugins = tmp_path / "hftd.toml", tmp_path / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "echo.py").write_text(ECHO)
    settings.write_text('[session]\nwhen_closed = "exit"\n[models.echo]\nstate = "shadow"\n')
    done = subprocess.run(
        [sys.executable, "-m", "hftd", "run", "--config", str(settings), "--with-sim", f"--tape {TAPE} --speed max",
         "--for", "120s"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (day,) = (settings.parent / "state" / "with-sim" / "journal").iterdir()
    live = heard(record.content for record in read(day))

    config = load(settings)
    found = host.load(folder(config, settings), SHIPPED)
    effects: list[object] = []

    def watch(event: Event, followed: Iterable[object]) -> None:
        effects.extend(followed)

    plans = blueprints(config, found, settings)
    backtest(config, found, plans, open_tape([TAPE]), cash=Decimal(100_000), watch=watch)

    assert heard(effects) == live
    assert len(live) == 3 * 391  # the minutes of a session, and the one before it
