"""A feed's connection: dialled, read until dry, and dialled again when it is gone."""

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import websocket
from websocket import ABNF

from hftd.core.events import Declined, Event, FeedDown, FeedUp
from hftd.plugin.protocols import Feed, Wanted
from hftd.runtime.clock import Clock
from hftd.runtime.loop import READ, Loop
from hftd.runtime.wire.backoff import Backoff
from hftd.runtime.wire.dial import Failure, dial, open_stream, said

DRY = (BlockingIOError, ssl.SSLWantReadError)
# The simulated venue tells its time in the payload of its pings.
TIME = b"hftd-clock "
# A login that leads to no subscription within this many seconds has failed.
PATIENCE = 15.0
# A connection may die without a word: the venue is pinged this often, and given up when it says nothing for so long.
PING_EVERY, SILENCE = 10.0, 25.0  # seconds

# Seconds up that make a connection a good one: a venue that restarts in a loop is dialled less and less.
STEADY = 30.0

# No back-off is longer (backoff.py), dialling and logging in included.
STUCK = 180.0

AT_ONCE = 64
"""Messages that are offered together, at the most."""

# What a stream says of itself.
CONNECTION = frozenset({FeedUp, FeedDown, Declined})

OnFrames = Callable[["Stream", list[bytes]], int]
"""Takes some of these messages, from the first on; how many."""
OnEvent = Callable[[Event], None]


