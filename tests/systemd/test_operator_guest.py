"""The operator's side of the service: who may say what to it, and what becomes of its orders when it is gone."""

import json
from collections.abc import Iterator

import pytest
from guest import Guest

DROP_IN = "/run/systemd/system/hftd.service.d/test.conf"
# What an administrator adds to let groups in, from the page on installing.
GROUPS = "[Service]\nPrivateUsers=no\n"
ALONE = "[Service]\nRestart=no\n"
BUSY = "[Service]\nExecStart=\nExecStart=/opt/hftd/bin/hftd sim --port 8790 --lead 0 --rate 50 --date 2026-11-20\n"
QUIET = "".join(f'[models.{name}]\nstate = "shadow"\n' for name in ("volume_modulo", "quote_imbalance", "ema_cross"))
SETTINGS = f'[venue]\nname = "sim"\n[risk]\ncollar = 0.5\n{QUIET}'
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
ASK = """
import json, sys, urllib.request
headers = {"APCA-API-KEY-ID": "test", "APCA-API-SECRET-KEY": "test"}
request = urllib.request.Request("http://127.0.0.1:8790/v2/orders?status=" + sys.argv[1], headers=headers)
print(json.dumps([one["status"] for one in json.load(urllib.request.urlopen(request, timeout=5))]))
"""


@pytest.fixture(scope="module")
def people(guest: Guest) -> Guest:
    """A guest with alice, who is a dealer, and bob, who is not."""
    guest.run("groupadd", "dealers")
    guest.run("useradd", "--groups", "dealers", "alice")
    guest.run("useradd", "bob")
    return guest


@pytest.fixture
def hftd(people: Guest) -> Iterator[Guest]:
    """The same guest with a venue that plays and a model whose order rests; the daemon is not started."""
    people.write("/run/systemd/system/hftd-sim.service.d/test.conf", BUSY)
    people.write("/etc/hftd/plugins/resting.py", RESTING)
    people.write("/etc/hftd/hftd.toml", SETTINGS)
    people.run("systemctl", "daemon-reload")
    people.run("systemctl", "start", "hftd-sim")
    people.turn_page()
    yield people
    people.call("systemctl", "stop", "hftd", "hftd-sim")
    people.call("systemctl", "reset-failed", "hftd", "hftd-sim")
    people.run("rm", "-rf", "/var/lib/private/hftd", "/etc/hftd/plugins/resting.py", DROP_IN)
    people.run("rm", "/run/systemd/system/hftd-sim.service.d/test.conf")
    people.run("systemctl", "daemon-reload")


def start(guest: Guest, drop_in: str, settings: str = SETTINGS) -> None:
    """Start the daemon with lines of the administrator's own, and let its order come to rest."""
    guest.write("/etc/hftd/hftd.toml", settings)
    guest.write(DROP_IN, drop_in)
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "start", "hftd")
    guest.until(lambda: orders(guest, "open"), "an order rests at the venue")


def orders(guest: Guest, status: str) -> list[str]:
    """The statuses of the venue's orders."""
    return list(json.loads(guest.run("/opt/hftd/bin/python", "-c", ASK, status)))


def said(guest: Guest, user: str, *words: str) -> tuple[int, str]:
    """What a user hears of a command: exit status and text."""
    done = guest.call("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "hftd", *words)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_by_itself_the_service_hears_root_alone(hftd: Guest) -> None:
    start(hftd, ALONE)

    for user in ("alice", "bob"):
        status, text = said(hftd, user, "status")
        assert (status, text.partition(",")[0]) == (77, "hftd: /run/hftd/hftd.sock: not open to this user")
    assert hftd.run("hftd", "halt", "lunch").startswith("trading is stopped: lunch (root)")
    assert hftd.run("hftd", "resume") == "trading goes on"


def test_a_group_may_do_what_the_settings_say_and_no_more(hftd: Guest) -> None:
    start(hftd, GROUPS, SETTINGS + '[runtime]\ntraders = "dealers"\n')

    status, text = said(hftd, "alice", "halt", "lunch")
    assert (status, text.partition(";")[0]) == (0, "trading is stopped: lunch (alice)")
    assert said(hftd, "alice", "resume") == (
        77, "hftd: resume: needs the right admin, held by root, hftd; you are alice"
    )  # fmt: skip
    assert said(hftd, "bob", "halt")[0] == 77
    hftd.until(lambda: orders(hftd, "open") == [], "the order is withdrawn")
    told = [json.loads(one)["MESSAGE"] for one in hftd.journal("--output=json", "HFTD_USER=alice").splitlines()]
    assert told == ["alice says: halt lunch", "refused to resume: alice needs the right admin"]
    hftd.until(lambda: hftd.show("hftd", "StatusText").startswith("STOPPED: lunch (alice)"), "the status says so")


def test_a_group_that_cannot_be_told_apart_is_a_wrong_setting(hftd: Guest) -> None:
    """PrivateUsers= hides who calls; to let anybody in then would let everybody in."""
    hftd.write("/etc/hftd/hftd.toml", SETTINGS + '[runtime]\ntraders = "dealers"\n')
    hftd.call("systemctl", "start", "hftd")

    assert hftd.show("hftd", "ExecMainStatus") == "78"
    assert "group dealers cannot be seen from here, expected PrivateUsers=no" in hftd.journal("--unit=hftd")


def test_a_halt_while_the_service_is_down_stops_the_next_start(hftd: Guest) -> None:
    text = hftd.run("hftd", "halt", "not today")
    assert text.startswith("no daemon runs; the next one starts stopped: not today (root)")
    hftd.run("systemctl", "start", "hftd")
    stopped = "STOPPED: not today (root)"
    hftd.until(lambda: hftd.show("hftd", "StatusText").startswith(stopped), "it says that it is stopped")
    hftd.run("systemctl", "stop", "hftd")
    assert "the next one trades again" in hftd.run("hftd", "resume")
    hftd.run("systemctl", "start", "hftd")

    hftd.until(lambda: orders(hftd, "open"), "it trades")


def test_orders_of_a_killed_daemon_are_withdrawn_at_the_venue(hftd: Guest) -> None:
    start(hftd, ALONE)
    hftd.run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "hftd")
    hftd.until(lambda: hftd.show("hftd", "ActiveState") == "failed", "systemd gave it up")

    assert orders(hftd, "open") == []
    assert orders(hftd, "all") == ["canceled"]
    assert ": orders withdrawn: 20261120-" in hftd.journal("--unit=hftd", "--output=cat")
    assert hftd.show("hftd", "Result") == "signal"


def test_after_a_clean_stop_nothing_more_is_done(hftd: Guest) -> None:
    start(hftd, ALONE)
    hftd.run("systemctl", "stop", "hftd")

    assert orders(hftd, "all") == ["canceled"]
    assert hftd.show("hftd", "Result") == "success"
    assert "orders withdrawn" not in hftd.journal("--unit=hftd", "--output=cat")
