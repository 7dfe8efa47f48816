"""``hftd halt``, ``resume``, ``flatten`` and ``accept``: heard by the daemon that runs, or kept for the next one."""

import fcntl
import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest
from answering import answering
from nobody import as_nobody

from hftd.cli import flatten, halt, resume
from hftd.cli.daemon import line as daemon_line
from hftd.cli.daemon import place
from hftd.cli.daemon.word import speaker
from hftd.cli.main import main
from hftd.errors import HftdError
from hftd.runtime.people import kill_switch
from hftd.runtime.people.control import NAME, Question

ME = speaker()


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """The state folder in use, as a daemon holds it."""
    state.mkdir(exist_ok=True)
    with (state / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings; the state folder beside them is not made yet."""
    (tmp_path / "hftd.toml").write_text('[venue]\nname = "sim"\n', encoding="utf-8")
    return tmp_path


def hftd(home: Path, *words: str) -> int:
    return main([words[0], "--config", str(home / "hftd.toml"), *words[1:]])


def failed(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit status and the one line on stderr."""
    exit_status = hftd(home, *words)
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return exit_status, line


# ---- to a daemon that runs -------------------------------------------------------------------------------------


WORDS = [
    (("halt",), ("halt", "")),
    (("halt", "the", "feed is odd"), ("halt", "the feed is odd")),
    (("resume",), ("resume", "")),
    (("flatten", "enough"), ("flatten", "enough")),
    (("accept", "SPY"), ("accept", "SPY")),
]


@pytest.mark.parametrize(("words", "question"), WORDS, ids=[" ".join(words) for words, _ in WORDS])
def test_a_word_reaches_the_daemon_and_its_answer_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], question: tuple[str, str]
) -> None:
    with answering(home / "state", {"status": "open", "said": "what is now so"}) as asked:
        assert hftd(home, *words) == 0

    assert asked == [Question(*question)]
    assert capsys.readouterr().out == "what is now so\n"
    assert not (home / "state" / "halted").exists(), "that is the daemon's own to write"


def test_json_is_the_daemons_own_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"status": "open", "said": "trading goes on", "halted": ""}
    with answering(home / "state", answer):
        assert hftd(home, "resume", "--json") == 0

    assert json.loads(capsys.readouterr().out) == answer


@pytest.mark.parametrize(("exit_status", "word"), [(77, "resume"), (1, "accept"), (77, "halt")])
def test_a_refusal_is_its_line_and_its_exit_status(
    home: Path, capsys: pytest.CaptureFixture[str], exit_status: int, word: str
) -> None:
    words = (word, "SPY") if word == "accept" else (word,)
    with answering(home / "state", {"error": "needs the right admin, held by root", "exit_status": exit_status}):
        assert failed(home, capsys, *words) == (exit_status, "hftd: needs the right admin, held by root")

    assert not (home / "state" / "halted").exists()


# ---- without one -----------------------------------------------------------------------------------------------


def test_a_halt_without_a_daemon_is_kept_for_the_next_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hftd(home, "halt", "the", "feed") == 0

    switch = home / "state" / "halted"
    assert capsys.readouterr().out == f"no daemon runs; the next one starts stopped: the feed ({ME}) ({switch})\n"
    assert kill_switch.thrown(home / "state") == f"the feed ({ME})"
    assert stat.S_IMODE(switch.stat().st_mode) == 0o600


def test_a_halt_without_a_daemon_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hftd(home, "halt", "--json") == 0
    answer = json.loads(capsys.readouterr().out)

    assert (answer["running"], answer["halted"]) == (False, f"halted by {ME}")


