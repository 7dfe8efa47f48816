"""A daemon that starts while its venue is away: it goes on trying, says so, and is not ready before it has settled."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import BUYS, PATIENCE, journal, process, settings, simulated_venue, until

from hftd.core.effects import Submit

MORE, READY, WATCHDOG = "EXTEND_TIMEOUT_USEC=90000000", "READY=1", "WATCHDOG=1"
LINE = "STATUS=waiting for the venue: the account cannot be read: as long as {away} is there · "

# The simulated venue under another name, whose account cannot be read while there is a file.
AWAY = """
from pathlib import Path

from hftd import hookimpl
from hftd.venues.sim import plugin as sim

AWAY = Path({away!r})


@hookimpl
def register_feeds():
    return {{"away": sim.feeds}}


@hookimpl
def register_brokers():
    return {{"away": sim.broker}}


@hookimpl
def register_offices():
    def office(venue, keys):
        made = sim.office(venue, keys)
        snapshot = made.snapshot

        def when_there(*arguments):
            if AWAY.exists():
                raise OSError(f"as long as {{AWAY}} is there")
            return snapshot(*arguments)

        made.snapshot = when_there
        return made

    return {{"away": office}}
"""


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket that stands where systemd's would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(str(tmp_path / "notify"))
        here.settimeout(PATIENCE)
        yield here


def environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}


def next_of(systemd: socket.socket, *words: str) -> str:
    """The first notice that begins with one of ``words``; others are passed over."""
    while not (heard := systemd.recv(4096).decode()).startswith(words):
        pass
    return heard


def test_it_asks_systemd_for_time_until_the_account_is_settled(systemd: socket.socket, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.touch()
    with simulated_venue() as port:
        keys = tmp_path / "keys"
        keys.write_text("key = nobody00\nsecret = nobody00\n")
        keys.chmod(0o600)
        text = f'name = "away"\nkeys = "{keys}"\n'
        file = settings(tmp_path, port, text, away=AWAY.format(away=str(away)), buys=BUYS)
        with process("run", "--config", str(file), env=environ(tmp_path)):
            assert [next_of(systemd, MORE, READY, WATCHDOG) for _ in range(4)] == [MORE] * 4
            line = LINE.format(away=away)
            assert next_of(systemd, line, READY, WATCHDOG).startswith(f"{line}open · ")
            assert journal(tmp_path, Submit) == []

            away.unlink()
            assert next_of(systemd, READY, WATCHDOG) == READY
            assert next_of(systemd, MORE, WATCHDOG) == WATCHDOG
            until(lambda: journal(tmp_path, Submit), "an order")


def test_it_does_so_while_a_simulated_venue_does_not_tell_the_time(systemd: socket.socket, tmp_path: Path) -> None:
    file = settings(tmp_path, 1, buys=BUYS)
    with process("run", "--config", str(file), env=environ(tmp_path)):
        assert [next_of(systemd, MORE, READY, WATCHDOG) for _ in range(2)] == [MORE] * 2
        assert next_of(systemd, "STATUS=", READY).startswith("STATUS=waiting for the simulated venue: ")
