"""The daemon as systemd sees it: ready, alive, stuck, killed, misconfigured, asleep; and what journald keeps of it."""

import json
import re
import signal
from collections.abc import Callable, Iterator

import pytest
from guest import Guest

from hftd.runtime.people import message_ids

# The times of hftd.service, shortened: what they lead to is tested, not how long a minute is.
IMPATIENT = "[Service]\nRestartSec=100ms\nWatchdogSec=2\nTimeoutAbortSec=1\n"
# A simulated day that opens at once and is busy.
BUSY = "[Service]\nExecStart=\nExecStart=/opt/hftd/bin/hftd sim --port 8790 --lead 0 --rate 100 --date 2026-11-20\n"
SETTINGS = """
[venue]
name = "sim"
[models.quote_imbalance]
state = "shadow"
[models.ema_cross]
state = "shadow"
"""
CLOSED = SETTINGS + '[session]\nclosed = ["2026-11-20"]\n'
CANARY = "PKCANARY00000000001"


@pytest.fixture(scope="module")
def sim(guest: Guest) -> Iterator[Guest]:
    """A guest where the simulated venue plays."""
    guest.write("/run/systemd/system/hftd.service.d/test.conf", IMPATIENT)
    guest.write("/run/systemd/system/hftd-sim.service.d/test.conf", BUSY)
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "start", "hftd-sim")
    yield guest
    guest.run("systemctl", "stop", "hftd-sim")
    guest.run("rm", "-r", "/run/systemd/system/hftd.service.d", "/run/systemd/system/hftd-sim.service.d")
    guest.run("systemctl", "daemon-reload")


@pytest.fixture
def hftd(sim: Guest) -> Iterator[Guest]:
    """The same guest; its daemon has no past and is not started."""
    sim.write("/etc/hftd/hftd.toml", SETTINGS)
    sim.turn_page()
    yield sim
    sim.call("systemctl", "stop", "hftd")
    sim.call("systemctl", "reset-failed", "hftd")
    sim.run("rm", "-rf", "/var/lib/private/hftd")


def main_pid(guest: Guest) -> int:
    return int(guest.show("hftd", "MainPID"))


def lines(guest: Guest, *matches: str) -> list[dict[str, str]]:
    """What journald has of the daemon, narrowed by ``FIELD=value``."""
    out = guest.journal("--output=json", "_SYSTEMD_UNIT=hftd.service", *matches)
    return [json.loads(line) for line in out.splitlines()]


def filled_order(guest: Guest) -> str:
    """The id of the first order that was filled, once there is one."""
    fills = f"MESSAGE_ID={message_ids.FILL}"
    guest.until(lambda: lines(guest, fills), "an order is filled")
    return lines(guest, fills)[0]["HFTD_ORDER"]


def active(guest: Guest) -> bool:
    return guest.show("hftd", "ActiveState") == "active"


