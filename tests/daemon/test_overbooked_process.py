"""A venue that sends no more symbols: who comes and needs them is benched, and the others go on without a gap."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import HFTD, PATIENCE, journal, process, settings, simulated_venue, until

from hftd.core.effects import Bench, Submit
from hftd.core.events import Command, Enter, FeedDown

MODEL = '''
from hftd import Model, Options, buy, hookimpl, sell


class Turns(Model):
    """Buys and sells SHARES of a symbol in turn, on each print of it."""

    class Options(Options):
        symbols: tuple[str, ...] = ("SYMBOLS",)

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return (buy if self.turn % 2 else sell)(self.options.symbols[0], SHARES)


@hookimpl
def register_models():
    return {"NAME": Turns}
'''
FREELY = "[risk]\norders_per_minute = 100000\n"
LIMIT = "the venue says 405 symbol limit exceeded: 4 symbols' trades and 0 symbols' quotes are wanted"


def turns(name: str, shares: int, *symbols: str) -> str:
    return MODEL.replace("NAME", name).replace("SHARES", str(shares)).replace("SYMBOLS", '", "'.join(symbols))


def drop(folder: Path, name: str, source: str) -> None:
    (folder / "plugins" / f"{name}.py.new").write_text(source)
    os.replace(folder / "plugins" / f"{name}.py.new", folder / "plugins" / f"{name}.py")


def sent(folder: Path, model: str) -> list[int]:
    """Shares of each order the model sent, in order."""
    return [int(each.order.shares) for each in journal(folder, Submit) if each.order.model == model]


def hftd(folder: Path, *words: str) -> tuple[int, str]:
    """The exit status of a command, and what it said."""
    command = [*HFTD, *words, "--config", str(folder / "hftd.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout + done.stderr


def models(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(hftd(folder, "models", "--json")[1])
    return facts


@pytest.fixture
def trading(tmp_path: Path) -> Iterator[Path]:
    """The folder of a daemon that trades SPY at a venue that sends the trades of two symbols at the most."""
    with simulated_venue("--symbols", "SPY,AAPL", "--symbol-limit", "2") as port:
        file = settings(tmp_path, port, FREELY, old=turns("old", 1, "SPY"))
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log") as running:
            until(lambda: (tmp_path / "state" / "journal").exists() and sent(tmp_path, "old"), "the first order")
            yield tmp_path
            assert running.poll() is None, (tmp_path / "log").read_text()


def goes_on(folder: Path, model: str, shares: int) -> None:
    before = len(sent(folder, model))
    until(lambda: sent(folder, model)[before:].count(shares) > 3, f"orders of {model} for {shares} shares")


def test_a_model_that_needs_too_many_symbols_is_benched_and_the_others_go_on(trading: Path) -> None:
    drop(trading, "greedy", turns("greedy", 2, "SPY", "AAPL", "QQQ", "IWM"))
    until(lambda: journal(trading, Bench), "that it is benched")
    goes_on(trading, "old", 1)

    (word,) = journal(trading, Command)
    assert (word.name, word.argument, word.by) == ("bench", f"greedy {LIMIT}", "hftd")
    facts = models(trading)["models"]
    assert (facts["greedy"]["state"], facts["greedy"]["reason"]) == ("benched", LIMIT)
    assert facts["old"]["state"] == "active"
    assert f"model greedy is benched: {LIMIT}" in (trading / "log").read_text()

    drop(trading, "greedy", turns("greedy", 3, "AAPL"))
    goes_on(trading, "greedy", 3)
    assert journal(trading, FeedDown) == []
    status, said = hftd(trading, "audit")
    assert (status, ", 0 differing decisions" in said) == (0, True), said


def test_a_version_that_needs_too_many_symbols_gives_way_to_the_one_before(trading: Path) -> None:
    drop(trading, "old", turns("old", 2, "AAPL", "SPY", "QQQ", "IWM"))
    until(lambda: len(journal(trading, Enter)) == 2, "that the version before is back")
    goes_on(trading, "old", 1)

    first, second = journal(trading, Enter)
    facts = models(trading)
    assert first.version != second.version
    assert facts["models"]["old"]["version"] == second.version.digest[:12]
    assert facts["not_taken"] == {"old.py": f"{trading / 'plugins' / 'old.py'}: model old: {LIMIT}"}
    assert journal(trading, FeedDown) == []
    assert "Traceback" not in (trading / "log").read_text()
    status, said = hftd(trading, "audit")
    assert (status, ", 0 differing decisions" in said) == (0, True), said


def test_one_that_came_while_the_daemon_was_down_is_benched_as_it_comes_back(tmp_path: Path) -> None:
    """The day's journal tells what the venue sent before."""
    with simulated_venue("--symbols", "SPY,AAPL", "--symbol-limit", "2") as port:
        file = settings(tmp_path, port, FREELY, old=turns("old", 1, "SPY"))
        with process("run", "--config", str(file), "--verbose"):
            until(lambda: (tmp_path / "state" / "journal").exists() and sent(tmp_path, "old"), "the first order")
        drop(tmp_path, "greedy", turns("greedy", 2, "SPY", "AAPL", "QQQ", "IWM"))
        with process("run", "--config", str(file), "--verbose", said=tmp_path / "log"):
            until(lambda: journal(tmp_path, Bench), "that it is benched")
            goes_on(tmp_path, "old", 1)

    assert [(bench.model, bench.reason) for bench in journal(tmp_path, Bench)] == [("greedy", LIMIT)]
    status, said = hftd(tmp_path, "audit")
    assert (status, ", 2 lives, 0 differing decisions" in said) == (0, True), said
