"""The control socket: one question, one answer, from callers the kernel names; and nothing they do harms the daemon."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.errors import ConfigError, HftdError
from hftd.runtime.loop import Loop
from hftd.runtime.people import control as module
from hftd.runtime.people.control import NAME, Control, Question
from hftd.runtime.people.rights import Caller, Rights

calm = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


ALONE = Rights(os.geteuid())


class Bench:
    """A control socket that answers with the question it was asked, and who asked."""

    def __init__(self, folder: Path, rights: Rights = ALONE) -> None:
        self.asked: list[str] = []
        self.callers: list[Caller] = []
        self.path = folder / NAME
        self.loop = Loop()
        self.control = Control(self.loop, folder, rights, self._answer)

    def _answer(self, question: Question, who: Caller) -> dict[str, Any]:
        self.asked.append(question.ask)
        self.callers.append(who)
        return {"you said": [question.ask, question.argument], "text": "µ · €"}

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "waited 60 s in vain"
            self.loop.turn(0.01)

    def ask(self, question: bytes) -> Any:
        """What a caller that says ``question`` reads until the daemon hangs up."""
        with self.call() as line:
            if question:
                line.sendall(question)
            else:
                line.shutdown(socket.SHUT_WR)
            return self.answer(line)

    def answer(self, line: socket.socket) -> Any:
        line.setblocking(False)
        said: list[bytes] = []

        def over() -> bool:
            try:
                said.append(line.recv(65536))
            except BlockingIOError:
                return False
            except ConnectionError:
                said.append(b"")
            return said[-1] == b""

        self.until(over)
        return json.loads(b"".join(said) or b"null")

    def call(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(str(self.path))
        return line

    def close(self) -> None:
        self.control.close()
        self.loop.close()


ASK = b'{"ask": "status"}'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "run")
    yield made
    made.close()


def test_a_question_is_answered_and_the_line_is_hung_up(bench: Bench) -> None:
    assert bench.ask(b'{"ask": "status"}') == {"you said": ["status", ""], "text": "µ · €"}
    assert bench.ask(b'{"argument": "SPY", "ask": "accept"}\n') == {"you said": ["accept", "SPY"], "text": "µ · €"}
    assert bench.asked == ["status", "accept"]


def test_the_kernel_says_who_asks(bench: Bench) -> None:
    """This very process: its user, its group and the groups it is in besides."""
    bench.ask(ASK)

    assert bench.callers == [Caller(os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))]


def test_only_the_owner_may_open_it(bench: Bench) -> None:
    """Mode 0600 from its first moment, and the umask is as it was."""
    before = os.umask(0o022)
    os.umask(before)

    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
    assert stat.S_ISSOCK(bench.path.stat().st_mode)
    assert before != 0o177


NONSENSE = [
    b"[]", b"5", b'"status"', b"null", b"", b"status", b"{", b"\xff\xfe", b"[" * 4000, b'{"a":' * 800, b"1" * 4090,
    b"{}", b'{"ask": 2}', b'{"ask": null}', b'{"ask": ["halt"]}', b'{"ask": "halt", "argument": 5}',
    b'{"ask": "halt", "argument": {"__class__": "x"}}', b'{"ask": "status", "code": "import os"}', b'{"ask": "\xff"}',
    b'{"ask": "status"} {"ask": "halt"}', b'{"ask": "\\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("question", NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_question_is_told_so_and_not_repeated(bench: Bench, question: bytes) -> None:
    assert bench.ask(question) == {"error": 'expected one line of JSON: {"ask": "status"}', "exit_status": 1}
    assert bench.asked == []
    assert "you said" in bench.ask(ASK)


def test_a_question_too_long_is_told_so_even_if_it_were_one(bench: Bench) -> None:
    whole = json.dumps({"ask": "halt", "argument": "x" * 4063}).encode().ljust(4096)
    assert len(whole) == 4096
    assert "you said" in bench.ask(whole)
    assert bench.ask(whole.replace(b"x", b"xx", 1)) == {"error": "expected at most 4096 bytes", "exit_status": 1}
    assert bench.ask(whole * 20) == {"error": "expected at most 4096 bytes", "exit_status": 1}
    assert bench.asked == ["halt"]


@calm
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_at_all_are_answered(bench: Bench, question: bytes) -> None:
    assert isinstance(bench.ask(question), dict)


def test_a_caller_that_leaves_at_once_does_no_harm(bench: Bench) -> None:
    bench.call().close()
    with bench.call() as line:
        line.sendall(ASK)
    bench.until(lambda: bench.asked)

    assert "you said" in bench.ask(ASK)


def test_many_callers_at_a_time_are_all_answered(bench: Bench) -> None:
    lines = [bench.call() for _ in range(8)]
    for number, line in enumerate(lines):
        line.sendall(b'{"ask": "%d"}' % number)
    answers = [bench.answer(line) for line in lines]
    for line in lines:
        line.close()

    assert [answer["you said"][0] for answer in answers] == list("01234567")


def test_a_caller_that_says_nothing_is_hung_up_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise they would gather without end."""
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    with bench.call() as line:
        assert bench.answer(line) is None

    assert bench.control._callers == {}


