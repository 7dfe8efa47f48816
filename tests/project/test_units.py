"""The unit files, as text and as systemd reads them without running them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hftd.cli.cancel_all import PATIENCE, START
from hftd.errors import ConfigError, PluginError, Refused

UNITS = Path(__file__).parents[2] / "systemd"
# Keys that systemd 253 and later know and Debian 12's 252 ignores with a warning: systemd's NEWS.
TOO_NEW = {
    "ImportCredential", "OpenFile", "RestartMode", "RestartSteps", "RestartMaxDelaySec", "FileDescriptorStorePreserve",
    "MemoryPressureWatch", "SetLoginEnvironment", "PrivatePIDs", "DelegateSubgroup", "SurviveFinalKillSignal",
}  # fmt: skip
# A network beyond this machine, the device that keeps the processor awake, and keys: hftd.service's alone.
OWN = ("DeviceAllow", "BindPaths", "SupplementaryGroups")

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")


def lines(unit: str) -> list[tuple[str, str]]:
    """Key and value of every setting, in order."""
    text = (UNITS / unit).read_text()
    return [(key, value) for key, value in re.findall(r"^([A-Za-z]+)=(.*)$", text, re.MULTILINE)]


def analyze(*arguments: str) -> str:
    """What systemd-analyze prints, in no language and no zone of this machine."""
    environ = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
    argv = ["systemd-analyze", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=True, env=environ).stdout


SERVICES = ("hftd.service", "hftd-sim.service", "hftd-seal.service", "hftd-audit.service", "hftd-metrics.service")


@pytest.mark.parametrize("unit", [*SERVICES, "hftd.timer", "hftd-seal.timer", "hftd-audit.timer"])
def test_every_key_is_one_debian_12_knows(unit: str) -> None:
    found = {key for key, _ in lines(unit)}

    assert found
    assert not found & TOO_NEW
    assert ("Type", "notify-reload") not in lines(unit)


def test_all_live_in_the_daemons_sandbox() -> None:
    def sandbox(unit: str) -> list[tuple[str, str]]:
        every = lines(unit)
        return [line for line in every[every.index(("UMask", "0077")) :] if line[0] not in (*OWN, "WantedBy")]

    assert len(sandbox("hftd.service")) > 25
    assert [unit for unit in SERVICES if sandbox(unit) != sandbox("hftd.service")] == []


def test_what_a_restart_does_not_mend_is_not_restarted() -> None:
    (prevent,) = [value for key, value in lines("hftd.service") if key == "RestartPreventExitStatus"]

    assert {int(one) for one in prevent.split()} == {
        ConfigError.exit_status, PluginError.exit_status, Refused.exit_status
    }  # fmt: skip


@needs_systemd
@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("hftd.service", 1.2),
        ("hftd-sim.service", 1.0),
        ("hftd-seal.service", 0.9),
        ("hftd-audit.service", 0.9),
        ("hftd-metrics.service", 1.0),
    ],
)
def test_the_sandbox_leaves_little_exposed(unit: str, most: float) -> None:
    report = analyze("security", "--offline=yes", "--no-pager", str(UNITS / unit))
    (score,) = re.findall(r"Overall exposure level for .*: (\d+\.\d+)", report)

    assert float(score) <= most


@needs_systemd
def test_the_figures_on_the_page_of_threats_are_those_of_the_unit(tmp_path: Path) -> None:
    """As it comes, and without the user namespace, as an administrator who names groups runs it."""
    unit = (UNITS / "hftd.service").read_text()
    (tmp_path / "hftd.service").write_text(unit.replace("PrivateUsers=yes", "PrivateUsers=no"))
    found = []
    for path in (UNITS / "hftd.service", tmp_path / "hftd.service"):
        report = analyze("security", "--offline=yes", "--no-pager", str(path))
        found += re.findall(r"Overall exposure level for .*: (\d+\.\d+)", report)

    page = (UNITS.parent / "docs" / "explain" / "threats.rst").read_text()
    assert f"an exposure of {found[0]} of 10 ({found[1]} with groups of its own)" in page


def test_a_daemon_that_died_has_its_orders_withdrawn_within_the_time_a_stop_has() -> None:
    settings = lines("hftd.service")

    assert ("ExecStopPost", "/opt/hftd/bin/hftd cancel-all --if-died --config /etc/hftd/hftd.toml") in settings
    (limit,) = [int(value) for key, value in settings if key == "TimeoutStopSec"]
    assert limit >= START + PATIENCE + 5  # to begin, and to end the back office


@pytest.mark.parametrize("unit", ["hftd-seal.service", "hftd-audit.service"])
def test_the_recorder_and_the_audit_have_the_daemons_user_and_state_and_no_network(unit: str) -> None:
    settings, daemons = lines(unit), lines("hftd.service")

    for key in ("DynamicUser", "User", "StateDirectory", "StateDirectoryMode", "ConfigurationDirectory"):
        assert [line for line in settings if line[0] == key] == [line for line in daemons if line[0] == key]
    assert ("PrivateNetwork", "yes") in settings
    assert "LoadCredential" not in {key for key, _ in settings}


def test_who_serves_metrics_is_the_daemons_user_and_serves_this_machine_alone() -> None:
    """The journal is that user's, and the daemon answers its own user."""
    settings, daemons = lines("hftd-metrics.service"), lines("hftd.service")

    for key in ("DynamicUser", "User", "StateDirectory", "StateDirectoryMode", "ConfigurationDirectory"):
        assert [line for line in settings if line[0] == key] == [line for line in daemons if line[0] == key]
    assert {("IPAddressDeny", "any"), ("IPAddressAllow", "localhost"), ("CPUSchedulingPolicy", "idle")} <= set(settings)
    assert {"LoadCredential", "RuntimeDirectory"}.isdisjoint(key for key, _ in settings)


@needs_systemd
@pytest.mark.parametrize(("timer", "minute"), [("hftd-audit.timer", "05"), ("hftd-seal.timer", "15")])
def test_the_audit_and_then_the_recorder_start_after_the_last_phase_of_a_day(timer: str, minute: str) -> None:
    """Trading after hours ends at 20:00 in New York, which is 01:00 UTC in winter."""
    (when,) = [value for key, value in lines(timer) if key == "OnCalendar"]

    report = analyze("calendar", "--base-time=2027-03-12 00:00:00 UTC", "--iterations=2", when)
    assert re.findall(r"\w{3} (\S+ \S+) UTC", report) == [f"2027-03-12 01:{minute}:00", f"2027-03-13 01:{minute}:00"]


def test_where_both_are_late_the_audit_comes_first() -> None:
    assert ("Before", "hftd-seal.service") in lines("hftd-audit.service")
    assert ("ExecStart", "/opt/hftd/bin/hftd audit --config /etc/hftd/hftd.toml") in lines("hftd-audit.service")


@needs_systemd
def test_the_timer_fires_ten_minutes_before_the_open_in_winter_and_in_summer() -> None:
    (when,) = [value for key, value in lines("hftd.timer") if key == "OnCalendar"]

    # New York is UTC-5 until 14 March 2027 and UTC-4 from then on, by its law; 12 March is a Friday.
    report = analyze("calendar", "--base-time=2027-03-12 00:00:00 UTC", "--iterations=2", when)
    assert re.findall(r"\w{3} (\S+ \S+) UTC", report) == ["2027-03-12 14:20:00", "2027-03-15 13:20:00"]
