"""``hftd doctor``: each examination on a machine made to be well, and made to be ill."""

import json
import shutil
import socket
from collections import namedtuple
from importlib.metadata import version
from pathlib import Path

import pytest

from hftd import native
from hftd.cli import doctor
from hftd.cli import main as command_line
from hftd.cli.check import Examined, examine
from hftd.cli.doctor import machine
from hftd.cli.doctor.finding import Finding

Usage = namedtuple("Usage", "total used free")
GIB = 1 << 30


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings for a simulated venue nobody runs, and no plugins."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "hftd.toml").write_text("[venue]\nport = 1\n")
    return tmp_path


@pytest.fixture
def examined(home: Path) -> Examined:
    return examine(home / "hftd.toml")


def alpaca(home: Path) -> Examined:
    """Settings that need keys, which are not there."""
    (home / "hftd.toml").write_text(f'[venue]\nname = "alpaca"\nkeys = "{home}/none.keys"\n')
    return examine(home / "hftd.toml")


def hftd(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(command_line, "COMMANDS", ("doctor",))
    return command_line.main(["doctor", *arguments])


def test_the_report_is_one_line_each_and_a_warning_is_no_failure(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "unit", lambda: Finding("warn", "service", "not installed", "as root: make install"))
    status = hftd(monkeypatch, "--config", str(home / "hftd.toml"))
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert f"ok    settings   {home}/hftd.toml, 0 models" in lines
    assert "warn  service    not installed → as root: make install" in lines
    assert {line.split()[0] for line in lines} <= {"ok", "warn"}


def test_wrong_settings_are_bad_and_the_machine_is_examined_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "hftd.toml").write_text("[vennue]\n")
    status = hftd(monkeypatch, "--config", str(home / "hftd.toml"), "--json")
    report = {one["about"]: one for one in json.loads(capsys.readouterr().out)}

    assert status == 1
    assert report["settings"]["verdict"] == "bad"
    assert "vennue" in report["settings"]["found"]
    assert report["systemd"]["verdict"] in ("ok", "warn")


def test_packages_are_those_of_the_project_file() -> None:
    assert machine.packages().verdict == "ok"
    assert machine.packages().found.startswith("10 packages")


@pytest.mark.parametrize(("wire", "verdict"), [(None, "warn"), (object(), "ok")])
def test_steps_are_compiled_or_it_is_said_how(
    monkeypatch: pytest.MonkeyPatch, wire: object | None, verdict: str
) -> None:
    monkeypatch.setattr(native, "wire", wire)
    found = machine.steps()

    assert (found.verdict, "python3-dev" in found.advice) == (verdict, verdict == "warn")


def test_a_package_too_old_or_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "requires", lambda _: ["msgspec>=99.1", "no-such-package>=1", "sphinx; extra == 'x'"])
    found = machine.packages()

    assert found.verdict == "bad"
    assert found.found == f"msgspec is {version('msgspec')}, expected 99.1 or newer; no-such-package is missing"


