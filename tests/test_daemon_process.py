"""The daemon as a process, against the simulated venue as another: what an administrator can see of it."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from hftd.core.effects import Bench, Submit
from hftd.core.events import Gap
from hftd.runtime.journal import read

ROOT = Path(__file__).parents[1]
HFTD = [sys.executable, "-m", "hftd"]
PATIENCE = 90.0  # seconds; only a failure takes so long

EVERY_TRADE = '''
from hftd import Model, Options, buy, hookimpl, sell


class EveryTrade(Model):
    """Buys and sells in turn, whatever the market does."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return buy("SPY", 1) if self.turn % 2 else sell("SPY", 1)


@hookimpl
def register_models():
    return {"every_trade": EveryTrade}
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

RAISING = '''
from hftd import Model, Options, hookimpl


class Raising(Model):
    """Breaks at the third trade."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.count = 0

    def on_trade(self, trade):
        self.count += 1
        if self.count == 3:
            raise RuntimeError("out of ideas")


@hookimpl
def register_models():
    return {"raising": Raising}
'''


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
def process(*arguments: str, said: Path | None = None, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that does not outlive the test; what it says goes to ``said``, or nowhere."""
    with (said or Path(os.devnull)).open("w") as stderr:
        running = subprocess.Popen([*HFTD, *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True, **more)
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


def settings(folder: Path, port: int, more: str = "", **models: str) -> Path:
    plugins = folder / "plugins"
    plugins.mkdir(mode=0o755, exist_ok=True)
    for name, source in models.items():
        (plugins / f"{name}.py").write_text(source)
    file = folder / "hftd.toml"
    file.write_text(f'[venue]\nname = "sim"\nport = {port}\n{more}')
    return file


def status(file: Path) -> dict[str, Any]:
    """What the running daemon says of itself; nothing while it does not answer."""
    asked = subprocess.run(
        [*HFTD, "status", "--config", str(file), "--json"], capture_output=True, text=True, check=False
    )
    return json.loads(asked.stdout) if asked.returncode == 0 else {}


def at_venue(port: int, path: str) -> Any:
    headers = {"APCA-API-KEY-ID": "test", "APCA-API-SECRET-KEY": "test"}
    with urlopen(Request(f"http://127.0.0.1:{port}/v2/{path}", headers=headers), timeout=5) as answer:
        return json.loads(answer.read())


def ids_at(port: int) -> set[str]:
    """The client order ids the venue knows."""
    return {order["client_order_id"] for order in at_venue(port, "orders?status=all&limit=500")}


def journal(folder: Path) -> list[Any]:
    (day,) = (folder / "state" / "journal").iterdir()
    return [record.content for record in read(day)]


def test_sigterm_withdraws_what_is_open_and_exits_0(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, "[risk]\ncollar = 0.5\n", resting=RESTING)
    with process("run", "--config", str(file)) as daemon:
        until(lambda: at_venue(venue, "orders?status=open"), "an open order at the venue")

        daemon.send_signal(signal.SIGTERM)

        assert daemon.wait(PATIENCE) == 0
    assert at_venue(venue, "orders?status=open") == []
    (order,) = at_venue(venue, "orders?status=all")
    assert order["status"] == "canceled"


def test_sigterm_under_load_leaves_nothing_open(tmp_path: Path) -> None:
    """Orders in every stage of their lives, over an order path that loses answers."""
    sim = ("sim", "--port", "0", "--lead", "1", "--rate", "100", "--symbols", "SPY", "--chaos", "lost-reply=0.3")
    with process(*sim) as venue:
        assert venue.stdout is not None
        port = int(venue.stdout.readline().split("127.0.0.1:")[1].split(",")[0])
        limits = "[risk]\norders_per_minute = 100000\norders_per_second = 1000\ncollar = 0.5\n"
        file = settings(tmp_path, port, limits, every_trade=EVERY_TRADE, resting=RESTING)
        with process("run", "--config", str(file)) as daemon:
            until(lambda: status(file).get("counts", {}).get("orders", 0) > 200, "two hundred orders")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(PATIENCE) == 0
        assert at_venue(port, "orders?status=open") == []


def test_a_killed_daemon_goes_on_where_it_was(venue: int, tmp_path: Path) -> None:
    limits = "[risk]\norders_per_minute = 10000\norders_per_day = 60\n"
    file = settings(tmp_path, venue, limits, every_trade=EVERY_TRADE)
    with process("run", "--config", str(file)) as first:
        until(lambda: status(file).get("counts", {}).get("fills", 0) > 10, "ten fills")
        first.kill()
        first.wait()

    def at_rest() -> dict[str, Any] | None:
        found = status(file)
        return found if found and found["counts"]["orders"] == 60 and not found["open_orders"] else None

    with process("run", "--config", str(file)) as second:
        facts = until(at_rest, "the day's sixty orders, all of them done")
        ours = {symbol: int(position["shares"]) for symbol, position in facts["positions"].items()}
        theirs = {position["symbol"]: int(position["qty"]) for position in at_venue(venue, "positions")}
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE) == 0

    ids = [content.order.id for content in journal(tmp_path) if isinstance(content, Submit)]
    at_the_venue = [order["client_order_id"] for order in at_venue(venue, "orders?status=all&limit=500")]
    assert len(set(ids)) == 60
    assert set(at_the_venue) <= set(ids)
    assert len(at_the_venue) == len(set(at_the_venue))
    assert ours == theirs


def test_a_model_that_raises_is_benched_and_the_others_trade(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, raising=RAISING, every_trade=EVERY_TRADE)
    with process("run", "--config", str(file)):
        models = until(
            lambda: (found := status(file).get("models", {})) and found["raising"]["state"] == "benched" and found,
            "the model on the bench",
        )
        assert "RuntimeError: out of ideas at raising.py:" in models["raising"]["reason"]
        before = models["every_trade"]["orders"]
        until(lambda: status(file)["models"]["every_trade"]["orders"] > before, "orders of the other model")
    assert any(isinstance(content, Bench) and content.model == "raising" for content in journal(tmp_path))


def test_a_benched_model_whose_file_was_mended_plays_again_after_a_restart(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, raising=RAISING)
    with process("run", "--config", str(file)) as first:
        until(lambda: status(file).get("models", {}).get("raising", {}).get("state") == "benched", "the bench")
        first.kill()
        first.wait()

    with process("run", "--config", str(file)) as same:
        assert until(lambda: status(file).get("models"), "the second")["raising"]["state"] == "benched"
        same.kill()
        same.wait()

    settings(tmp_path, venue, raising=RAISING.replace("self.count == 3", "self.count < 0"))
    with process("run", "--config", str(file)):
        assert until(lambda: status(file).get("models"), "the third")["raising"]["state"] == "active"


def test_a_second_daemon_on_the_same_state_is_refused(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, every_trade=EVERY_TRADE)
    with process("run", "--config", str(file)):
        until(lambda: status(file), "the first daemon")

        second = subprocess.run([*HFTD, "run", "--config", str(file)], capture_output=True, text=True, check=False)

    assert second.returncode == 1
    assert second.stderr.strip().splitlines() == [f"hftd: {tmp_path}/state: another hftd uses this state folder"]


def test_a_venue_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    file = settings(tmp_path, 1, every_trade=EVERY_TRADE)
    said = tmp_path / "said"
    with process("run", "--config", str(file), said=said) as daemon:
        until(lambda: "waiting for the simulated venue" in said.read_text(), "a word about it")

        daemon.send_signal(signal.SIGTERM)

        assert daemon.wait(PATIENCE) == 0


def test_an_unknown_calendar_is_a_wrong_setting(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, '[session]\ncalendar = "NYSEE"\n', every_trade=EVERY_TRADE)

    done = subprocess.run([*HFTD, "run", "--config", str(file)], capture_output=True, text=True, check=False)

    assert done.returncode == 78
    assert 'found "NYSEE"' in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[venue\n", "line 1"),
        ('[venue]\nname = "simm"\n', "simm"),
        ("[risk]\nmax_shares = -1\n", "max_shares"),
        ("[model.x]\n", "[model]"),
    ],
)
def test_wrong_settings_exit_78_with_one_line_before_anything_connects(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir(mode=0o755)
    file = tmp_path / "hftd.toml"
    file.write_text(text)

    done = subprocess.run([*HFTD, "run", "--config", str(file)], capture_output=True, text=True, check=False)

    assert done.returncode == 78
    (line,) = done.stderr.strip().splitlines()
    assert says in line
    assert not (tmp_path / "state" / "journal").exists()


def test_readiness_and_status_reach_the_notification_socket(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, every_trade=EVERY_TRADE)
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(PATIENCE)
        with process("run", "--config", str(file), env={**os.environ, "NOTIFY_SOCKET": address}) as daemon:
            heard = [ear.recv(4096).decode()]
            while heard[-1] != "READY=1":
                heard.append(ear.recv(4096).decode())
            while "open" not in heard[-1]:
                heard.append(ear.recv(4096).decode())
            daemon.send_signal(signal.SIGTERM)
            while heard[-1] != "STOPPING=1":
                heard.append(ear.recv(4096).decode())
    assert any(word.startswith("STATUS=") for word in heard)
    assert "WATCHDOG=1" in heard


def test_a_full_disk_stops_trading_and_not_the_daemon(venue: int, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the journal may grow no more, and then again."""
    file = settings(tmp_path, venue, "[risk]\norders_per_minute = 10000\n", every_trade=EVERY_TRADE)
    with process("run", "--config", str(file)) as daemon:
        until(lambda: status(file).get("counts", {}).get("fills", 0) > 10, "ten fills")
        journal_file = next((tmp_path / "state" / "journal").glob("*/000001.journal"))
        unlimited = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (journal_file.stat().st_size, unlimited[1]))

        facts = until(lambda: (found := status(file)).get("halted") and found, "the halt")
        assert "cannot be written" in facts["halted"]
        at_rest = until(lambda: not (found := status(file))["open_orders"] and found, "every order to end")
        left = ids_at(venue)
        until(lambda: status(file)["counts"]["refused"] > at_rest["counts"]["refused"], "refusals")
        assert ids_at(venue) == left

        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, unlimited)
        until(lambda: "cannot be written" not in status(file)["trouble"], "the journal to be written again")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE) == 0

    ids = {content.order.id for content in journal(tmp_path) if isinstance(content, Submit)}
    assert ids_at(venue) <= ids


@contextmanager
def spoilt_venue(chaos: str) -> Iterator[int]:
    """The port of a simulated venue that misbehaves."""
    sim = ("sim", "--port", "0", "--lead", "1", "--rate", "20", "--symbols", "SPY", "--chaos", chaos)
    with process(*sim) as running:
        assert running.stdout is not None
        yield int(running.stdout.readline().split("127.0.0.1:")[1].split(",")[0])


def test_a_feed_that_comes_back_tells_of_the_gap(tmp_path: Path) -> None:
    with spoilt_venue("cut-feed=3") as port:
        file = settings(tmp_path, port, every_trade=EVERY_TRADE)
        with process("run", "--config", str(file)):
            until(lambda: status(file), "the daemon")
            gap = until(lambda: [each for each in journal(tmp_path) if isinstance(each, Gap)], "a gap")[0]

    assert gap.feed == "market data"
    assert 0 < gap.until - gap.since < 60 * 10**9


def test_a_mute_feed_is_dialled_again(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with spoilt_venue("mute-feed=10") as port:
        file = settings(tmp_path, port, every_trade=EVERY_TRADE)
        with process("run", "--config", str(file), said=said):
            until(lambda: "market data: down: mute for" in said.read_text(), "the word mute")
