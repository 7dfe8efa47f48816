"""The daemon and the simulated venue as processes, for tests that see them from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.errors import HftdError
from hftd.runtime.past.journal import read

HFTD = [sys.executable, "-m", "hftd"]
PATIENCE = 90.0  # seconds; only a failure takes so long

BUYS = '''
from hftd import Model, Options, buy, hookimpl


class Buys(Model):
    """Buys a share at every print."""

    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return buy("SPY", 1)


@hookimpl
def register_models():
    return {"buys": Buys}
'''

RESTING = '''
from hftd import Model, Options, buy, hookimpl


class Resting(Model):
    """Bids far below the market, once: the order stays open."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.done = False

    def on_trade(self, trade):
        if not self.done:
            self.done = True
            return buy("SPY", 1, limit=round(trade.price * 0.9, 2))


@hookimpl
def register_models():
    return {"resting": Resting}
'''


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a truth, and give it back."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"not within {PATIENCE:.0f} s: {what}")


@contextmanager
def process(*arguments: str, said: Path | None = None, **more: Any) -> Iterator["subprocess.Popen[str]"]:
    """An hftd command that does not outlive the test; what it says goes to ``said``, or nowhere."""
    with (said or Path(os.devnull)).open("w") as stderr:
        running = subprocess.Popen([*HFTD, *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True, **more)
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()
            running.communicate()


@contextmanager
def simulated_venue(*more: str, rate: int = 20) -> Iterator[int]:
    """The port of a simulated venue that opens a second after it is watched."""
    sim = ("sim", "--port", "0", "--lead", "1", "--rate", str(rate), "--symbols", "SPY", *more)
    with process(*sim) as running:
        assert running.stdout is not None
        yield int(running.stdout.readline().split("127.0.0.1:")[1].split(",")[0])


def settings(folder: Path, port: int, more: str = "", **plugins: str) -> Path:
    """A settings file for the venue at ``port``, with ``more`` lines (of ``[venue]`` first), beside plugin files."""
    (folder / "plugins").mkdir(mode=0o755, exist_ok=True)
    for name, source in plugins.items():
        (folder / "plugins" / f"{name}.py").write_text(source)
    file = folder / "hftd.toml"
    file.write_text(f"[venue]\nport = {port}\n{more}")
    return file


def at_venue(port: int, path: str, body: Any = None) -> Any:
    """What the venue at ``port`` answers; with a ``body`` it is a POST."""
    headers = {"APCA-API-KEY-ID": "test", "APCA-API-SECRET-KEY": "test", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"http://127.0.0.1:{port}/v2/{path}", data, headers), timeout=PATIENCE) as answer:
        return json.loads(answer.read())


def status(file: Path, question: str = "status") -> dict[str, Any]:
    """What the daemon run by the settings ``file`` says of itself; nothing while it does not answer."""
    try:
        return ask(control_socket(file), {"ask": question})
    except HftdError:
        return {}


def facts(file: Path, question: str = "status") -> dict[str, Any]:
    """The same, waited for."""
    answer: dict[str, Any] = until(lambda: status(file, question), f"an answer to {question}")
    return answer


def journal(folder: Path, kind: type = object) -> list[Any]:
    """What the day's journal holds of one kind, if it is there yet; ``folder`` is that of the settings."""
    days = list((folder / "state" / "journal").glob("*"))
    assert len(days) < 2
    return [record.content for day in days for record in read(day) if isinstance(record.content, kind)]
