"""The back office: questions to another process, which may die, hang or talk nonsense, and never shows the keys."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.config.schema import Venue
from hftd.core.events import LookedUp, Snapshot
from hftd.core.session import Day
from hftd.errors import ConfigError, TooOften, Unavailable
from hftd.plugin import host
from hftd.plugin.keys import Keys
from hftd.runtime.loop import READ, Loop
from hftd.runtime.office import back_office as module
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.office.needs import NOTHING, Needs, needs
from hftd.runtime.office.office_process import Clerk
from hftd.runtime.office.pipe import Pipe
from hftd.runtime.wire.backoff import Backoff
from hftd.venues.shipped import SHIPPED

KEY, SECRET = "PKCANARY0000KEY00000", "canarysecretcanarysecretcanarysecret0000"
calm = settings(deadline=None)  # a busy machine is no fault of the code


ALPACA = Venue(name="alpaca")


class Bench:
    """A loop, an office, and everything it answered."""

    def __init__(self, venue: Venue = ALPACA, needed: Needs = NOTHING) -> None:
        self.loop = Loop()
        self.office = BackOffice(self.loop, venue, Keys(KEY, SECRET), needed)
        self.answers: list[tuple[Any, str]] = []

    def ask(self, method: str, *arguments: Any) -> None:
        self.office.ask(method, list(arguments), lambda answer, failure: self.answers.append((answer, failure)))

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited {seconds} s in vain; {self.answers}"
            self.loop.turn(0.02)

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self.office._process is not None
        return self.office._process

    def close(self) -> None:
        self.office.close()
        self.loop.close()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(Backoff, "wait", lambda self: 0.01)
    made = Bench()
    yield made
    made.close()


@pytest.fixture
def desk(bench: Bench) -> Iterator[Pipe]:
    """The other end of the pair, where the test itself sits in the process's place."""
    ours, theirs = socket.socketpair()
    bench.office._pipe = Pipe(ours)
    bench.loop.watch(ours, READ, bench.office._read)
    yield Pipe(theirs)
    theirs.close()


def questions(desk: Pipe) -> list[tuple[int, str, list[Any]]]:
    """What the office was asked: number, method, arguments."""
    return [msgspec.msgpack.decode(message, type=tuple[int, str, list[Any]]) for message in desk.receive()]


# ---- the process itself ----------------------------------------------------------------------------------------


def test_it_answers_and_its_failures_are_one_line_without_the_keys(bench: Bench) -> None:
    """What a library raises may quote what it was given: here, a day that is none and holds the secret."""
    bench.office.open()
    bench.ask("days", "NYSE", f"{SECRET}\n{KEY}", "2026-11-30")
    bench.ask("days", "NYSE", "2026-11-23", "2026-11-30")
    bench.until(lambda: len(bench.answers) == 2)
    (nothing, failure), ((zone, days), success) = bench.answers

    assert nothing is None
    assert failure.startswith("Invalid isoformat string")
    assert "***" in failure
    assert (SECRET in failure, KEY in failure, "\n" in failure) == (False, False, False)
    # Thanksgiving is the 26th of November 2026; the day after closes at 13:00, which is 18:00 UTC.
    assert (zone, success) == ("America/New_York", "")
    assert [day.date for day in days] == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30"]
    early = days[3].phase("regular")
    assert early is not None
    assert early.end == 1_795_802_400_000_000_000


def test_it_says_that_it_is_here_without_a_word_from_the_venue(bench: Bench) -> None:
    bench.office.open()
    bench.ask("here")
    bench.until(lambda: bench.answers)

    assert bench.answers == [(True, "")]


def test_a_thousand_questions_at_once_are_all_answered(bench: Bench) -> None:
    """As after a crash with a thousand orders of unknown fate: neither end may wait for ever for the other to read."""
    bench.office.open()
    for number in range(1_000):
        bench.ask("days", "NYSE", f"no day {number}", "2026-11-30")
    bench.until(lambda: len(bench.answers) == 1_000)

    assert [failure for _, failure in bench.answers] == [
        f"Invalid isoformat string: 'no day {number}'" for number in range(1_000)
    ]


