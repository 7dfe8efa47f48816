"""One thread, one selector: sockets, timers, signals and whatever other threads post, in turns."""

import heapq
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from hftd.errors import HftdError

Turn = Callable[[], None]

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
SPARE = 1_000  # turns that may wait for a quiet moment
AGAIN = range(15)  # times who spins asks the kernel again before it looks after anything else
LONGEST = 1.0  # seconds in the kernel at most, so that the watchdog and the status line keep their beat
DEAF = 1.0  # seconds without an answer after which SIGINT is meant in earnest


class BrokenOff(HftdError):
    """Somebody at the terminal has waited long enough."""


class Loop:
    """Waits, and calls what is ready. ``spin``: never sleeps, at the price of a core."""

    def __init__(self, *, spin: bool = False) -> None:
        self.running = True
        self.woke_at = 0
        """When the kernel last said what is ready, by the performance counter (ns)."""
        self.exit_status = 0
        self._asked_at = 0
        """When SIGINT came first since then."""
        self._spin = spin
        self._poll = select.epoll()  # the selectors module would cost 2 µs more a tick
        self._watched: dict[int, tuple[Any, Turn]] = {}
        self._posted: deque[Turn] = deque()
        self._spare: deque[Turn] = deque()
        self._timers: list[tuple[int, int, Turn]] = []
        self._count = 0
        self._signals: dict[int, Turn] = {}
        self._awake, self._waker = socket.socketpair()
        for end in (self._awake, self._waker):
            end.setblocking(False)
        self.watch(self._awake, READ, self._woken)
        # Other threads here only wait and copy; when one does hold the interpreter, a tick waits 10 µs, not 5 ms.
        sys.setswitchinterval(1e-5)

    def watch(self, sock: Any, events: int, turn: Turn) -> None:
        """Call ``turn`` whenever ``sock`` is ready for ``events``; a second call changes what is watched for."""
        descriptor = sock.fileno()
        known = self._watched.get(descriptor)
        self._watched[descriptor] = (sock, turn)
        if known is not None and known[0] is sock:
            self._poll.modify(descriptor, events)
        else:
            self._poll.register(descriptor, events)

    def unwatch(self, sock: Any) -> None:
        """Stop watching ``sock``; no matter if it was not watched."""
        # A closed socket has lost its number, and the kernel has forgotten it.
        for descriptor in [number for number, (known, _) in self._watched.items() if known is sock]:
            del self._watched[descriptor]
            with suppress(OSError):
                self._poll.unregister(descriptor)

    def post(self, turn: Turn) -> None:
        """Call ``turn`` in the loop's thread, soon. The only method other threads may call."""
        self._posted.append(turn)
        with suppress(BlockingIOError, OSError):
            self._waker.send(b"\0")

    def spare(self, turn: Turn) -> None:
        """Call ``turn`` when nothing else is ready; in the order of asking, and at once where too many wait."""
        self._spare.append(turn)
        if len(self._spare) > SPARE:
            self._spare.popleft()()

    def after(self, seconds: float, turn: Turn) -> None:
        """Call ``turn`` once, so many seconds from now."""
        self._count += 1
        heapq.heappush(self._timers, (time.monotonic_ns() + int(seconds * 1e9), self._count, turn))

    def every(self, seconds: float, turn: Turn) -> None:
        """Call ``turn`` now, and again so many seconds after each call."""
        turn()
        self.after(seconds, partial(self.every, seconds, turn))

    def on_signal(self, number: int, turn: Turn) -> None:
        """Call ``turn`` in the loop when the signal comes: the handler itself only wakes the loop.

        SIGINT that comes again where the loop has not woken for ``DEAF`` seconds breaks off, with BrokenOff, whatever
        holds it: a model that sleeps or loops pays for that itself, and the loop hears the first one.
        """
        self._signals[number] = turn
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(number, self._interrupted if number == signal.SIGINT else lambda *_: None)

    def stop(self, exit_status: int) -> None:
        """Leave ``run`` after this turn."""
        self.running = False
        self.exit_status = exit_status

    def run(self, each: Turn, limit: Callable[[], float]) -> int:
        """Turn until stopped; the exit status. ``each`` runs every turn, ``limit`` says how long one may wait."""
        while self.running:
            self.turn(0.0 if self._spin else limit())
            each()
        return self.exit_status

    def turn(self, longest: float = LONGEST) -> None:
        """Wait for at most ``longest`` seconds, then call everything that is ready."""
        at_once = self._spin or self._posted or self._spare
        ready = self._poll.poll(0 if at_once else self._patience(longest))
        for _ in AGAIN if self._spin and not self._spare else ():  # what comes meanwhile need not wait for the rest
            if ready:
                break
            ready = self._poll.poll(0)
        self.woke_at = time.perf_counter_ns()
        for descriptor, _ in ready:
            watched = self._watched.get(descriptor)
            if watched is not None:  # else an earlier turn has just ended it
                watched[1]()
        if self._spare and not ready:
            self._spare.popleft()()
        while self._posted:
            self._posted.popleft()()
        timers = self._timers
        while timers and timers[0][0] <= time.monotonic_ns():
            heapq.heappop(timers)[2]()

    def close(self) -> None:
        """Do what waited for a quiet moment, and give the loop's own descriptors back."""
        while self._spare:
            self._spare.popleft()()
        if self._signals:
            signal.set_wakeup_fd(-1)
        self._poll.close()
        self._awake.close()
        self._waker.close()

    def _patience(self, longest: float) -> float:
        if self._timers:
            longest = min(longest, (self._timers[0][0] - time.monotonic_ns()) / 1e9)
        return max(0.0, min(longest, LONGEST))

    def _interrupted(self, *_: object) -> None:
        now = time.perf_counter_ns()
        if self._asked_at <= self.woke_at:
            self._asked_at = now
        elif now - self._asked_at > DEAF * 1e9:
            raise BrokenOff(f"broken off by Ctrl-C: nothing else was done for {(now - self.woke_at) / 1e9:.0f} s")

    def _woken(self) -> None:
        with suppress(BlockingIOError):
            for number in self._awake.recv(4096):
                if number in self._signals:
                    self._signals[number]()


def hold_cpu_awake() -> tuple[int, str]:
    """Keep the CPU out of its sleep states while the returned descriptor stays open (-1: not possible, and why).

    Linux's PM QoS interface: /dev/cpu_dma_latency holds the longest tolerated wake-up, in µs, as a 32-bit integer.
    """
    try:
        descriptor = os.open("/dev/cpu_dma_latency", os.O_WRONLY | os.O_CLOEXEC)
        os.write(descriptor, b"\0\0\0\0")
    except OSError as error:
        return -1, f"/dev/cpu_dma_latency: {error.strerror}"
    return descriptor, ""
