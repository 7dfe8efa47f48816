"""A plugin is tried in another process: whatever it does there, this one is told in a line."""

import sys
from pathlib import Path

import pytest

from hftd.errors import ConfigError, PluginError
from hftd.runtime.models import trial
from hftd.runtime.models.trial import try_out

GOOD = """
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 5

    def on_trade(self, trade):
        return None

@hookimpl
def register_models():
    return {"m": M}
"""


def tried(folder: Path, source: str, settings: str = "") -> None:
    (folder / "hftd.toml").write_text(settings)
    (folder / "m.py").write_text(source)
    try_out(folder / "hftd.toml", folder / "m.py")


def test_a_good_file_is_no_news(tmp_path: Path) -> None:
    tried(tmp_path, GOOD)


def test_what_a_plugin_prints_is_not_taken_for_the_answer(tmp_path: Path) -> None:
    tried(tmp_path, "print('{\"error\": \"made up\"}')\n" + GOOD)


BAD = {
    "import os\nos._exit(0)\n": "m.py: ends the process with status 0 while it is loaded",
    "import os\nos.kill(os.getpid(), 11)\n": "m.py: dies of SIGSEGV while it is loaded",
    "import sys\nsys.exit(3)\n": "m.py:2: SystemExit: 3",
    "def broken(:\n": "m.py:1: SyntaxError: invalid syntax",
    "": "m.py: no hook found",
    GOOD.replace("return None", "return None\n    def on_tick(self, x): pass"): "on_tick: no such handler",
    GOOD.replace("def on_trade", "def start(self): 1 / 0\n    def on_trade"): "model m: ZeroDivisionError",
    GOOD.replace('symbol: str = "SPY"', "window: int = 3"): "model m: no symbol, expected",
    GOOD.replace("shares: int = 5", "canary: int = 5"): "canary is kept for hftd itself",
}


@pytest.mark.parametrize("source", BAD, ids=list(BAD.values()))
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, source: str) -> None:
    with pytest.raises(PluginError) as caught:
        tried(tmp_path, source)

    assert BAD[source] in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_its_table_in_the_settings_is_held_against_it(tmp_path: Path) -> None:
    """That is a fault of the settings, and told as one."""
    with pytest.raises(ConfigError, match=r"\[models\.m\] sharse: no such key, nearest is shares") as caught:
        tried(tmp_path, GOOD, "[models.m]\nsharse = 3\n")
    assert not isinstance(caught.value, PluginError)


def test_the_set_as_a_whole_is_tried_without_a_file(tmp_path: Path) -> None:
    """A table that is left behind without a model is no fault of the plugins."""
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "plugins" / "m.py").write_text(GOOD)
    (tmp_path / "hftd.toml").write_text("[models.other]\n")
    try_out(tmp_path / "hftd.toml")
    (tmp_path / "plugins" / "n.py").write_text(GOOD)

    with pytest.raises(PluginError, match=r"n\.py: m is among the models of .*m\.py already"):
        try_out(tmp_path / "hftd.toml")


def test_one_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LONGEST", 3.0)

    with pytest.raises(PluginError, match=r"m\.py: takes longer than 3 s to load"):
        tried(tmp_path, "while True: pass\n")


def test_one_that_eats_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST", 200 * 1024**2)

    with pytest.raises(PluginError, match=r"m\.py: fills more than 200 MiB of memory while it is loaded"):
        tried(tmp_path, "food = []\nwhile True: food.append(b'x' * 2**20)\n")


def test_a_thread_a_plugin_starts_does_not_keep_it(tmp_path: Path) -> None:
    tried(tmp_path, "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n" + GOOD)


def test_nothing_of_it_comes_into_this_process(tmp_path: Path) -> None:
    before = set(sys.modules)
    tried(tmp_path, GOOD)

    assert {name for name in sys.modules.keys() - before if name.startswith("hftd_plugin_")} == set()