def test_its_keys_are_in_no_argument_and_no_environment(bench: Bench) -> None:
    """What other processes could read of it."""
    bench.office.open()
    bench.ask("days", "NYSE", "no day", "")
    bench.until(lambda: bench.answers)
    place = Path("/proc") / str(bench.process.pid)

    for name in ("cmdline", "environ", "comm", "status"):
        shown = (place / name).read_bytes()
        assert shown
        assert KEY.encode() not in shown
        assert SECRET.encode() not in shown


def test_a_process_that_dies_is_replaced_and_what_it_was_asked_is_answered(bench: Bench) -> None:
    bench.office.open()
    first = bench.process
    bench.ask("days", "NYSE", "no day", "")
    first.kill()
    bench.until(lambda: bench.answers)
    assert bench.answers == [(None, "the back office died")]
    bench.until(lambda: bench.office._pipe is not None)
    bench.ask("days", "NYSE", "no day", "")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.process.pid != first.pid
    assert bench.answers[1] == (None, "Invalid isoformat string: 'no day'")


def test_a_process_that_is_stuck_is_given_up_and_replaced(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.office.open()
    first = bench.process
    os.kill(first.pid, signal.SIGSTOP)
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    bench.ask("clock")
    monkeypatch.setattr(module, "TIMEOUT", 30.0)
    bench.ask("clock")
    bench.until(lambda: len(bench.answers) == 2 and bench.office._pipe is not None)

    assert bench.answers[0][1].startswith("no answer within")
    assert bench.answers[1][1] == "the back office died"
    assert bench.process.pid != first.pid


def test_only_the_daemon_ends_it(bench: Bench) -> None:
    """Ctrl-C and systemd's SIGTERM reach it as well, and are left to the daemon; its socket closing is the end."""
    bench.office.open()
    process = bench.process
    bench.ask("days", "NYSE", "no day", "")
    bench.until(lambda: bench.answers)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid, number)
    bench.ask("days", "NYSE", "no day", "")
    bench.until(lambda: len(bench.answers) == 2)
    bench.office.close()

    assert bench.answers[1][1] == "Invalid isoformat string: 'no day'"
    assert process.returncode == 0


def test_it_does_not_outlive_a_daemon_that_was_killed() -> None:
    """The kernel closes the dead daemon's end of the pair."""
    program = """
import sys, time
from hftd.config.schema import Venue
from hftd.plugin import host
from hftd.plugin.keys import Keys
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.loop import Loop
office = BackOffice(Loop(), Venue(), Keys("sim", "sim"))
office.open()
print(office._process.pid, flush=True)
time.sleep(60)
"""
    daemon = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert daemon.stdout is not None
    child = int(daemon.stdout.readline())
    daemon.kill()
    daemon.communicate()  # ends when the child's copy of the pipe is closed too
    end = time.monotonic() + 60
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < end:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        os.sched_yield()

    assert time.monotonic() < end


CALENDAR = """
from datetime import date
from hftd import hookimpl
from hftd.core.session import Day

@hookimpl
def register_calendars():
    return {"never": lambda calendar, first, last: ("Europe/Berlin", (Day(first.isoformat(), ()),))}
"""

LIVE = """
from decimal import Decimal
from hftd import hookimpl
from hftd.core.events import Snapshot

class Office:
    def snapshot(self, asked):
        return Snapshot(asked, asked, "123456789", Decimal(5), Decimal(5))
    def clock(self):
        return 7
    def is_paper(self, account):
        return account.startswith("PAPER")

@hookimpl
def register_offices():
    return {"live": lambda venue, keys: Office()}
"""


@contextmanager
def beside(folder: Path, venue: str, **files: str) -> Iterator[Bench]:
    """An office for ``venue`` of a daemon that loaded these files of its plugin folder."""
    for name, source in files.items():
        (folder / f"{name}.py").write_text(source)
    plugins = host.load(folder, SHIPPED)
    needed = needs(plugins, folder)
    plugins.forget()
    made = Bench(Venue(name=venue), needed)
    made.office.open()
    yield made
    made.close()


