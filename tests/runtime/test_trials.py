"""Trials through the process that stands by for them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hftd.errors import PluginError
from hftd.runtime.models.trials import Trials

GOOD = """
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return None

@hookimpl
def register_models():
    return {"m": M}
"""


@pytest.fixture
def trials() -> Iterator[Trials]:
    made = Trials()
    yield made
    made.close()


def written(folder: Path, source: str) -> Path:
    (folder / "hftd.toml").write_text("")
    (folder / "m.py").write_text(source)
    return folder / "m.py"


def test_one_after_the_other_is_answered_by_the_same_process(tmp_path: Path, trials: Trials) -> None:
    trials.open()
    process = trials._process
    trials.try_out(tmp_path / "hftd.toml", written(tmp_path, GOOD))
    with pytest.raises(PluginError, match=r"m\.py: ends the process with status 3 while it is loaded"):
        trials.try_out(tmp_path / "hftd.toml", written(tmp_path, "import os\nos._exit(3)\n"))
    trials.try_out(tmp_path / "hftd.toml", written(tmp_path, GOOD))

    assert trials._process is process


def test_another_takes_the_place_of_one_that_died(tmp_path: Path, trials: Trials) -> None:
    file = written(tmp_path, GOOD)
    trials.try_out(tmp_path / "hftd.toml", file)
    before = trials._process
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    before.wait()
    trials.try_out(tmp_path / "hftd.toml", file)

    assert trials._process is not before


def test_a_plugin_that_kills_it_is_not_taken(tmp_path: Path, trials: Trials) -> None:
    with pytest.raises(PluginError, match=r"m\.py: could not be tried: the process for that dies"):
        trials.try_out(tmp_path / "hftd.toml", written(tmp_path, "import os\nos.kill(os.getppid(), 9)\n"))


def test_a_fault_of_the_settings_is_told_and_the_process_goes_on(tmp_path: Path, trials: Trials) -> None:
    file = written(tmp_path, GOOD)
    (tmp_path / "hftd.toml").write_text("[models.m]\nsharse = 3\n")
    with pytest.raises(PluginError, match=r"\[models\.m\] sharse: no such key"):
        trials.try_out(tmp_path / "hftd.toml", file)
    process = trials._process
    (tmp_path / "hftd.toml").write_text("")
    trials.try_out(tmp_path / "hftd.toml", file)

    assert trials._process is process
