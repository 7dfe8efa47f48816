"""The daemon as a process, against the simulated venue as another: what an administrator can see of it."""

import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import (
    HFTD,
    PATIENCE,
    RESTING,
    at_venue,
    facts,
    journal,
    process,
    settings,
    simulated_venue,
    status,
    until,
)

from hftd.core.effects import Bench, Submit
from hftd.core.events import Gap

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


@pytest.fixture
def venue() -> Iterator[int]:
    """The port of a simulated venue that opens a second after it is watched."""
    with simulated_venue() as port:
        yield port


def ids_at(port: int) -> set[str]:
    """The client order ids the venue knows."""
    return {order["client_order_id"] for order in at_venue(port, "orders?status=all&limit=500")}


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
    with simulated_venue("--chaos", "lost-reply=0.3", rate=100) as port:
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
        found = facts(file)
        return found if found["counts"]["orders"] == 60 and not found["open_orders"] else None

    with process("run", "--config", str(file)) as second:
        resting = until(at_rest, "the day's sixty orders, all of them done")
        ours = {symbol: int(position["shares"]) for symbol, position in resting["positions"].items()}
        theirs = {position["symbol"]: int(position["qty"]) for position in at_venue(venue, "positions")}
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE) == 0

    ids = [content.order.id for content in journal(tmp_path, Submit)]
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
        until(lambda: facts(file)["models"]["every_trade"]["orders"] > before, "orders of the other model")
    assert any(content.model == "raising" for content in journal(tmp_path, Bench))


def test_a_model_that_never_answers_is_benched_by_ctrl_c_again_and_again(venue: int, tmp_path: Path) -> None:
    """Its own orders and those of others are withdrawn, as at any other stop."""
    sleeps = f"open({str(tmp_path / 'stuck')!r}, 'w').close(); time.sleep(3600); raise"
    stuck = "import time\n" + RAISING.replace("raise", sleeps)
    with process("run", "--config", str(settings(tmp_path, venue, raising=stuck))) as daemon:
        until((tmp_path / "stuck").exists, "the model going to sleep")

        def benched() -> list[Bench]:
            daemon.send_signal(signal.SIGINT)
            return journal(tmp_path, Bench)

        (bench,) = until(benched, "the model on the bench")
        assert daemon.wait(PATIENCE) == 0
    assert "BrokenOff: broken off by Ctrl-C: nothing else was done for " in bench.reason
    assert " s at raising.py:" in bench.reason


def test_a_benched_model_whose_file_was_mended_plays_again_after_a_restart(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, raising=RAISING)
    with process("run", "--config", str(file)) as first:
        until(lambda: journal(tmp_path, Bench), "the bench")  # on the disk: what is in memory alone dies with it
        first.kill()
        first.wait()

    with process("run", "--config", str(file)) as same:
        second = until(lambda: (found := facts(file))["reconciled"] and found, "the second to be ready")
        assert second["models"]["raising"]["state"] == "benched"
        same.kill()
        same.wait()

    settings(tmp_path, venue, raising=RAISING.replace("self.count == 3", "self.count < 0"))
    with process("run", "--config", str(file)):
        until(lambda: status(file).get("models", {}).get("raising", {}).get("state") == "active", "its return")


def test_a_second_daemon_on_the_same_state_is_refused(venue: int, tmp_path: Path) -> None:
    file = settings(tmp_path, venue, every_trade=EVERY_TRADE)
    with process("run", "--config", str(file)):
        facts(file)

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

        halted = until(lambda: status(file).get("halted"), "the halt")
        assert "cannot be written" in halted
        at_rest = until(lambda: not (found := facts(file))["open_orders"] and found, "every order to end")
        left = ids_at(venue)
        refused = at_rest["counts"]["refused"]
        later = until(lambda: (found := facts(file))["counts"]["refused"] > refused + 5 and found, "refusals")
        assert later["counts"]["orders"] == at_rest["counts"]["orders"], "what cannot be sent gets no number"
        assert ids_at(venue) == left
        (tmp_path / "state" / "halted").unlink(missing_ok=True)  # as if that disk had been full as well

        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, unlimited)
        until(lambda: "cannot be written" not in facts(file)["trouble"], "the journal to be written again")
        assert "cannot be written" in (tmp_path / "state" / "halted").read_text()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE) == 0

    ids = {content.order.id for content in journal(tmp_path, Submit)}
    assert ids_at(venue) <= ids


def test_a_feed_that_comes_back_tells_of_the_gap(tmp_path: Path) -> None:
    with simulated_venue("--chaos", "cut-feed=3") as port:
        file = settings(tmp_path, port, every_trade=EVERY_TRADE)
        with process("run", "--config", str(file)):
            facts(file)
            gap = until(lambda: journal(tmp_path, Gap), "a gap")[0]

    assert gap.feed == "market data"
    assert 0 < gap.until - gap.since < 60 * 10**9


def test_a_mute_feed_is_dialled_again(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with simulated_venue("--chaos", "mute-feed=10") as port:
        file = settings(tmp_path, port, every_trade=EVERY_TRADE)
        with process("run", "--config", str(file), said=said):
            until(lambda: "market data: down: mute for" in said.read_text(), "the word mute")