def test_a_calendar_in_the_plugin_folder_answers(tmp_path: Path) -> None:
    with beside(tmp_path, "sim", never=CALENDAR) as bench:
        bench.ask("days", "never", "2026-11-23", "2026-11-30")
        bench.until(lambda: bench.answers)
        place = Path("/proc") / str(bench.process.pid)

        assert bench.answers == [(("Europe/Berlin", (Day("2026-11-23", ()),)), "")]
        assert str(tmp_path).encode() not in (place / "cmdline").read_bytes()


def test_another_process_answers_whatever_became_of_the_plugin_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was dropped there since is broken, and so is the office's own by now."""
    monkeypatch.setattr(Backoff, "wait", lambda self: 0.01)
    with beside(tmp_path, "live", live=LIVE) as bench:
        bench.ask("clock")
        bench.until(lambda: bench.answers)
        before = bench.process
        for name in ("live", "broken"):
            (tmp_path / f"{name}.py").write_text("this is no Python")
        before.kill()
        bench.until(lambda: bench.office._process not in (before, None))
        bench.ask("clock")
        bench.until(lambda: len(bench.answers) == 2)

        assert bench.answers == [(7, ""), (7, "")]


def test_plugins_that_cannot_be_loaded_are_a_failure_of_the_question(tmp_path: Path) -> None:
    made = Bench(Venue(name="live"), Needs((("live.py", {"live.py": b"this is no Python"}),)))
    made.office.open()
    made.ask("clock")
    made.until(lambda: made.answers)
    made.close()

    assert made.answers[0][1].startswith("the back office cannot load its plugins: live.py:1: SyntaxError")


def test_an_account_that_is_not_paper_ends_the_daemon(tmp_path: Path) -> None:
    """Its office says so, nobody is given the account, and the error leaves the loop."""
    with beside(tmp_path, "live", live=LIVE) as bench:
        bench.ask("snapshot", 1)
        with pytest.raises(ConfigError, match=r"^account 123456789 at live: not a paper account, expected one$"):
            bench.until(lambda: bench.answers)

        assert bench.answers == []


# ---- its place taken by the test -------------------------------------------------------------------------------


def test_answers_come_to_whom_they_belong_in_whatever_order(bench: Bench, desk: Pipe) -> None:
    snapshot = Snapshot(1, 2, "PA1", Decimal("1.5"), Decimal(3))
    bench.ask("snapshot", 1)
    bench.ask("order", "ours", 2)
    first, second = questions(desk)
    desk.send([second[0], "", 0, None, msgspec.msgpack.encode(LookedUp("ours", None, 2))])
    desk.send([99, "", 0, None, b""])  # an answer nobody waits for
    desk.send([first[0], "", 0, None, msgspec.msgpack.encode(snapshot)])
    bench.until(lambda: len(bench.answers) == 2)

    assert (first[1:], second[1:]) == (("snapshot", [1]), ("order", ["ours", 2]))
    assert bench.answers == [(LookedUp("ours", None, 2), ""), (snapshot, "")]


def test_no_more_than_sixteen_questions_are_under_way(bench: Bench, desk: Pipe) -> None:
    """The rest wait here; each answer lets the next one out, in their order."""
    for number in range(20):
        bench.ask("clock", number)
    first = questions(desk)
    desk.send([first[0][0], "", 0, None, msgspec.msgpack.encode(5)])
    bench.until(lambda: bench.answers)

    assert [arguments for _, _, arguments in first] == [[number] for number in range(16)]
    assert [arguments for _, _, arguments in questions(desk)] == [[16]]


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\xc0", msgspec.msgpack.encode(["Snapshot", 1]), b"\xa5hello"])
def test_an_answer_that_cannot_be_understood_is_a_failure(bench: Bench, desk: Pipe, body: bytes) -> None:
    """The venue's library may pass on what no account ever held; the daemon goes on without it."""
    bench.ask("snapshot", 1)
    desk.send([questions(desk)[0][0], "", 0, None, body])
    bench.until(lambda: bench.answers)
    ((answer, failure),) = bench.answers

    assert answer is None
    assert failure.startswith("the answer to snapshot cannot be understood: ")


