"""The loop: sockets, timers, signals and other threads, each in its turn."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hftd.runtime import loop as module
from hftd.runtime.loop import READ, WRITE, BrokenOff, Loop, hold_cpu_awake


@pytest.fixture(params=[False, True], ids=["blocks", "spins"])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    made = Loop(spin=request.param)
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def until(loop: Loop, condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited 60 s in vain"
        loop.turn(0.05)


def test_a_socket_is_served_while_it_is_ready(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard: list[bytes] = []
    loop.watch(ours, READ, lambda: heard.append(ours.recv(1)))
    loop.turn(0)
    assert heard == []
    theirs.sendall(b"ab")
    until(loop, lambda: len(heard) == 2)

    assert heard == [b"a", b"b"]


def test_what_is_watched_for_can_be_changed_and_ended(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    turns: list[str] = []
    loop.watch(ours, READ, lambda: turns.append("read"))
    loop.watch(ours, READ | WRITE, lambda: turns.append("either"))
    until(loop, lambda: turns)
    loop.watch(ours, READ, lambda: turns.append("read"))
    turns.clear()
    loop.turn(0)
    theirs.sendall(b"x")
    until(loop, lambda: turns)
    loop.unwatch(ours)
    loop.unwatch(ours)  # no matter if it is not watched
    seen = list(turns)
    loop.turn(0.01)

    assert set(turns) == {"read"}
    assert turns == seen


def test_a_socket_that_was_closed_can_still_be_forgotten(loop: Loop) -> None:
    """Its number may be another's by then: that one can be watched."""
    first, other = socket.socketpair()
    loop.watch(first, READ, lambda: None)
    first.close()
    loop.unwatch(first)
    again, theirs = socket.socketpair()
    heard: list[bytes] = []
    loop.watch(again, READ, lambda: heard.append(again.recv(10)))
    theirs.sendall(b"x")
    until(loop, lambda: heard)
    loop.unwatch(again)
    for end in (other, again, theirs):
        end.close()

    assert heard == [b"x"]


def test_timers_come_in_the_order_of_their_times(loop: Loop) -> None:
    """Of two at one moment, the one asked for first."""
    came: list[str] = []
    for name, seconds in (("late", 0.03), ("soon", 0.0), ("soon too", 0.0), ("between", 0.015)):
        loop.after(seconds, lambda name=name: came.append(name))  # type: ignore[misc]
    until(loop, lambda: len(came) == 4)

    assert came == ["soon", "soon too", "between", "late"]


def test_a_timer_is_never_early(loop: Loop) -> None:
    came: list[float] = []
    begun = time.monotonic()
    loop.after(0.02, lambda: came.append(time.monotonic()))
    until(loop, lambda: came)

    assert came[0] - begun >= 0.02


def test_a_timer_may_ask_for_another(loop: Loop) -> None:
    came: list[int] = []

    def again() -> None:
        came.append(len(came))
        if len(came) < 5:
            loop.after(0, again)

    loop.after(0, again)
    until(loop, lambda: len(came) == 5)

    assert came == [0, 1, 2, 3, 4]


def test_what_other_threads_post_runs_in_the_loop_s_thread(loop: Loop) -> None:
    """From four threads at once, in each one's order, none lost."""
    came: list[tuple[int, int, int]] = []

    def post(who: int) -> None:
        for number in range(500):
            loop.post(lambda number=number: came.append((who, number, threading.get_ident())))  # type: ignore[misc]

    threads = [threading.Thread(target=post, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    until(loop, lambda: len(came) == 2_000)
    for thread in threads:
        thread.join()

    assert {thread for _, _, thread in came} == {threading.get_ident()}
    assert all([number for who, number, _ in came if who == one] == list(range(500)) for one in range(4))


def test_a_post_wakes_a_loop_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 60.0)
    loop = Loop()
    came: list[str] = []
    timer = threading.Timer(0.02, lambda: loop.post(lambda: came.append("posted")))
    begun = time.monotonic()
    timer.start()
    while not came:
        loop.turn(60.0)
    took = time.monotonic() - begun
    timer.join()
    loop.close()

    assert came == ["posted"]
    assert took < 30


def test_posting_to_a_loop_that_is_closed_does_no_harm() -> None:
    loop = Loop()
    loop.close()
    came: list[str] = []
    loop.post(lambda: came.append("never"))

    assert came == []


def test_a_signal_is_a_turn_like_any_other(loop: Loop) -> None:
    """The handler itself only wakes the loop."""
    came: list[str] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2)}
    loop.on_signal(signal.SIGUSR1, lambda: came.append("one"))
    loop.on_signal(signal.SIGUSR2, lambda: came.append("two"))
    loop.on_signal(signal.SIGUSR2, lambda: came.append("another two"))
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert came == []
        until(loop, lambda: came == ["one"])
        os.kill(os.getpid(), signal.SIGUSR2)
        until(loop, lambda: len(came) == 2)
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)

    assert came == ["one", "another two"]


def test_an_interrupt_that_comes_again_breaks_off_what_holds_the_loop(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before that it is a turn like any other, and it is one after that as well."""
    came: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(module, "DEAF", 0.1)

    def hold() -> None:
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 60:
                os.kill(os.getpid(), signal.SIGINT)
        finally:
            came.append("held" if time.monotonic() - begun > 0.1 else "broken off at once")

    loop.on_signal(signal.SIGINT, lambda: came.append("asked"))
    try:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
        until(loop, lambda: len(came) == 3)
        loop.post(hold)
        with pytest.raises(BrokenOff, match=r"^broken off by Ctrl-C: nothing else was done for 0 s$"):
            loop.turn(0.05)
        until(loop, lambda: came[-1] == "asked")
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, before)

    assert came[:5] == ["asked", "asked", "asked", "held", "asked"]


def test_running_ends_with_the_status_that_was_asked_for(loop: Loop) -> None:
    turns: list[float] = []
    loop.after(0.01, lambda: loop.stop(75))

    def limit() -> float:
        return 0.002

    assert loop.run(lambda: turns.append(time.monotonic()), limit) == 75
    assert turns
    assert not loop.running


def test_no_turn_waits_longer_than_the_watchdog_s_beat_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.02)
    loop = Loop()
    begun = time.monotonic()
    loop.turn(3600.0)
    took = time.monotonic() - begun
    loop.close()

    assert took < 600


def test_a_moment_in_the_past_is_not_waited_for(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 60.0)
    begun = time.monotonic()
    loop.turn(-60.0)

    assert time.monotonic() - begun < 30


def test_closing_gives_every_descriptor_back() -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    Loop().close()

    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_machine_without_the_interface_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.os, "open", refuse)

    assert hold_cpu_awake() == (-1, "/dev/cpu_dma_latency: Permission denied")
