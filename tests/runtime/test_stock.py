"""A start with a broken plugin file: what played before plays on, what never did is left out, where that is safe."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from processes import HFTD, PATIENCE, journal, process, settings, simulated_venue, until

from hftd.config.load import load
from hftd.core.effects import Stand, Submit
from hftd.core.events import Enter, Leave, Restarted
from hftd.errors import ConfigError, PluginError, Refused
from hftd.plugin.blueprint import blueprints
from hftd.runtime.past import archive
from hftd.runtime.past.journal import FORMAT, Begin, Journal
from hftd.runtime.past.stock import Stock, last_run, take_stock

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


NEVER_PLAYED = {
    "def broken(:\n": "new.py:1: SyntaxError",
    "import os\nos._exit(0)\n": "new.py: ends the process with status 0",
    "": "new.py: no hook found",
    turns(2, "new").replace("self.turn = 0", "1 / 0"): "model new: ZeroDivisionError",
    turns(2): "turns is among the models of",
}


@pytest.mark.parametrize("source", NEVER_PLAYED, ids=list(NEVER_PLAYED.values()))
def test_a_broken_file_that_never_played_is_left_out(tmp_path: Path, source: str) -> None:
    played(tmp_path, turns=turns(1))
    settings(tmp_path, 1, new=source)
    stock = stocked(tmp_path)

    assert list(stock.plugins.parts("models")) == ["turns"]
    assert stock.left_out == {"new.py"}
    assert stock.earlier == {str(tmp_path / "plugins" / "new.py"): ()}
    assert NEVER_PLAYED[source] in stock.failures["new.py"]


def test_so_it_is_at_the_first_start_of_all(tmp_path: Path) -> None:
    settings(tmp_path, 1, turns=turns(1), new="import os\nos._exit(0)\n")
    stock = stocked(tmp_path)

    assert list(stock.plugins.parts("models")) == ["turns"]
    assert "new.py: ends the process with status 0" in stock.failures["new.py"]


UNSAFE = {
    "names a check": "def broken(:\n" + CHECKS,
    "names a calendar": "def broken(:\n    register_calendars",
    "takes everything from another": "from _checks import *\n",
}


@pytest.mark.parametrize("source", UNSAFE.values(), ids=list(UNSAFE))
def test_one_that_may_hold_more_than_models_ends_the_start(tmp_path: Path, source: str) -> None:
    """Without a risk check orders would pass that it was to stop."""
    played(tmp_path, turns=turns(1))
    settings(tmp_path, 1, new=source)

    with pytest.raises(PluginError, match=r"new\.py"):
        stocked(tmp_path)


def test_one_that_held_a_risk_check_before_ends_the_start_whatever_it_says_now(tmp_path: Path) -> None:
    begin = Begin(FORMAT, "2026-11-20", "abc123", "", {}, plugins={"mine.py": "0" * 64})
    Journal(tmp_path / "state" / "journal" / "2026-11-20", begin).close()
    settings(tmp_path, 1, turns=turns(1), mine="this is no Python")
    with pytest.raises(PluginError, match=r"mine\.py:1: SyntaxError"):
        stocked(tmp_path)

    journal = Journal(tmp_path / "state" / "journal" / "2026-11-20", begin, number=1)
    journal.event(Restarted(5, {}, {}))
    journal.close()
    assert stocked(tmp_path).left_out == {"mine.py"}


def test_where_no_model_is_left_the_start_ends(tmp_path: Path) -> None:
    settings(tmp_path, 1, broken="def broken(:\n", empty="")

    with pytest.raises(PluginError, match=r"broken\.py:1: SyntaxError"):
        stocked(tmp_path)


def test_a_file_others_may_write_ends_the_start_with_its_own_status(tmp_path: Path) -> None:
    settings(tmp_path, 1, turns=turns(1), new=turns(2, "new"))
    (tmp_path / "plugins" / "new.py").chmod(0o666)

    with pytest.raises(Refused, match=r"new\.py: mode 0666"):
        stocked(tmp_path)


def test_a_wrong_option_of_a_model_that_never_played_ends_the_start(tmp_path: Path) -> None:
    played(tmp_path, turns=turns(1))
    settings(tmp_path, 1, "[models.new]\nsharse = 3\n", new=turns(2, "new"))

    with pytest.raises(ConfigError, match=r"\[models\.new\] sharse: no such key"):
        stocked(tmp_path)


def test_a_model_that_played_and_whose_source_is_lost_is_not_taken_for_one_that_was_removed(tmp_path: Path) -> None:
    """It may have been in the broken file, and its positions might be traded away."""
    played(tmp_path, turns=turns(1), other=turns(1, "other"))
    settings(tmp_path, 1, other="def broken(:\n")
    assert archive.latest(tmp_path / "state").keys() == {"turns", "other"}
    shutil.rmtree(tmp_path / "state" / "models" / archive.latest(tmp_path / "state")["other"].digest)

    with pytest.raises(PluginError, match=r"other\.py:1: SyntaxError"):
        stocked(tmp_path)


def test_a_model_that_was_removed_is_not_in_the_way(tmp_path: Path) -> None:
    played(tmp_path, turns=turns(1), other=turns(1, "other"))
    (tmp_path / "plugins" / "other.py").unlink()
    settings(tmp_path, 1, new="def broken(:\n")

    assert stocked(tmp_path).left_out == {"new.py"}


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
    assert "turns" in last_run(tmp_path / "state").models


def hftd(folder: Path, *words: str) -> str:
    command = [*HFTD, *words, "--config", str(folder / "hftd.toml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout


def test_a_daemon_starts_without_a_broken_file_says_so_and_takes_it_once_it_is_mended(tmp_path: Path) -> None:
    with simulated_venue() as port:
        more = "[risk]\norders_per_minute = 100000\n"
        file = settings(tmp_path, port, more, turns=turns(1), new="def broken(:\n")
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log") as running:
            until(lambda: (tmp_path / "state" / "journal").exists() and journal(tmp_path, Submit), "the first order")
            reason = f"{tmp_path / 'plugins' / 'new.py'}:1: SyntaxError: invalid syntax"
            assert (tmp_path / "log").read_text().count(f"broken, and left out: {reason}") == 1
            status = json.loads(hftd(tmp_path, "status", "--json"))
            assert status["trouble"] == "broken: new.py"
            assert status["status"].startswith("broken: new.py · open · ")
            assert hftd(tmp_path, "models").splitlines()[-1] == f"broken: {reason}"

            (tmp_path / "plugins" / "new.py").write_text(turns(3, "new"))
            until(lambda: [each for each in journal(tmp_path, Submit) if each.order.shares == 3], "its orders")
            assert json.loads(hftd(tmp_path, "status", "--json"))["trouble"] == ""
            assert "broken" not in hftd(tmp_path, "models")
            assert running.poll() is None
