"""An operator and a daemon, each a process: what is said is done, written down, and outlives the daemon."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from hftd.core.effects import Submit
from hftd.core.events import Command
from hftd.runtime.journal import read

HFTD = [sys.executable, "-m", "hftd"]
PATIENCE = 30.0
ME = pwd.getpwuid(os.getuid()).pw_name

RESTING = '''
from hftd import Model, Options, buy, hookimpl


class Resting(Model):
    """Bids far below the market while nothing of its own is open."""

    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        if not self.view.orders():
            return buy("SPY", 1, limit=round(trade.price * 0.9, 2))


@hookimpl
def register_models():
    return {"resting": Resting}
'''

# The simulated venue under another name, whose office takes none of its accounts for paper.
MIRROR = """
from hftd import hookimpl
from hftd.venues.sim import plugin as sim


@hookimpl
def register_feeds():
    return {"mirror": sim.feeds}


@hookimpl
def register_brokers():
    return {"mirror": sim.broker}


@hookimpl
def register_offices():
    def office(venue, keys):
        made = sim.office(venue, keys)
        made.is_paper = lambda account: account != "PASIMULATED1"
        return made

    return {"mirror": office}
"""


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a truth."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"not within {PATIENCE:.0f} s: {what}")


@contextmanager
def process(*arguments: str, said: Path | None = None) -> Iterator["subprocess.Popen[str]"]:
    """A program that does not outlive the test; what it says goes to ``said``, or nowhere."""
    with (said or Path(os.devnull)).open("w") as stderr:
        running = subprocess.Popen([*HFTD, *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()
            running.communicate()


@pytest.fixture
def venue() -> Iterator[int]:
    """The port of a simulated venue that opens a second after it is watched."""
    with process("sim", "--port", "0", "--lead", "1", "--rate", "20", "--symbols", "SPY") as sim:
        assert sim.stdout is not None
        yield int(sim.stdout.readline().split("127.0.0.1:")[1].split(",")[0])


def settings(folder: Path, text: str, **plugins: str) -> Path:
    (folder / "plugins").mkdir(mode=0o755)
    for name, source in plugins.items():
        (folder / "plugins" / f"{name}.py").write_text(source)
    (folder / "hftd.toml").write_text(text)
    return folder / "hftd.toml"


def hftd(file: Path, *words: str) -> str:
    """What a command that must succeed prints."""
    argv = [*HFTD, words[0], "--config", str(file), *words[1:]]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.strip()


def open_orders(port: int) -> list[Any]:
    headers = {"APCA-API-KEY-ID": "test", "APCA-API-SECRET-KEY": "test"}
    with urlopen(Request(f"http://127.0.0.1:{port}/v2/orders?status=open", headers=headers), timeout=5) as answer:
        return list(json.loads(answer.read()))


def journal(folder: Path, kind: type) -> list[Any]:
    """What the day's journal holds of one kind."""
    (day,) = (folder / "state" / "journal").iterdir()
    return [record.content for record in read(day) if isinstance(record.content, kind)]


def test_a_halt_outlives_the_daemon_and_ends_when_somebody_resumes(venue: int, tmp_path: Path) -> None:
    """Resumed while none runs: the next one trades, though its journal remembers the halt."""
    file = settings(tmp_path, f"[venue]\nport = {venue}\n[risk]\ncollar = 0.5\n", resting=RESTING)
    with process("run", "--config", str(file)) as first:
        until(lambda: open_orders(venue), "an order at the venue")
        halted = f"trading is stopped: the feed ({ME}); orders being withdrawn"
        assert hftd(file, "halt", "the", "feed").startswith(halted)
        until(lambda: not open_orders(venue), "the order withdrawn")
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
    sent = len(journal(tmp_path, Submit))
    assert hftd(file, "resume").startswith("no daemon runs; the next one trades again, although: the feed")

    with process("run", "--config", str(file)):
        until(lambda: open_orders(venue), "another order at the venue")
        assert json.loads(hftd(file, "status", "--json"))["halted"] == ""
        said = [(word.name, word.argument, word.by) for word in journal(tmp_path, Command)]

    assert said == [("halt", f"the feed ({ME})", ME), ("resume", "", ME)]
    assert len(journal(tmp_path, Submit)) == sent + 1
    assert not (tmp_path / "state" / "resume").exists()
    assert not (tmp_path / "state" / "halted").exists()


def test_an_account_that_is_not_paper_ends_the_start_with_78_and_no_order(venue: int, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("key = nobody00\nsecret = nobody00\n")
    (tmp_path / "keys").chmod(0o600)
    text = f'[venue]\nname = "mirror"\nport = {venue}\nkeys = "{tmp_path}/keys"\n[risk]\ncollar = 0.5\n'
    file = settings(tmp_path, text, resting=RESTING, mirror=MIRROR)
    said = tmp_path / "said"
    with process("run", "--config", str(file), said=said) as daemon:
        assert daemon.wait(PATIENCE) == 78

    last = said.read_text().splitlines()[-1]
    assert last == "hftd: account PASIMULATED1 at mirror: not a paper account, expected one"
    assert journal(tmp_path, Submit) == []
    assert open_orders(venue) == []
