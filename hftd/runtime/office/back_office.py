"""What may block, asked of another process: REST through alpaca-py, and calendars through pandas.

The daemon keeps neither library in its own memory nor under its own interpreter lock. Questions and answers travel
over a socket pair; a process that dies is replaced, and what it was asked is answered with an error.
"""

import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from hftd.config.schema import Venue
from hftd.core.events import Bar, LookedUp, Snapshot, VenueOrder
from hftd.core.session import Day
from hftd.errors import ConfigError, HftdError, TooOften, Unavailable
from hftd.plugin.keys import Keys
from hftd.runtime.loop import READ, Loop
from hftd.runtime.office.needs import NOTHING, Needs
from hftd.runtime.office.pipe import Pipe
from hftd.runtime.wire.backoff import Backoff

Done = Callable[[Any, str], None]
"""Called in the loop with the answer and "", or with None and why there is none."""

_Done = Callable[[Any, HftdError | None], None]

_Reply = tuple[int, str, int, float | None, bytes]
"""Number of the question, failure and its exit status, seconds the venue asks us to wait, answer."""

TIMEOUT = 30.0  # seconds; alpaca-py's own time-outs are shorter
AT_ONCE = 16  # questions under way: were the pair full of them, both ends would wait for the other to read
ANSWERS: dict[str, Any] = {
    "here": bool,
    "snapshot": Snapshot, "order": LookedUp, "open_orders": list[VenueOrder], "cancel": str, "cancel_all": int,
    "clock": int, "calendar": list[dict[str, str]],
    "tradable": str, "bars": list[Bar], "last_trade": int, "days": tuple[str, tuple[Day, ...]],
}  # fmt: skip


class BackOffice:
    """The other process, from here."""

    def __init__(self, loop: Loop, venue: Venue, keys: Keys, needed: Needs = NOTHING) -> None:
        """For ``venue``; ``needed`` are the plugins its office and calendars come from, where those are not hftd's."""
        self.on_pause: Callable[[float], None] = lambda seconds: None
        """Called with the seconds a venue asks us to wait; 0 where it only says that it is asked too often."""
        self._loop = loop
        self._venue = venue
        self._keys = keys
        self._needed = needed
        self._pending: dict[int, tuple[str, _Done]] = {}
        self._waiting: deque[tuple[int, str, list[Any]]] = deque()
        self._under_way: set[int] = set()
        self._number = 0
        self._backoff = Backoff()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Pipe | None = None

    def open(self) -> None:
        """Start the process."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hftd.runtime.office.office_process"], stdin=theirs.fileno()
            )
        self._pipe = Pipe(ours)
        # The keys go through the pair: an argument or an environment could be read by others.
        self._pipe.send([self._venue, self._keys.key, self._keys.secret, self._needed])
        self._loop.watch(ours, READ, self._read)

    def close(self) -> None:
        """End the process; its end of the pair closing tells it to go."""
        if self._pipe is not None:
            self._loop.unwatch(self._pipe.end)
            self._pipe.end.close()
            self._pipe = None
        if self._process is not None:
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def ask(self, method: str, arguments: list[Any], done: Done) -> None:
        """Put a question; ``done`` is called once, whatever happens."""
        self._ask(method, arguments, lambda answer, error: done(answer, str(error) if error is not None else ""))

    def wait(self, method: str, arguments: list[Any]) -> Any:
        """Put a question and turn the loop until it is answered: for start-up, before anything trades.

        Raises ConfigError where the settings are to blame, TooOften or Unavailable otherwise.
        """
        answers: list[tuple[Any, HftdError | None]] = []
        self._ask(method, arguments, lambda *answer: answers.append(answer))
        while not answers and self._loop.running:
            self._loop.turn()
        if not answers:
            raise Unavailable("stopped while waiting for the venue")
        answer, error = answers[0]
        if error is not None:
            raise error
        return answer

    def _ask(self, method: str, arguments: list[Any], done: _Done) -> None:
        self._number += 1
        number = self._number
        self._pending[number] = (method, done)
        if self._pipe is None:
            self._loop.post(partial(self._fail, number, "the back office is being restarted"))
            return
        self._waiting.append((number, method, arguments))
        self._put()

    def _put(self) -> None:
        """Put what waits, as far as there is room."""
        while self._waiting and self._pipe is not None and len(self._under_way) < AT_ONCE:
            number, method, arguments = self._waiting.popleft()
            self._under_way.add(number)
            self._loop.after(TIMEOUT, partial(self._give_up, number))
            try:
                self._pipe.send([number, method, arguments])
            except OSError as error:
                self._loop.post(partial(self._fail, number, str(error)))

    def _read(self) -> None:
        try:
            messages = self._pipe.receive() if self._pipe is not None else []
        except (EOFError, OSError):
            self.close()
            self._waiting.clear()
            for number in tuple(self._pending):
                self._fail(number, "the back office died")
            self._loop.after(self._backoff.wait(), self._restart)
            return
        self._backoff.succeeded()
        for message in messages:
            self._answer(message)
        self._put()

    def _restart(self) -> None:
        if self._loop.running and self._pipe is None:
            self.open()

    def _answer(self, message: bytes) -> None:
        """Pass an answer on. Raises ConfigError, out of the loop and so out of the daemon, for an account not paper."""
        number, failure, status, seconds, body = msgspec.msgpack.decode(message, type=_Reply)
        method, done = self._taken(number)
        if seconds is not None:
            self.on_pause(seconds)
        if done is None:
            return
        if method == "snapshot" and status == ConfigError.exit_status:
            raise ConfigError(failure)  # not paper: no answer to wait for, and nobody may catch it on the way out
        if failure:
            done(None, _error(failure, status, seconds))
            return
        try:
            answer = msgspec.msgpack.decode(body, type=ANSWERS[method])
        except msgspec.DecodeError as error:
            done(None, Unavailable(f"the answer to {method} cannot be understood: {error}"))
        else:
            done(answer, None)

    def _give_up(self, number: int) -> None:
        if number in self._pending:
            self._fail(number, f"no answer within {TIMEOUT:.0f} s")
            if self._process is not None:
                self._process.kill()  # it is stuck: the end of its pair says so, and another takes its place

    def _fail(self, number: int, reason: str) -> None:
        _, done = self._taken(number)
        if done is not None:
            done(None, Unavailable(reason))

    def _taken(self, number: int) -> tuple[str, _Done | None]:
        """What was asked and who waits for it; both are done with it now."""
        self._under_way.discard(number)
        return self._pending.pop(number, ("", None))


def _error(failure: str, status: int, seconds: float | None) -> HftdError:
    """The error that was raised in the other process."""
    if seconds is not None:
        return TooOften(failure, seconds)
    return ConfigError(failure) if status == ConfigError.exit_status else Unavailable(failure)