def test_an_answer_that_comes_too_late_is_passed_over(
    bench: Bench, desk: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.02)
    bench.ask("clock")
    number = questions(desk)[0][0]
    bench.until(lambda: bench.answers)
    desk.send([number, "", 0, None, msgspec.msgpack.encode(5)])
    bench.loop.turn(0.02)

    assert bench.answers == [(None, "no answer within 0 s")]


def test_a_wish_to_wait_is_passed_on_with_every_answer_that_has_it(bench: Bench, desk: Pipe) -> None:
    pauses: list[float] = []
    bench.office.on_pause = pauses.append
    for _ in range(3):
        bench.ask("clock")
    first, second, third = (number for number, _, _ in questions(desk))
    desk.send([first, "429 too many requests", 69, 12.0, b""])
    desk.send([second, "429 too many requests", 69, 0.0, b""])
    desk.send([third, "", 0, None, msgspec.msgpack.encode(5)])
    bench.until(lambda: len(bench.answers) == 3)

    assert pauses == [12.0, 0.0]
    assert bench.answers == [(None, "429 too many requests"), (None, "429 too many requests"), (5, "")]


def test_a_question_while_there_is_no_process_fails_at_once_and_not_before_it_is_asked(bench: Bench) -> None:
    bench.ask("clock")
    assert bench.answers == []
    bench.until(lambda: bench.answers)

    assert bench.answers == [(None, "the back office is being restarted")]


def test_start_up_waits_for_its_answers(bench: Bench, desk: Pipe) -> None:
    """Settings to blame end in ConfigError, everything else in Unavailable; a signal ends the wait."""
    desk.send([1, "", 0, None, msgspec.msgpack.encode(1_795_185_000_000_000_000)])
    assert bench.office.wait("clock", []) == 1_795_185_000_000_000_000
    desk.send([2, "[session] calendar: no such exchange", 78, None, b""])
    with pytest.raises(ConfigError, match="no such exchange"):
        bench.office.wait("days", ["NYSY", "", ""])
    desk.send([3, "no route to host", 69, None, b""])
    with pytest.raises(Unavailable, match="no route to host"):
        bench.office.wait("clock", [])
    desk.send([4, "429 too many requests", 69, 7.0, b""])
    with pytest.raises(TooOften, match="429 too many requests") as busy:
        bench.office.wait("clock", [])
    assert busy.value.seconds == 7.0
    bench.loop.after(0.01, lambda: bench.loop.stop(0))
    with pytest.raises(Unavailable, match="stopped while waiting"):
        bench.office.wait("clock", [])


# ---- what both ends are made of --------------------------------------------------------------------------------


def test_a_whole_page_of_failure_is_cut_short_after_the_keys_are_out() -> None:
    """A proxy answers with HTML; half a secret at the cut would still be half a secret."""
    clerk = Clerk(Venue(), Keys(KEY, SECRET))
    page = clerk.failure(ValueError("<html>\n" + "x " * 140 + SECRET + " y" * 500))

    assert len(page) <= 310
    assert SECRET[:8] not in page
    assert clerk.failure(ValueError("")) == "ValueError"
    assert clerk.failure(ValueError(f"401 for {KEY}")) == "401 for ***"


@calm
@given(st.lists(st.binary(max_size=300), max_size=6), st.data())
def test_messages_cut_anywhere_come_out_whole(bodies: list[bytes], data: st.DataObject) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer, reader = Pipe(theirs), Pipe(ours)
        sent = []
        for body in bodies:
            writer.send(body)
            sent.append(ours.recv(1 << 16))
        whole, messages = b"".join(sent), []
        places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
        for start, end in zip([0, *places], [*places, len(whole)], strict=True):
            if end > start:
                theirs.sendall(whole[start:end])
                messages += reader.receive()

    assert [msgspec.msgpack.decode(message) for message in messages] == bodies


def test_the_end_of_a_pipe_is_an_error_of_its_own() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()

    with ours, pytest.raises(EOFError):
        Pipe(ours).receive()