def test_one_user_cannot_keep_the_others_out(bench: Bench) -> None:
    """Eight lines of one user may be silent at a time; a ninth is hung up on at once, and the eight still count."""
    silent = [bench.call() for _ in range(8)]
    bench.until(lambda: len(bench.control._callers) == 8)
    with bench.call() as line:
        assert bench.answer(line) is None
    silent[0].sendall(ASK)
    assert "you said" in bench.answer(silent[0])
    for each in silent:
        each.close()


def test_too_many_open_files_do_not_end_the_daemon(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def accept(self) -> None:
            raise OSError(24, "Too many open files")

    whole = bench.control._server
    monkeypatch.setattr(bench.control, "_server", Full())
    line = bench.call()
    bench.loop.turn(0.01)
    monkeypatch.setattr(bench.control, "_server", whole)
    line.sendall(ASK)

    assert "you said" in bench.answer(line)
    line.close()


def test_closing_takes_the_socket_away_and_hangs_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    line = bench.call()
    bench.loop.turn(0.01)
    bench.close()

    assert not bench.path.exists()
    assert line.recv(10) == b""
    line.close()


def test_a_socket_a_dead_daemon_left_behind_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / NAME))
    bench = Bench(tmp_path)

    assert "you said" in bench.ask(ASK)
    bench.close()


@pytest.mark.parametrize("kind", ["a file in the way", "a folder in the way", "a path too long"])
def test_a_socket_that_cannot_be_is_said_in_one_line(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "run"
    if kind == "a file in the way":
        folder.write_text("")
    elif kind == "a folder in the way":
        (folder / NAME).mkdir(parents=True)
    else:
        folder = tmp_path / ("x" * 120)
    loop = Loop()
    before = len(os.listdir("/proc/self/fd"))

    with pytest.raises(HftdError, match=rf"^{folder}/hftd\.sock: cannot be opened: [^\n]+$"):
        Control(loop, folder, ALONE, lambda question, who: {})
    assert len(os.listdir("/proc/self/fd")) == before
    loop.close()


# ---- who gets in -----------------------------------------------------------------------------------------------


ENTER = """
import os, socket, sys
os.setgroups([int(word) for word in sys.argv[2:]])
os.setgid(70009)
os.setuid(70009)
line = socket.socket(socket.AF_UNIX)
try:
    line.connect(sys.argv[1])
    print("in")
except PermissionError:
    print("out")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_members_of_the_named_groups_get_in_and_nobody_else() -> None:
    """The kernel decides; the mode shows the most that anybody but the owner is given."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        bench = Bench(Path(folder), Rights(os.geteuid(), {"read": (70001, "watchers"), "admin": (70002, "chiefs")}))
        found = {}
        for groups in (["70001"], ["70002", "5"], ["70003"], []):
            argv = [sys.executable, "-c", ENTER, str(bench.path), *groups]
            done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/")
            found[" ".join(groups)] = done.stdout.strip()
        mode = stat.S_IMODE(bench.path.stat().st_mode)
        bench.close()

    assert found == {"70001": "in", "70002 5": "in", "70003": "out", "": "out"}
    assert mode == 0o660


def test_a_group_outside_our_user_namespace_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PrivateUsers= of a unit shows every other user and group as nobody: no caller could be told from another."""
    monkeypatch.setattr(module, "unknown_here", lambda group: group == 70001)
    loop = Loop()
    with pytest.raises(ConfigError, match="group traders cannot be seen from here, expected PrivateUsers=no"):
        Control(loop, tmp_path, Rights(0, {"trade": (70001, "traders")}), lambda question, who: {})
    loop.close()