@pytest.mark.parametrize(("free", "expected"), [(2 * GIB, "ok"), (GIB // 2, "warn"), (GIB // 20, "bad")])
def test_little_room_is_a_warning_and_none_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, expected: str
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(shutil, "disk_usage", lambda place: (asked.append(place), Usage(0, 0, free))[1])

    assert machine.space(tmp_path / "not" / "yet").verdict == expected
    assert asked == [tmp_path]


def test_the_state_folder_is_judged_by_where_it_would_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"

    assert next(iter(doctor.state(folder))) == Finding("ok", "state", f"{folder} can be written")


def test_a_state_folder_that_takes_no_files_is_bad() -> None:
    # /proc takes no files, not even root's.
    found = next(iter(doctor.state(Path("/proc/hftd"))))

    assert found.verdict == "bad"
    assert found.found.startswith("/proc/hftd cannot be written by user ")


def test_a_venue_that_listens_is_ok_and_one_that_does_not_says_what_to_start(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (home / "hftd.toml").write_text(f"[venue]\nport = {port}\n")
        there = list(doctor.venue(examine(home / "hftd.toml")))
    gone = list(doctor.venue(examine(home / "hftd.toml")))

    assert there == [Finding("ok", "venue", f"127.0.0.1:{port} answers")]
    assert [one.verdict for one in gone] == ["warn"]
    assert "hftd-sim" in gone[0].advice


def test_alpacas_addresses_are_its_paper_hosts_over_tls(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], _: float) -> socket.socket:
        dialled.append(address)
        raise OSError(110, "Connection timed out")

    monkeypatch.setattr(socket, "create_connection", dial)
    found = list(doctor.venue(alpaca(home)))

    assert dialled == [("stream.data.alpaca.markets", 443), ("paper-api.alpaca.markets", 443)]
    assert {one.verdict for one in found} == {"bad"}


def test_missing_keys_are_bad_where_the_venue_needs_some(home: Path, examined: Examined) -> None:
    assert doctor.keys(examined, {}, home / "credentials") == Finding("ok", "keys", "none needed")
    assert doctor.keys(alpaca(home), {}, home / "credentials").verdict == "bad"


def test_keys_of_the_service_count_and_must_be_private(home: Path) -> None:
    folder = home / "credentials" / "alpaca"
    folder.mkdir(parents=True)
    for name in ("key", "secret"):
        (folder / name).write_text("PK0123456789")
        (folder / name).chmod(0o600)

    assert doctor.keys(alpaca(home), {}, home / "credentials") == Finding("ok", "keys", f"{folder}, private")
    (folder / "secret").chmod(0o640)
    assert doctor.keys(alpaca(home), {}, home / "credentials").advice == f"chmod 600 {folder}/secret"


@pytest.mark.parametrize(("answer", "expected"), [(0, "ok"), (5, "warn"), (-1, "warn")])
def test_the_clock_is_judged_by_what_the_kernel_says_of_it(
    monkeypatch: pytest.MonkeyPatch, answer: int, expected: str
) -> None:
    # adjtimex(2): 5 is TIME_ERROR, "the clock is not synchronised"; -1 is a failed call.
    kernel = namedtuple("Kernel", "adjtimex")(lambda _: answer)
    monkeypatch.setattr(machine.ctypes, "CDLL", lambda _: kernel)

    assert machine.clock().verdict == expected


def test_the_processor_matters_only_where_it_is_to_be_kept_awake(tmp_path: Path) -> None:
    (tmp_path / "device").touch()

    assert machine.processor("block", tmp_path / "none").verdict == "ok"
    assert machine.processor("awake", tmp_path / "none").verdict == "warn"
    assert machine.processor("awake", tmp_path / "device").verdict == "ok"


def test_without_its_unit_the_service_is_not_installed(tmp_path: Path) -> None:
    assert machine.unit(tmp_path / "none") == Finding("warn", "service", "not installed", "as root: make install")


@pytest.mark.parametrize(
    ("enabled", "active", "expected"),
    [
        ("enabled", "active", "ok"),
        ("enabled", "inactive", "ok"),
        ("disabled", "active", "ok"),
        ("disabled", "inactive", "warn"),
        ("enabled", "failed", "bad"),
    ],
)
def test_a_service_that_failed_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enabled: str, active: str, expected: str
) -> None:
    (tmp_path / "unit").touch()
    monkeypatch.setattr(machine, "_said", lambda *command: {"is-enabled": enabled, "is-active": active}[command[1]])

    assert machine.unit(tmp_path / "unit").verdict == expected


@pytest.mark.parametrize(
    ("said", "expected"), [("systemd 252 (252.39-1~deb12u2)\n+PAM", "ok"), ("systemd 247 (247)", "warn"), ("", "warn")]
)
def test_a_systemd_older_than_debian_12s_is_said(monkeypatch: pytest.MonkeyPatch, said: str, expected: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/systemctl")
    monkeypatch.setattr(machine, "_said", lambda *_: said)

    assert machine.systemd().verdict == expected
