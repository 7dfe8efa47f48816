"""``hftd status``: a table, JSON, or one line on why there is no answer."""

import json
import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from answering import answering
from nobody import as_nobody

from hftd.cli.daemon import line as daemon_line
from hftd.cli.daemon import place
from hftd.cli.main import main
from hftd.errors import Refused
from hftd.runtime.people.control import NAME, Question

FACTS: dict[str, Any] = {
    "status": "open · SPY 562.17 · +35 SPY · $+12.30 · 1,234 ticks/s · 7 orders, 3 refused",
    "models": {
        "volume_modulo": {
            "state": "active", "reason": "", "symbols": ["SPY"], "buys": 4, "sells": 6, "orders": 7, "refused": 3,
        },
        "broken": {
            "state": "benched", "reason": "ZeroDivisionError", "symbols": ["SPY", "QQQ"], "buys": 0, "sells": 0,
            "orders": 0, "refused": 0,
        },
    },
    "refusals": {"stale": 1, "position": 2},
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "hftd.toml"
    file.write_text('[venue]\nname = "sim"\n', encoding="utf-8")
    return file


def test_the_table_is_the_line_the_models_and_the_refusals(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The commonest refusal first, a benched model with its reason."""
    with answering(settings.parent / "state", FACTS) as asked:
        assert main(["status", "--config", str(settings)]) == 0

    assert asked == [Question("status")]
    assert capsys.readouterr().out.splitlines() == [
        "open · SPY 562.17 · +35 SPY · $+12.30 · 1,234 ticks/s · 7 orders, 3 refused",
        "  volume_modulo        active   SPY        4 buys, 6 sells, 7 orders, 3 refused",
        "  broken               benched  SPY QQQ    0 buys, 0 sells, 0 orders, 0 refused (ZeroDivisionError)",
        "  refused by position: 2",
        "  refused by stale: 1",
    ]


def test_json_is_the_daemon_s_own_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(tmp_path, FACTS):
        assert main(["status", "--socket", str(tmp_path / NAME), "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == FACTS


def test_a_large_answer_comes_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three hundred models: about forty kilobytes."""
    many = {**FACTS, "models": {f"model_{number}": FACTS["models"]["broken"] for number in range(300)}}
    with answering(tmp_path, many):
        assert main(["status", "--socket", str(tmp_path / NAME), "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == many


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status and the one line on stderr."""
    exit_status = main(["status", *arguments])
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return exit_status, line


def test_no_daemon_is_69_and_one_line(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a socket that is not there nor one nobody listens on."""
    path = settings.parent / "state" / NAME
    exit_status, line = failed(capsys, "--config", str(settings))
    assert exit_status == 69
    assert line.startswith(f"hftd: {path}: no daemon answers here (")
    assert "Errno" not in line

    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    exit_status, line = failed(capsys, "--config", str(settings))
    assert exit_status == 69
    assert line.startswith(f"hftd: {path}: no daemon answers here (")
    assert "Errno" not in line


def test_a_daemon_that_is_stuck_is_not_waited_for_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_line, "TIMEOUT", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stuck:
        stuck.bind(str(tmp_path / NAME))
        stuck.listen()
        exit_status, line = failed(capsys, "--socket", str(tmp_path / NAME))

    assert (exit_status, line) == (69, f"hftd: {tmp_path / NAME}: no daemon answers here (timed out)")


@pytest.mark.parametrize("answer", [{"error": "expected a JSON object"}, {}, [], "x" * 500])
def test_another_program_s_answer_is_69_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Any
) -> None:
    with answering(tmp_path, answer):
        exit_status, line = failed(capsys, "--socket", str(tmp_path / NAME))

    assert exit_status == 69
    assert line.startswith(f"hftd: {tmp_path / NAME}: what answers here is no daemon of this version, it says ")
    assert len(line) < 300


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_daemon_of_another_user_is_77() -> None:
    said = r"/hftd\.sock: not open to this user, expected root, the daemon's own or a member of a group in \[runtime\]$"
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with answering(Path(folder), FACTS), as_nobody(), pytest.raises(Refused, match=said) as caught:
            daemon_line.ask(Path(folder) / NAME, {"ask": "status"})

    assert caught.value.exit_status == 77


def test_without_settings_the_installed_service_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "SERVICE", tmp_path / NAME)
    with answering(tmp_path, FACTS):
        assert main(["status", "--config", str(tmp_path / "absent.toml")]) == 0

    assert capsys.readouterr().out.startswith("open · SPY")


def test_with_the_installed_settings_the_installed_service_is_asked(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is where systemd put it; the settings do not say."""
    monkeypatch.setattr(place, "SERVICE", tmp_path / "run" / NAME)
    monkeypatch.setattr(place, "INSTALLED", settings)
    with answering(tmp_path / "run", FACTS):
        assert main(["status", "--config", str(settings)]) == 0

    assert capsys.readouterr().out.startswith("open · SPY")


def test_a_trial_run_beside_the_settings_is_found(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`hftd run --with-sim` keeps its state in a folder of its own."""
    with answering(settings.parent / "state" / "with-sim", FACTS):
        assert main(["status", "--config", str(settings)]) == 0

    assert capsys.readouterr().out.startswith("open · SPY")
