"""Models dropped, swapped, broken and removed while the daemon trades: seen from outside, with real files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import HFTD, PATIENCE, journal, process, settings, simulated_venue, until

from hftd.core.effects import Stand, Submit
from hftd.core.events import Enter, Leave

SHARES = '''
from hftd import Model, Options, buy, hookimpl, sell


class Shares(Model):
    """Buys and sells N shares in turn."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return buy("SPY", N) if self.turn % 2 else sell("SPY", N)


@hookimpl
def register_models():
    return {"NAME": Shares}
'''


def shares(number: int | str, name: str = "shares") -> str:
    return SHARES.replace("N)", f"{number})").replace("NAME", name)


def drop(folder: Path, name: str, source: str) -> None:
    """Put a file in its place as careful programs do: written beside it, then renamed."""
    (folder / "plugins" / f"{name}.py.new").write_text(source)
    os.replace(folder / "plugins" / f"{name}.py.new", folder / "plugins" / f"{name}.py")


def sent(folder: Path, model: str) -> list[int]:
    """Shares of each order the model sent, in order."""
    return [int(each.order.shares) for each in journal(folder, Submit) if each.order.model == model]


@pytest.fixture
def trading(tmp_path: Path) -> Iterator[Path]:
    """The folder of a daemon that trades with one model; its log is in ``log``."""
    with simulated_venue() as port:
        file = settings(tmp_path, port, shares=shares(1))
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log") as running:
            until(lambda: (tmp_path / "state" / "journal").exists() and sent(tmp_path, "shares"), "the first order")
            yield tmp_path
            assert running.poll() is None, (tmp_path / "log").read_text()


def test_a_model_is_dropped_swapped_broken_and_removed_while_it_trades(trading: Path) -> None:
    log = trading / "log"
    drop(trading, "other", shares(2, "other"))
    until(lambda: 2 in sent(trading, "other"), "orders of the new model")

    drop(trading, "other", shares(3, "other"))
    until(lambda: 3 in sent(trading, "other"), "orders of its new version")

    drop(trading, "other", "import os\nos._exit(0)\n")
    until(lambda: "ends the process with status 0" in log.read_text(), "the line that says it is not taken")
    before = len(sent(trading, "other"))
    until(lambda: len(sent(trading, "other")) > before, "orders of the old version after that")
    assert set(sent(trading, "other")[before:]) == {3}

    (trading / "plugins" / "other.py").unlink()
    until(lambda: journal(trading, Leave), "that it leaves")
    until(lambda: len(sent(trading, "shares")) > 10, "the other model going on")

    assert [enter.model for enter in journal(trading, Enter)] == ["other", "other"]
    assert [(stand.model, stand.standing) for stand in journal(trading, Stand)] == [("other", "retired")]
    text = log.read_text()
    assert text.count("not taken:") == 1
    assert "model other enters, active: version" in text
    assert "Traceback" not in text