def test_a_resume_without_a_daemon_leaves_word_for_the_next_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The switch stays thrown until that one has heard it: its journal remembers the halt as well."""
    hftd(home, "halt", "the feed")
    capsys.readouterr()
    assert hftd(home, "resume") == 0

    said = f"no daemon runs; the next one trades again, although: the feed ({ME}) ({home / 'state'})\n"
    assert capsys.readouterr().out == said
    assert kill_switch.released_by(home / "state") == ME
    assert kill_switch.thrown(home / "state") == f"the feed ({ME})"


def test_a_halt_takes_back_a_resume_nobody_heard(home: Path) -> None:
    for word in ("halt", "resume", "halt"):
        assert hftd(home, word) == 0

    assert kill_switch.released_by(home / "state") == ""
    assert kill_switch.thrown(home / "state") == f"halted by {ME}"


def test_there_is_nothing_to_resume_where_nothing_is_stopped(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hftd(home, "resume") == 0
    assert capsys.readouterr().out == f"no daemon runs, and trading is not stopped ({home / 'state'})\n"
    assert kill_switch.released_by(home / "state") == ""


def test_to_flatten_without_a_daemon_is_kept_for_the_next_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And to halt after it leaves that as it is, until somebody resumes."""
    assert hftd(home, "flatten") == 0

    said = "no daemon runs; the next one starts stopped, and trades positions away when the market is open"
    switch = home / "state" / "halted"
    assert capsys.readouterr().out == f"{said}: flattened by {ME} ({switch})\n"
    assert (kill_switch.thrown(home / "state"), kill_switch.flattens(home / "state")) == (f"flattened by {ME}", True)
    assert hftd(home, "halt", "the feed") == 0
    assert capsys.readouterr().out == f"{said}: the feed ({ME}) ({switch})\n"


def test_what_only_a_daemon_can_do_is_69_without_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, line = failed(home, capsys, "accept", "SPY")

    assert exit_status == 69
    assert line.startswith(f"hftd: {home / 'state' / NAME}: no daemon answers here (")


def test_a_daemon_that_is_stuck_is_69_and_the_switch_is_thrown_all_the_same(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the state folder and does not answer: to kill it then must not start another that trades."""
    monkeypatch.setattr(daemon_line, "TIMEOUT", 0.05)
    state = home / "state"
    with locked(state), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stuck:
        stuck.bind(str(state / NAME))
        stuck.listen()
        exit_status, line = failed(home, capsys, "halt")

        assert exit_status == 69
        assert line == (
            f"hftd: {state / NAME}: no daemon answers here (timed out), and yet one uses {state}: it does not hear us; "
            f"{state / 'halted'} is written and stops the next one"
        )
        assert kill_switch.thrown(state) == f"halted by {ME}"
        exit_status, line = failed(home, capsys, "resume")

    assert exit_status == 69
    assert "it does not hear us" in line
    assert kill_switch.released_by(state) == ""


def test_settings_spoilt_meanwhile_do_not_keep_an_operator_from_the_daemon(home: Path) -> None:
    (home / "hftd.toml").write_text("[vennue]\n")
    with answering(home / "state", {"status": "open", "said": "trading is stopped"}) as asked:
        assert hftd(home, "halt") == 0

    assert asked == [Question("halt", "")]


def test_settings_that_are_wrong_are_78(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "hftd.toml").write_text("[vennue]\n")
    exit_status, line = failed(home, capsys, "halt")

    assert exit_status == 78
    assert "vennue" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("module", [halt, flatten, resume])
def test_the_state_folder_of_another_user_is_77(capsys: pytest.CaptureFixture[str], module: ModuleType) -> None:
    """All of them are loaded already: somebody else may not be able to read hftd's own files."""
    word = module.__name__.rpartition(".")[2]
    with TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "hftd.toml").write_text('[runtime]\nrun = "run"\n')
        (home / "state").mkdir(mode=0o700)
        (home / "state" / "lock").touch(0o600)
        with as_nobody():
            exit_status, line = failed(home, capsys, word)

    assert exit_status == 77
    assert line.endswith(f"{home / 'state'}: closed to this user, expected root or the daemon's own")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_throws_the_switch_for_the_daemons_user_to_read(home: Path) -> None:
    """The service has a user of its own, which a switch it cannot read would keep from starting."""
    (home / "state").mkdir()
    os.chown(home / "state", 70001, 70002)
    hftd(home, "halt")
    hftd(home, "resume")

    for name in ("halted", "resume"):
        found = (home / "state" / name).stat()
        assert (found.st_uid, found.st_gid) == (70001, 70002)


def test_the_installed_settings_mean_the_services_own_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """systemd keeps it, and nothing in the settings says where."""
    monkeypatch.setattr(place, "INSTALLED", home / "hftd.toml")
    monkeypatch.setattr(place, "SERVICE", tmp_path / "run" / NAME)
    monkeypatch.setattr(place, "SERVICE_STATE", tmp_path / "private")
    hftd(home, "halt")

    assert kill_switch.thrown(tmp_path / "private") == f"halted by {ME}"
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700


def test_a_switch_that_cannot_be_written_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state").write_text("a file in the way")
    exit_status, line = failed(home, capsys, "halt")

    assert exit_status == HftdError.exit_status
    assert line.endswith(f"{home / 'state'}: cannot be made: File exists")
