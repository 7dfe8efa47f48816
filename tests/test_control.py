"""The control socket: one question, one answer, for its owner alone, and nothing a caller does harms the daemon."""

import json
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.errors import HftdError
from hftd.runtime import control as module
from hftd.runtime.control import NAME, Control
from hftd.runtime.loop import Loop

calm = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Bench:
    """A control socket that answers with the question it was asked."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[dict[str, Any]] = []
        self.path = folder / NAME
        self.loop = Loop()
        self.control = Control(self.loop, folder, self._answer)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question)
        return {"you said": question, "text": "µ · €"}

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 5
        while not condition():
            assert time.monotonic() < end, "waited 5 s in vain"
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


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "run")
    yield made
    made.close()


def test_a_question_is_answered_and_the_line_is_hung_up(bench: Bench) -> None:
    assert bench.ask(b'{"ask": "status"}') == {"you said": {"ask": "status"}, "text": "µ · €"}
    assert bench.ask(b'{"ask": 2}\n') == {"you said": {"ask": 2}, "text": "µ · €"}
    assert bench.asked == [{"ask": "status"}, {"ask": 2}]


def test_only_the_owner_may_open_it(bench: Bench) -> None:
    """Mode 0600 from its first moment, and the umask is as it was."""
    before = os.umask(0o022)
    os.umask(before)

    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
    assert stat.S_ISSOCK(bench.path.stat().st_mode)
    assert before != 0o177


NOT_OBJECTS = [b"[]", b"5", b'"status"', b"null", b""]
NOT_JSON = [b"status", b"{", b"\xff\xfe", b"[" * 4000, b'{"a":' * 800, b"1" * 4090]


@pytest.mark.parametrize("question", NOT_OBJECTS)
def test_what_is_no_object_is_told_so(bench: Bench, question: bytes) -> None:
    assert bench.ask(question) == {"error": "expected a JSON object"}
    assert bench.asked == []


@pytest.mark.parametrize("question", NOT_JSON)
def test_what_is_no_json_is_told_so(bench: Bench, question: bytes) -> None:
    assert "error" in bench.ask(question)
    assert bench.asked == []
    assert "you said" in bench.ask(b"{}")


@calm
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_at_all_are_answered(bench: Bench, question: bytes) -> None:
    assert isinstance(bench.ask(question), dict)


def test_a_caller_that_leaves_at_once_does_no_harm(bench: Bench) -> None:
    bench.call().close()
    with bench.call() as line:
        line.sendall(b"{}")
    bench.until(lambda: bench.asked)

    assert "you said" in bench.ask(b"{}")


def test_many_callers_at_a_time_are_all_answered(bench: Bench) -> None:
    lines = [bench.call() for _ in range(8)]
    for number, line in enumerate(lines):
        line.sendall(b'{"number": %d}' % number)
    answers = [bench.answer(line) for line in lines]
    for line in lines:
        line.close()

    assert [answer["you said"]["number"] for answer in answers] == list(range(8))


def test_a_caller_that_says_nothing_is_hung_up_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise they would gather without end."""
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    with bench.call() as line:
        assert bench.answer(line) is None

    assert bench.control._callers == set()


def test_too_many_open_files_do_not_end_the_daemon(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def accept(self) -> None:
            raise OSError(24, "Too many open files")

    whole = bench.control._server
    monkeypatch.setattr(bench.control, "_server", Full())
    line = bench.call()
    bench.loop.turn(0.01)
    monkeypatch.setattr(bench.control, "_server", whole)
    line.sendall(b"{}")

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

    assert "you said" in bench.ask(b"{}")
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
        Control(loop, folder, lambda question: question)
    assert len(os.listdir("/proc/self/fd")) == before
    loop.close()