class Stream:
    """One WebSocket, owned by the loop. Frames go to ``on_frames``, its own ups and downs to ``on_event``."""

    def __init__(self, feed: Feed, loop: Loop, clock: Clock, on_frames: OnFrames, on_event: OnEvent) -> None:
        self.feed = feed
        self.up = False
        self.read_at = 0
        """When the frames being read were taken from the kernel, by the performance counter (ns)."""
        self.received_at = 0
        """When they had been taken and split, by the same."""
        self.heard_at = 0.0
        """When anything last came in, by the monotonic clock (s)."""
        self.failure = ""
        """Why it is down; empty while it is up, or not wanted."""
        self.on_declined: Callable[[Wanted, str], bool] = lambda sent, reason: False
        """Called with what the venue goes on sending, and why with no more; whether less is wanted from then on."""
        self._loop = loop
        self._tried_at = 0.0
        self._up_since = 0.0
        self._clock = clock
        self._on_frames = on_frames
        self._on_event = on_event
        self._backoff = Backoff()
        self._socket: Any = None
        self._wanted = False
        self._attempt = 0

    def open(self) -> None:
        """Connect, and stay connected."""
        if not self._wanted:
            self._wanted = True
            self._dial()

    def close(self) -> None:
        """Disconnect, and stay so."""
        self._wanted = False
        self.failure = ""
        self._drop()

    def give_up(self, reason: str) -> None:
        """Drop a connection that is open and of no use, and dial again."""
        if self._socket is not None:
            self._lost(reason)

    def want(self, wanted: Wanted) -> None:
        """Subscribe to other symbols: at once where it is connected, without a gap."""
        self.feed.want(wanted)
        if self._socket is not None:
            self._send()

    def stuck(self, now: float) -> bool:
        """Whether it is wanted and down, and nobody has dialled for longer than any back-off lasts."""
        return self._wanted and not self.up and now - self._tried_at > STUCK

    def noticed(self, event: Event) -> None:
        """Take note of what the feed said about itself."""
        match event:
            case FeedUp():
                self.up = True
                self.failure = ""
                self._up_since = time.monotonic()
            case FeedDown(_, reason, _):
                self._lost(reason, self.feed.refusal, tell=False)
            case Declined(_, reason, _):
                refusal = "" if self.on_declined(self.feed.wanted, reason) else self.feed.refusal
                if not self.up:  # it has sent nothing yet, and will not: ask for what is wanted now
                    self._lost(reason, refusal)
            case _:
                pass

    def read(self) -> None:
        """Take what one ``recv`` gives, frame after frame, and what TLS has decrypted beside it."""
        stream = self._socket
        if stream is None:
            return
        self.read_at = time.perf_counter_ns()
        stream.frame_buffer.begin_turn()
        try:
            self._read_frames(stream)
            # OpenSSL may hold more than it gave, and no selector will say so.
            while self._socket is stream and isinstance(stream.sock, ssl.SSLSocket) and stream.sock.pending():
                stream.frame_buffer.begin_turn()
                self._read_frames(stream)
        except (OSError, websocket.WebSocketException) as error:
            self._lost(said(error))

    def _read_frames(self, stream: Any) -> None:
        buffer = stream.frame_buffer
        try:
            while self._socket is stream:
                messages = buffer.messages()
                self.received_at = time.perf_counter_ns()
                self._take(stream, messages)
                if buffer.dry:  # what is usual: no exception has to say so
                    break
                data = self._read_other(stream) if self._socket is stream else None
                if data is not None:
                    self._take(stream, [data])
        except DRY:
            pass
        self.heard_at = time.monotonic()

    def _take(self, stream: Any, messages: list[bytes]) -> None:
        """Offer messages: the first alone, for it has waited the longest, then more and more while all are taken."""
        at, most = 0, 1
        while at < len(messages) and self._socket is stream:
            taken = self._on_frames(self, messages[at : at + most])
            at += taken
            most = min(2 * most, AT_ONCE) if taken == most else 1
            if self.feed.outbox:
                self._send()

    def _read_other(self, stream: Any) -> bytes | None:
        """What the library makes of the next frames; the content of a message, or the venue's time."""
        opcode, data = stream.recv_data(control_frame=True)
        if opcode == ABNF.OPCODE_CLOSE:
            self._lost(f"closed by the venue{_close_reason(data)}")
        if opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY):
            return bytes(data)
        return bytes(data) if opcode == ABNF.OPCODE_PING and self.feed.keeps_time and data.startswith(TIME) else None

    def _dial(self) -> None:
        self._attempt += 1
        self._tried_at = time.monotonic()
        attempt = self._attempt

        def done(stream: Any, failure: Failure | None) -> None:
            self._loop.post(partial(self._dialled, attempt, stream, failure))

        dial(open_stream, self.feed.endpoint(), done)

    def _dialled(self, attempt: int, stream: Any, failure: Failure | None) -> None:
        if not self._wanted or attempt != self._attempt:
            if stream is not None:
                stream.shutdown()
        elif failure is not None:
            self._lost(failure.reason, failure.refusal, failure.wait)
        else:
            self._socket = stream
            self.heard_at = time.monotonic()
            self.feed.opened()
            self._loop.watch(stream.sock, READ, self.read)
            self._loop.after(PATIENCE, partial(self._check_login, attempt))
            self._loop.after(PING_EVERY, partial(self._ping, attempt))
            self._send()
            self.read()  # the venue's welcome may have come along with the handshake

    def _check_login(self, attempt: int) -> None:
        if attempt == self._attempt and not self.up and self._socket is not None:
            self._lost(f"no subscription within {PATIENCE:.0f} s")

    def _ping(self, attempt: int) -> None:
        if attempt != self._attempt or self._socket is None:
            return
        if time.monotonic() - self.heard_at > SILENCE:
            self._lost(f"silent for {SILENCE:.0f} s, though pinged")
            return
        self._write(b"", ABNF.OPCODE_PING)
        self._loop.after(PING_EVERY, partial(self._ping, attempt))

    def _send(self) -> None:
        opcode = ABNF.OPCODE_BINARY if self.feed.binary else ABNF.OPCODE_TEXT
        while self.feed.outbox and self._socket is not None:
            self._write(self.feed.outbox.pop(0), opcode)

    def _write(self, message: bytes, opcode: int) -> None:
        try:
            self._socket.send(message, opcode)
        except (OSError, websocket.WebSocketException) as error:
            self._lost(said(error))

    def _lost(self, reason: str, refusal: str = "", asked: float = 0.0, *, tell: bool = True) -> None:
        if self.up and time.monotonic() - self._up_since > STEADY:
            self._backoff.succeeded()
        self._drop()
        self.failure = reason
        if tell:
            self._on_event(FeedDown(self.feed.name, reason, self._clock.now()))
        if self._wanted:
            self._loop.after(self._backoff.wait(refusal, asked), partial(self._again, self._attempt))

    def _again(self, attempt: int) -> None:
        if self._wanted and attempt == self._attempt and self._socket is None:
            self._dial()

    def _drop(self) -> None:
        self.up = False
        stream, self._socket = self._socket, None
        if stream is not None:
            self._loop.unwatch(stream.sock)
            with suppress(OSError, websocket.WebSocketException):
                stream.send_close()
            stream.shutdown()


def _close_reason(data: bytes) -> str:
    """The code and the words of a close frame (RFC 6455 section 5.5.1)."""
    if len(data) < 2:
        return ""
    return f": {int.from_bytes(data[:2], 'big')} {data[2:].decode(errors='replace')}".rstrip()
