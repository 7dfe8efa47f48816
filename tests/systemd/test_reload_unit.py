"""``systemctl reload hftd``: all of what changed is taken at one moment, or nothing, and the service trades on."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from guest import Guest

from hftd.runtime.people import message_ids

# A simulated day that opens at once and is busy.
BUSY = "[Service]\nExecStart=\nExecStart=/opt/hftd/bin/hftd sim --port 8790 --lead 0 --rate 50 --date 2026-11-20\n"
QUIET = "".join(f'[models.{name}]\nstate = "shadow"\n' for name in ("volume_modulo", "quote_imbalance", "ema_cross"))
SETTINGS = f'[venue]\nname = "sim"\n{QUIET}[risk]\norders_per_minute = 100000\n'
TURNS = "/etc/hftd/plugins/turns.py"
MODEL = '''
from hftd import Model, Options, buy, hookimpl, sell


class Turns(Model):
    """Buys and sells SHARES shares in turn."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return (buy if self.turn % 2 else sell)("SPY", SHARES)


@hookimpl
def register_models():
    return {"turns": Turns}
'''


@pytest.fixture
def trading(guest: Guest) -> Iterator[Guest]:
    """A guest whose daemon trades with one model."""
    guest.run("rm", "-rf", "/var/lib/private/hftd")  # a day that others began has other models
    guest.write("/run/systemd/system/hftd-sim.service.d/test.conf", BUSY)
    guest.write("/etc/hftd/hftd.toml", SETTINGS)
    guest.write(TURNS, MODEL.replace("SHARES", "1"))
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "start", "hftd-sim")
    guest.turn_page()
    guest.run("systemctl", "start", "hftd")
    goes_on(guest, 1)
    yield guest
    guest.call("systemctl", "stop", "hftd", "hftd-sim")
    guest.call("systemctl", "reset-failed", "hftd", "hftd-sim")
    guest.run("rm", "-rf", "/var/lib/private/hftd", TURNS, "/run/systemd/system/hftd-sim.service.d")
    guest.run("systemctl", "daemon-reload")


def lines(guest: Guest, *matches: str) -> list[dict[str, str]]:
    """What journald has of the daemon, narrowed by ``FIELD=value``."""
    out = guest.journal("--output=json", "_SYSTEMD_UNIT=hftd.service", *matches)
    return [json.loads(line) for line in out.splitlines()]


def orders(guest: Guest, shares: int) -> int:
    """How many orders for so many shares the model sent."""
    sent = lines(guest, f"MESSAGE_ID={message_ids.ORDER_SENT}", "HFTD_MODEL=turns")
    return sum(f" {shares} SPY " in one["MESSAGE"] for one in sent)


def goes_on(guest: Guest, shares: int) -> None:
    before = orders(guest, shares)
    guest.until(lambda: orders(guest, shares) > before + 2, f"orders for {shares} shares", 60)


def reload(guest: Guest) -> "subprocess.CompletedProcess[str]":
    return guest.call("systemctl", "reload", "hftd")


def test_what_changed_is_taken_and_told_in_journald(trading: Guest) -> None:
    pid = trading.show("hftd", "MainPID")
    trading.write(TURNS, MODEL.replace("SHARES", "3"))
    trading.write("/etc/hftd/hftd.toml", SETTINGS + "max_shares = 7\n")

    assert reload(trading).returncode == 0
    goes_on(trading, 3)
    entrances = lines(trading, f"MESSAGE_ID={message_ids.ENTERED}")
    assert len(entrances) == 1, [one["MESSAGE"] for one in entrances]
    (entered,) = entrances
    (taken,) = lines(trading, f"MESSAGE_ID={message_ids.RELOADED}")
    assert entered["HFTD_MODEL"] == "turns"
    assert entered["MESSAGE"].startswith(f"model turns enters, active: version {entered['HFTD_VERSION'][:12]} ")
    assert taken["MESSAGE"].startswith("reloaded: [risk] max_shares: 7, was 500")
    assert [one["MESSAGE"] for one in lines(trading, "PRIORITY=3")] == []
    assert (trading.show("hftd", "ActiveState"), trading.show("hftd", "MainPID")) == ("active", pid)


def test_a_broken_config_makes_it_fail_and_the_service_trades_on(trading: Guest) -> None:
    pid = trading.show("hftd", "MainPID")
    trading.write("/etc/hftd/hftd.toml", SETTINGS + 'max_shares = "many"\n')
    done = reload(trading)

    assert done.returncode != 0
    assert "Job for hftd.service failed" in done.stderr
    (fault,) = lines(trading, f"MESSAGE_ID={message_ids.NOT_RELOADED}")
    assert fault["PRIORITY"] == "3"
    assert fault["MESSAGE"].startswith("not reloaded: /etc/hftd/hftd.toml: [risk] max_shares: ")
    goes_on(trading, 1)
    assert (trading.show("hftd", "ActiveState"), trading.show("hftd", "MainPID")) == ("active", pid)
    assert trading.show("hftd", "NRestarts") == "0"

    trading.write("/etc/hftd/hftd.toml", SETTINGS)
    assert reload(trading).returncode == 0


def test_a_broken_plugin_makes_it_fail_too(trading: Guest) -> None:
    trading.write(TURNS, "this is no Python\n")
    done = reload(trading)

    assert done.returncode != 0
    (fault,) = lines(trading, f"MESSAGE_ID={message_ids.NOT_RELOADED}")
    assert fault["MESSAGE"] == f"not reloaded: {TURNS}:1: SyntaxError: invalid syntax"
    goes_on(trading, 1)
