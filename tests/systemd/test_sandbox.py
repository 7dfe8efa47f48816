"""Under hftd.service's sandbox everything the daemon needs works, and little else does."""

import json
import os
import re
from pathlib import Path

import pytest
from guest import HERE, Guest

UNITS = (
    "hftd.service", "hftd-sim.service", "hftd-seal.service", "hftd-audit.service", "hftd-metrics.service",
    "hftd.timer", "hftd-seal.timer", "hftd-audit.timer",
)  # fmt: skip
DEVICE = Path("/dev/cpu_dma_latency")


def probe_unit(unit: str) -> str:
    """hftd.service with the probe in the daemon's place; every other line as it is."""
    unit = re.sub(r"^Type=notify$", "Type=oneshot", unit, flags=re.MULTILINE)
    unit = re.sub(r"^ExecStart=.*$", "ExecStart=/opt/hftd/bin/python /etc/hftd/probe.py", unit, flags=re.MULTILINE)
    unit = re.sub(r"^(WatchdogSec|Restart|NotifyAccess|ExecStopPost)=.*\n", "", unit, flags=re.MULTILINE)
    return unit.replace("[Install]", "StandardOutput=truncate:/run/probe.json\nStandardError=journal\n[Install]")


@pytest.fixture(scope="module")
def outcomes(guest: Guest) -> dict[str, str]:
    """What the probe could do."""
    guest.write("/etc/hftd/credentials/alpaca/key", "PKCANARY0001", "0600")
    guest.write("/etc/hftd/credentials/alpaca/secret", "canary-secret-2", "0600")
    if DEVICE.exists():
        number = DEVICE.stat().st_rdev
        guest.call("mknod", str(DEVICE), "c", str(os.major(number)), str(os.minor(number)))
        guest.run("systemd-tmpfiles", "--create", "hftd.conf")
    guest.write("/etc/hftd/probe.py", (HERE / "probe.py").read_text())
    unit = guest.run("cat", "/etc/systemd/system/hftd.service")
    guest.write("/run/systemd/system/hftd-probe.service", probe_unit(unit))
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "start", "hftd-probe")
    return dict(json.loads(guest.run("cat", "/run/probe.json")))


def test_the_sandbox_allows_what_is_needed_and_refuses_what_is_not(outcomes: dict[str, str]) -> None:
    expected = dict.fromkeys(outcomes, "ok")

    if not DEVICE.exists():
        expected["awake"] = outcomes["awake"]
    assert expected == outcomes


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_nothing_to_say_about_a_unit(guest: Guest, unit: str) -> None:
    # Version 252 exits 0 for an unknown key: any word is a failure.
    done = guest.call("systemd-analyze", "verify", f"/etc/systemd/system/{unit}")

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_without_any_key_the_unit_starts_all_the_same(guest: Guest, outcomes: dict[str, str]) -> None:
    guest.run("rm", "/etc/hftd/credentials/alpaca/key", "/etc/hftd/credentials/alpaca/secret")
    guest.run("systemctl", "start", "hftd-probe")

    without = json.loads(guest.run("cat", "/run/probe.json"))
    assert without["credentials"] != outcomes["credentials"]
    assert without["folders"] == "ok"


def test_the_catalog_and_the_group_are_known_after_installing(guest: Guest) -> None:
    assert "hftd" in guest.run("journalctl", "--list-catalog", "ca639ae6e2f8c3ac292d2522c2650dbf")
    assert guest.run("getent", "group", "hftd-awake").startswith("hftd-awake:")


def test_the_installed_command_runs(guest: Guest) -> None:
    assert re.fullmatch(r"hftd \d+\.\d+\.\d+", guest.run("hftd", "--version"))