def test_a_start_ends_when_it_is_ready_and_says_what_it_does(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")

    assert active(hftd)
    hftd.until(lambda: hftd.show("hftd", "StatusText").startswith("open · "), "a status line that says open")
    assert len(lines(hftd, f"MESSAGE_ID={message_ids.READY}")) == 1
    assert hftd.show("hftd", "MemoryMax") == str(4 * 2**30)


def test_an_orders_whole_story_is_found_by_its_id_and_explained(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")
    order = filled_order(hftd)
    story = lines(hftd, f"HFTD_ORDER={order}")

    assert [one["MESSAGE"].split(":")[0] for one in story][:2] == ["sent", "filled"]
    assert story[0]["HFTD_MODEL"] == "volume_modulo"
    assert {one["HFTD_SYMBOL"] for one in story} == {"SPY"}
    assert [int(one["HFTD_SEQ"]) for one in story] == sorted(int(one["HFTD_SEQ"]) for one in story)
    told = hftd.journal("--catalog", f"HFTD_ORDER={order}")
    assert f"Subject: Order {order} was sent" in told
    assert f"Subject: Order {order} was filled" in told
    # A field the line does not have is left in the text as its bare name.
    assert not re.search(r"HFTD_[A-Z]+(?!=)\b", told.replace("HFTD_ORDER=", ""))


def test_a_stop_is_clean_and_quick(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")
    filled_order(hftd)
    hftd.run("systemctl", "stop", "hftd")

    assert hftd.show("hftd", "Result") == "success"
    assert hftd.show("hftd", "ExecMainStatus") == "0"
    assert len(lines(hftd, f"MESSAGE_ID={message_ids.STOPPED}")) == 1


def test_a_daemon_that_is_killed_comes_back_and_remembers_its_orders(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")
    order, before = filled_order(hftd), main_pid(hftd)
    hftd.run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "hftd")

    hftd.until(lambda: active(hftd) and main_pid(hftd) not in (0, before), "another process is ready")
    assert hftd.show("hftd", "NRestarts") == "1"
    (remembered,) = [one for one in lines(hftd, f"_PID={main_pid(hftd)}") if one["MESSAGE"].startswith("remembered ")]
    assert int(re.findall(r"(\d+) orders", remembered["MESSAGE"])[0]) >= 1
    sent = [one["HFTD_ORDER"] for one in lines(hftd, f"MESSAGE_ID={message_ids.ORDER_SENT}")]
    assert order in sent
    assert len(sent) == len(set(sent))


def test_a_daemon_that_is_stuck_is_replaced(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")
    before = main_pid(hftd)
    hftd.run("systemctl", "kill", f"--signal={signal.SIGSTOP.value}", "--kill-who=main", "hftd")

    hftd.until(lambda: active(hftd) and main_pid(hftd) not in (0, before), "another process is ready")
    assert hftd.show("hftd", "NRestarts") == "1"
    assert "Watchdog timeout" in hftd.journal("--unit=hftd", "--output=cat")


@pytest.mark.parametrize(
    ("settings", "named"),
    [("[venue]\nprot = 8790\n", "prot"), ('[risk]\nmax_shares = "many"\n', "max_shares"), ("[venue\n", "line 1")],
)
def test_wrong_settings_end_the_start_with_78_and_are_not_tried_again(hftd: Guest, settings: str, named: str) -> None:
    hftd.write("/etc/hftd/hftd.toml", settings)
    done = hftd.call("systemctl", "start", "hftd")

    assert done.returncode != 0
    assert [hftd.show("hftd", name) for name in ("ActiveState", "ExecMainStatus", "NRestarts")] == ["failed", "78", "0"]
    (fault,) = lines(hftd, f"MESSAGE_ID={message_ids.BAD_CONFIG}")
    assert fault["MESSAGE"].startswith("/etc/hftd/hftd.toml: ")
    assert named in fault["MESSAGE"]
    assert "\n" not in fault["MESSAGE"]


BROKEN = "/etc/hftd/plugins/broken.py"


@pytest.fixture
def broken(hftd: Guest) -> Iterator[Callable[[str], None]]:
    """Starts the daemon with this in a plugin file."""

    def start(source: str) -> None:
        hftd.write(BROKEN, source)
        hftd.call("systemctl", "start", "hftd")

    yield start
    hftd.run("rm", BROKEN)


def test_a_bad_risk_check_ends_the_start_with_78_too(hftd: Guest, broken: Callable[[str], None]) -> None:
    broken("this is no Python\ndef register_checks():\n")

    assert [hftd.show("hftd", name) for name in ("ExecMainStatus", "NRestarts")] == ["78", "0"]
    assert "broken.py" in lines(hftd, f"MESSAGE_ID={message_ids.BAD_CONFIG}")[0]["MESSAGE"]


def test_a_bad_model_is_left_out_and_named_and_the_others_trade(hftd: Guest, broken: Callable[[str], None]) -> None:
    broken("this is no Python\ndef register_models():\n")

    filled_order(hftd)
    (fault,) = lines(hftd, f"MESSAGE_ID={message_ids.NOT_TAKEN}")
    assert (fault["PRIORITY"], fault["HFTD_FILE"]) == ("3", BROKEN)
    assert fault["MESSAGE"] == f"broken, and left out: {BROKEN}:1: SyntaxError: invalid syntax"
    hftd.until(lambda: hftd.show("hftd", "StatusText").startswith("broken: broken.py · open · "), "the status says so")


def test_while_the_market_is_closed_the_daemon_sleeps_and_is_healthy(hftd: Guest) -> None:
    hftd.write("/etc/hftd/hftd.toml", CLOSED)
    hftd.run("systemctl", "start", "hftd")
    began = int(hftd.show("hftd", "WatchdogTimestampMonotonic"))

    assert hftd.show("hftd", "StatusText").startswith("asleep")
    assert len(lines(hftd, f"MESSAGE_ID={message_ids.ASLEEP}")) == 1
    # Longer than the watchdog would have waited for a daemon that does not answer.
    hftd.until(lambda: int(hftd.show("hftd", "WatchdogTimestampMonotonic")) - began > 2_500_000, "the watchdog is fed")
    assert active(hftd)
    assert hftd.show("hftd", "NRestarts") == "0"


def test_a_start_outlasts_an_outage_of_the_venue_and_is_complete_when_that_is_over(hftd: Guest) -> None:
    """Longer than a start may take that says nothing, which is two seconds here."""
    hasty = "/run/systemd/system/hftd.service.d/zz-hasty.conf"
    hftd.write(hasty, "[Service]\nTimeoutStartSec=2\n")
    hftd.run("systemctl", "daemon-reload")
    hftd.run("systemctl", "stop", "hftd-sim")
    hftd.run("systemctl", "start", "--no-block", "hftd")
    waits = "a daemon that has waited for longer"
    hftd.until(lambda: len(lines(hftd, "PRIORITY=4")) > 5, waits)

    assert hftd.show("hftd", "ActiveState") == "activating"
    assert hftd.show("hftd", "StatusText").startswith("waiting for the simulated venue: ")
    hftd.run("systemctl", "start", "hftd-sim")
    hftd.until(lambda: active(hftd), "the start is complete")
    hftd.run("rm", hasty)
    hftd.run("systemctl", "daemon-reload")
    assert hftd.show("hftd", "NRestarts") == "0"
    assert not [one for one in lines(hftd) if "timed out" in one["MESSAGE"] and one["SYSLOG_IDENTIFIER"] == "systemd"]


def test_told_to_exit_while_closed_it_leaves_and_is_not_started_again(hftd: Guest) -> None:
    hftd.write("/etc/hftd/hftd.toml", CLOSED + 'when_closed = "exit"\n')
    hftd.run("systemctl", "start", "hftd")
    hftd.until(lambda: hftd.show("hftd", "ActiveState") == "inactive", "the daemon has left")

    assert hftd.show("hftd", "ExecMainStatus") == "0"
    assert hftd.show("hftd", "Result") == "success"
    assert hftd.show("hftd", "NRestarts") == "0"


def test_the_timer_waits_for_the_next_session(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd.timer")
    (entry,) = json.loads(hftd.run("systemctl", "list-timers", "--output=json", "hftd.timer"))
    hftd.run("systemctl", "stop", "hftd.timer")

    assert entry["activates"] == "hftd.service"
    assert entry["next"] > 0


def test_keys_are_read_from_credentials_and_never_reach_the_journal(hftd: Guest) -> None:
    hftd.write("/etc/hftd/credentials/alpaca/key", CANARY, "0600")
    hftd.write("/etc/hftd/credentials/alpaca/secret", CANARY[::-1], "0600")
    hftd.write("/etc/hftd/hftd.toml", '[venue]\nname = "alpaca"\n[runtime]\nlog = "debug"\n')
    hftd.run("systemctl", "start", "--no-block", "hftd")
    # There is no network here: what matters is that keys were found, used, and not talked about.
    hftd.until(lambda: lines(hftd, "PRIORITY=4", "PRIORITY=3"), "a complaint that nothing can be reached")
    hftd.run("systemctl", "stop", "hftd")
    hftd.run("rm", "/etc/hftd/credentials/alpaca/key", "/etc/hftd/credentials/alpaca/secret")

    journal = hftd.journal("--output=export")
    assert CANARY not in journal
    assert CANARY[::-1] not in journal
    assert not lines(hftd, f"MESSAGE_ID={message_ids.BAD_CONFIG}")


def test_the_doctor_finds_the_installed_service_fit(hftd: Guest) -> None:
    hftd.run("systemctl", "start", "hftd")
    report = {one["about"]: one["verdict"] for one in json.loads(hftd.run("hftd", "doctor", "--json"))}

    wanted = ("settings", "packages", "keys", "state", "venue", "systemd", "service")
    assert {about: report[about] for about in wanted} == dict.fromkeys(wanted, "ok")
