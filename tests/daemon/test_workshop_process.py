"""Models dropped, swapped, broken and removed while the daemon trades: seen from outside, with real files."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import HFTD, PATIENCE, facts, journal, process, settings, simulated_venue, until

from hftd.core.effects import Stand, Submit
from hftd.core.events import Enter, Leave, Rules

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


FREELY = "[risk]\norders_per_minute = 100000\n"


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
        file = settings(tmp_path, port, FREELY, shares=shares(1))
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


def asked(folder: Path, *words: str) -> tuple[int, str]:
    """The exit status of a command to the daemon, and what it said."""
    done = subprocess.run(
        [*HFTD, *words, "--config", str(folder / "hftd.toml")],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def model(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = facts(folder / "hftd.toml", "models")["models"][name]
    return found


def test_a_reload_takes_all_or_nothing_and_says_so(trading: Path) -> None:
    file = trading / "hftd.toml"
    before = file.read_text()
    assert asked(trading, "reload") == (0, "nothing has changed\n")

    file.write_text(before + "max_shares = 7\n[models.shares]\nstate = 'shadow'\nsharse = 3\n")
    status, said = asked(trading, "reload")
    assert status == 78
    assert "[models.shares] sharse: no such key" in said
    assert model(trading, "shares")["state"] == "active"

    file.write_text(before.replace("[venue]\n", "[venue]\norder_connections = 3\n"))
    status, said = asked(trading, "reload")
    assert status == 78
    assert "[venue] order_connections: 3, was 2: this needs a restart" in said

    file.write_text(before + "max_shares = 7\n[models.shares]\nstate = 'shadow'\n[models.left_behind]\n")
    status, said = asked(trading, "reload")
    assert (status, said.splitlines()[0]) == (0, "[risk] max_shares: 7, was 500")
    assert model(trading, "shares")["state"] == "shadow"
    (rules,) = journal(trading, Rules)
    assert rules.limits.max_shares == 7
    log = (trading / "log").read_text()
    assert "[models.left_behind]: no such model, expected shares" in log
    assert "Traceback" not in log


def test_a_model_is_sent_into_the_shadow_benched_and_rolled_back(trading: Path) -> None:
    first = model(trading, "shares")
    assert first["orders"] > 0
    assert asked(trading, "model", "shares", "shadow") == (0, "shares is shadow\n")
    assert asked(trading, "model", "shares", "bench") == (0, "shares is benched\n")
    assert asked(trading, "model", "shares", "activate") == (0, "shares is active\n")
    assert asked(trading, "model", "other", "bench")[1] == "hftd: other: no such model, expected shares\n"
    assert asked(trading, "model", "shares", "rollback")[1] == (
        "hftd: shares: no earlier version is known, expected one that played\n"
    )

    drop(trading, "shares", shares(4))
    until(lambda: 4 in sent(trading, "shares"), "orders of the new version")
    status, said = asked(trading, "model", "shares", "rollback")
    assert (status, said.split()[:4]) == (0, ["shares", "plays", "version", first["version"]])
    assert model(trading, "shares")["version"] == first["version"]
    since = len(sent(trading, "shares"))
    until(lambda: len(sent(trading, "shares")) > since + 4, "orders of the old version")
    assert set(sent(trading, "shares")[since + 1 :]) == {1}


def hurried(seconds: float) -> str:
    """The beginning of a plugin file: from when it is loaded on, a rehearsal that hangs is broken off after so long."""
    return f"from hftd.runtime.models import deadline\n\ndeadline.FIRST = {seconds}\n"


def test_one_that_loops_for_ever_while_it_rehearses_is_broken_off(trading: Path) -> None:
    """The version before trades on, and the next change is taken. The file itself shortens the patience with it."""
    log = trading / "log"
    looping = hurried(1.0) + shares(2).replace("self.turn += 1", "while True: pass")
    drop(trading, "shares", looping)
    line = looping[: looping.index("while True")].count("\n") + 1
    until(lambda: f"shares.py:{line}: model shares: on today's events: fewer than" in log.read_text(), "the reason")
    since = len(sent(trading, "shares"))
    until(lambda: len(sent(trading, "shares")) > since + 4, "orders of the old version")
    drop(trading, "shares", hurried(60.0) + shares(3))
    until(lambda: 3 in sent(trading, "shares"), "orders of the version after it")

    assert set(sent(trading, "shares")) == {1, 3}
    assert "Traceback" not in log.read_text()
