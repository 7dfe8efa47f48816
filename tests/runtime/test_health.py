"""What is wrong with a daemon's connections, and the watchdog that is fed only while nothing sticks."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from processes import settings, simulated_venue

from hftd.runtime.people.health import Health

PATIENCE = 60.0  # seconds; only a failure takes so long

# The fault: a stream that is gone is never dialled again. Three minutes are a second here.
PROGRAM = """
import sys
from hftd.cli.main import main
from hftd.runtime.wire import stream
stream.STUCK = 1.0
stream.Stream._again = lambda stream, attempt: None
sys.exit(main(sys.argv[1:]))
"""

IDLE = """
from hftd import Model, Options, hookimpl


class Idle(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return None


@hookimpl
def register_models():
    return {"idle": Idle}
"""


def stream(name: str, failure: str = "", *, stuck: bool = False) -> Any:
    return SimpleNamespace(feed=SimpleNamespace(name=name), failure=failure, stuck=lambda now: stuck)


def lanes(failure: str = "", *, wanted: bool = True, up: bool = True, stuck: bool = False) -> Any:
    return SimpleNamespace(failure=failure, wanted=wanted, up=up, stuck=lambda now: stuck)


def desk(trouble: str = "") -> Any:
    return SimpleNamespace(trouble=trouble)


def test_all_that_is_down_is_told_in_one_order() -> None:
    streams = [stream("market data", "connection refused"), stream("order updates")]
    health = Health(streams, lanes("timed out", up=False), desk("the account cannot be read"), desk("the clock is off"))
    health.broken = lambda: ["a.py", "b.py", "c.py", "d.py"]

    assert list(health.troubles()) == [
        "market data down: connection refused", "order path down: timed out", "the account cannot be read",
        "the clock is off", "broken: a.py, b.py, c.py, …",
    ]  # fmt: skip
    assert health.stuck() == ""


@pytest.mark.parametrize("path", [lanes("timed out", wanted=False, up=False), lanes("timed out", up=True), lanes()])
def test_an_order_path_that_works_or_is_not_wanted_is_no_trouble(path: Any) -> None:
    assert list(Health([stream("market data")], path, desk(), desk()).troubles()) == []


def test_what_sticks_is_named() -> None:
    streams = [stream("market data", stuck=True), stream("order updates")]

    assert Health(streams, lanes(), desk(), desk()).stuck() == "stuck: market data"
    assert Health(streams, lanes(stuck=True), desk(), desk()).stuck() == "stuck: market data, order path"


def test_a_connection_that_sticks_starves_the_watchdog_and_is_named_in_the_status(tmp_path: Path) -> None:
    """A restart alone can mend it: systemd kills the daemon ten seconds later, and its last status says why."""
    address = str(tmp_path / "notify")
    (tmp_path / "program.py").write_text(PROGRAM)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(PATIENCE)

        def hear(what: str) -> list[str]:
            """What comes up to the first datagram with ``what`` in it."""
            heard = [ear.recv(4096).decode()]
            while what not in heard[-1]:
                heard.append(ear.recv(4096).decode())
            return heard

        with simulated_venue() as port:
            file = settings(tmp_path, port, idle=IDLE)
            daemon = subprocess.Popen(
                [sys.executable, tmp_path / "program.py", "run", "--config", str(file)],
                env={**os.environ, "NOTIFY_SOCKET": address}, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                hear("READY=1")
                hear("STATUS=open")
                alive = hear("WATCHDOG=1")
            except BaseException:
                daemon.kill()
                raise
        try:
            hear("STATUS=stuck: ")
            starving = hear("STATUS=stuck: ") + hear("STATUS=stuck: ")
        finally:
            daemon.kill()
            daemon.wait()

    assert alive[-1] == "WATCHDOG=1"
    assert "WATCHDOG=1" not in starving
    assert "market data" in starving[-1].partition(" · ")[0]
