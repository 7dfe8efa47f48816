"""A start with a broken plugin file: what played before plays on, and where nothing did, the start ends."""

from pathlib import Path

import pytest
from processes import journal, process, settings, simulated_venue, until

from hftd.config.load import load
from hftd.core.effects import Stand, Submit
from hftd.core.events import Enter, Leave, Restarted
from hftd.errors import PluginError
from hftd.plugin.blueprint import blueprints
from hftd.runtime.past import archive
from hftd.runtime.past.stock import Stock, last_played, take_stock

MODEL = '''
from hftd import Model, Options, buy, hookimpl, sell


class Turns(Model):
    """Buys and sells SHARES shares in turn."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return (buy if self.turn % 2 else sell)("SPY", SHARES)


@hookimpl
def register_models():
    return {"NAME": Turns}
'''
CHECKS = """

@hookimpl
def register_checks():
    return {"mine": lambda limits: None}
"""


def turns(number: int, name: str = "turns") -> str:
    return MODEL.replace("SHARES", str(number)).replace("NAME", name)


def stocked(folder: Path) -> Stock:
    file = folder / "hftd.toml"
    return take_stock(load(file), file, folder / "state")


def played(folder: Path, **plugins: str) -> None:
    """Have these files played, and be what lies in the folder."""
    file = settings(folder, 1, **plugins)
    stock = stocked(folder)
    for plan in blueprints(load(file), stock.plugins, file):
        archive.keep(folder / "state", plan.digest, plan.sources)
        archive.note(folder / "state", plan.name, plan.version)
    stock.plugins.forget()


BROKEN = {
    "def broken(:\n": "turns.py:1: SyntaxError",
    "import os\nos._exit(0)\n": "turns.py: ends the process with status 0",
    turns(2).replace("self.turn = 0", "1 / 0"): "model turns: ZeroDivisionError",
    turns(2, "other"): "other is among the models of",
}


@pytest.mark.parametrize("source", BROKEN, ids=list(BROKEN.values()))
def test_what_played_before_takes_the_place_of_a_broken_file(tmp_path: Path, source: str) -> None:
    played(tmp_path, turns=turns(1), other=turns(1, "other"))
    settings(tmp_path, 1, "[models.turns]\nwhen_removed = 'flatten'\n", turns=source)
    stock = stocked(tmp_path)
    (plan,) = stock.earlier[str(tmp_path / "plugins" / "turns.py")]

    assert list(stock.plugins.parts("models")) == ["other"]
    assert next(iter(plan.sources.values())).decode() == turns(1)
    assert plan.table.when_removed == "flatten"
    assert list(stock.failures) == ["turns.py"]
    assert BROKEN[source] in stock.failures["turns.py"]


def test_a_broken_file_that_never_played_ends_the_start(tmp_path: Path) -> None:
    played(tmp_path, turns=turns(1))
    settings(tmp_path, 1, new="def broken(:\n")

    with pytest.raises(PluginError, match=r"new\.py:1: SyntaxError"):
        stocked(tmp_path)


def test_nothing_takes_the_place_of_a_file_that_held_a_risk_check(tmp_path: Path) -> None:
    played(tmp_path, turns=turns(1) + CHECKS)
    settings(tmp_path, 1, turns="def broken(:\n")

    with pytest.raises(PluginError, match=r"turns\.py:1: SyntaxError"):
        stocked(tmp_path)


def test_wrong_settings_of_a_file_that_is_as_it_was_end_the_start(tmp_path: Path) -> None:
    """The file is not to blame, and so no other version of it would be what was meant."""
    played(tmp_path, turns=turns(1))
    file = settings(tmp_path, 1, "[models.turns]\nsharse = 3\n")
    stock = stocked(tmp_path)

    assert (stock.failures, list(stock.plugins.parts("models"))) == ({}, ["turns"])
    assert load(file).models == {"turns": {"sharse": 3}}


def test_models_that_moved_to_another_file_are_not_there_twice(tmp_path: Path) -> None:
    played(tmp_path, turns=turns(1))
    settings(tmp_path, 1, turns="def broken(:\n", moved=turns(2))
    stock = stocked(tmp_path)

    assert stock.earlier == {str(tmp_path / "plugins" / "turns.py"): ()}
    assert list(stock.plugins.parts("models")) == ["turns"]


def test_a_daemon_comes_back_with_what_played_and_takes_the_file_once_it_is_mended(tmp_path: Path) -> None:
    """And then with a model that was taken away while it was down, whose positions are traded away as was asked."""
    with simulated_venue() as port:
        more = "[risk]\norders_per_minute = 100000\n[models.other]\nwhen_removed = 'flatten'\n"
        file = settings(tmp_path, port, more, turns=turns(1), other=turns(5, "other"))
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log"):
            until(lambda: (tmp_path / "state" / "journal").exists() and journal(tmp_path, Submit), "the first order")
        (tmp_path / "plugins" / "turns.py").write_text("def broken(:\n")
        (tmp_path / "plugins" / "other.py").unlink()
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log2") as running:
            log = tmp_path / "log2"
            until(lambda: journal(tmp_path, Restarted) or running.poll() is not None, "that it has begun again")
            assert log.read_text().count("not taken, what played before it plays on: ") == 1, log.read_text()
            since = len(journal(tmp_path, Submit))
            until(lambda: len(journal(tmp_path, Submit)) > since + 3, "orders of the old version")
            (tmp_path / "plugins" / "turns.py").write_text(turns(3))
            until(lambda: journal(tmp_path, Enter), "the mended version")
            until(lambda: [each for each in journal(tmp_path, Submit) if each.order.shares == 3], "its orders")
            assert running.poll() is None
    assert [(leave.model, leave.flatten) for leave in journal(tmp_path, Leave)] == [("other", True)]
    assert [stand.standing for stand in journal(tmp_path, Stand)] == ["retired"]
    assert "turns" in last_played(tmp_path / "state")
