"""The order path: kept-alive HTTP connections, one request on each at a time, written without waiting."""

import logging
import ssl
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import httptools

from hftd.plugin.protocols import Endpoint, Request
from hftd.runtime.loop import READ, WRITE, Loop
from hftd.runtime.people import message_ids
from hftd.runtime.speed.latency import Latency
from hftd.runtime.wire.backoff import Backoff
from hftd.runtime.wire.dial import Failure, dial, open_socket, said

log = logging.getLogger("hftd")

TIMEOUT = 5.0  # seconds until an answer counts as lost
QUEUE = 1_000  # requests that may wait for a free lane
LARGEST = 4 * 1024 * 1024  # bytes of an answer's body
STEADY = 5.0  # seconds up that make a connection a good one: venues hang up on idle ones, and that is no failure

OnAnswer = Callable[[Request, int, bytes], None]
OnLost = Callable[[Request, str, bool], None]
"""A request, why there is no answer, and whether any of its bytes may have left."""


class Lane:
    """One connection. It is free when it is up and waits for no answer."""

    def __init__(self, lanes: "Lanes") -> None:
        self.up = False
        self.request: Request | None = None
        self._lanes = lanes
        self._backoff = Backoff()
        self._socket: Any = None
        self._rest = b""
        self._since = 0.0
        self._up_since = 0.0
        self._parser: Any = None
        self._body = bytearray()
        self._answers: list[tuple[int, bytes, bool]] = []
        self._pause: float | None = None
        self._attempt = 0

    @property
    def free(self) -> bool:
        """Whether a request can go out now."""
        return self.up and self.request is None

    def dial(self) -> None:
        """Open the connection, in a thread."""
        self._attempt += 1
        attempt = self._attempt

        def done(connection: Any, failure: Failure | None) -> None:
            self._lanes.loop.post(partial(self._dialled, attempt, connection, failure))

        dial(open_socket, self._lanes.endpoint, done)

    def send(self, request: Request) -> None:
        """Write the whole request; what the kernel does not take at once follows when it can."""
        self.request = request
        self._since = time.monotonic()
        wire = request.wire
        try:
            sent = self._socket.send(wire)
        except (BlockingIOError, ssl.SSLWantWriteError):
            sent = 0
        except OSError as error:
            self.drop(said(error))
            return
        if sent < len(wire):
            self._rest = wire[sent:]
            self._lanes.loop.watch(self._socket, READ | WRITE, self._ready)

    def check(self, now: float) -> None:
        """Give up on an answer that is too late."""
        if self.request is not None and now - self._since > TIMEOUT:
            self.drop(f"no answer within {TIMEOUT:.0f} s")

    def stuck(self, now: float) -> bool:
        """Whether an answer is overdue that ``check`` should have given up on."""
        return self.request is not None and now - self._since > 3 * TIMEOUT

    def close(self) -> None:
        """Disconnect, and stay so; the answer this lane owed is lost."""
        self._attempt += 1
        self.drop("the order path was closed")

    def drop(self, reason: str, refusal: str = "") -> None:
        """The connection is gone: so is the answer it owed. Dial again."""
        if self.up and time.monotonic() - self._up_since > STEADY:
            self._backoff.succeeded()
        self._disconnect()
        request, self.request = self.request, None
        if request is not None:
            self._lanes.on_lost(request, reason, True)
        if self._lanes.wanted:
            self._lanes.loop.after(self._backoff.wait(refusal), partial(self._again, self._attempt))

    def _disconnect(self) -> None:
        self.up = False
        self._rest = b""
        self._body.clear()
        self._answers.clear()
        if self._socket is not None:
            self._lanes.loop.unwatch(self._socket)
            self._socket.close()
            self._socket = None

    def _again(self, attempt: int) -> None:
        if self._lanes.wanted and attempt == self._attempt and self._socket is None:
            self.dial()

    def _dialled(self, attempt: int, connection: Any, failure: Failure | None) -> None:
        if attempt != self._attempt or not self._lanes.wanted:
            if connection is not None:
                connection.close()
        elif failure is not None:
            self._lanes.unreachable(failure.reason)
            self.drop(failure.reason, failure.refusal)
        else:
            self._socket = connection
            self._parser = httptools.HttpResponseParser(self)
            self.up = True
            self._up_since = time.monotonic()
            self._lanes.reachable()
            self._lanes.loop.watch(connection, READ, self._ready)
            self._lanes.serve()

    def _ready(self) -> None:
        try:
            if self._rest:
                self._rest = self._rest[self._socket.send(self._rest) :]
                if not self._rest:
                    self._lanes.loop.watch(self._socket, READ, self._ready)
            while self._socket is not None:
                data = self._socket.recv(65536)
                if not data:
                    self.drop("the venue closed the connection")
                    return
                self._parser.feed_data(data)
                if self._answers:
                    self._answered()
                # OpenSSL may hold more than it gave, and no selector will say so; the kernel says it again.
                if not isinstance(self._socket, ssl.SSLSocket):
                    return
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.drop(said(error))

    def _answered(self) -> None:
        (status, body, keep), *unasked = self._answers
        self._answers.clear()
        request, self.request = self.request, None
        if request is None:
            self.drop("an answer nobody asked for")
            return
        self._lanes.took.add(int((time.monotonic() - self._since) * 1e9))
        self._backoff.succeeded()
        # The connection is settled before the answer is heard: what the answer leads to may want this lane.
        if unasked or not keep:
            self.drop("the venue ends the connection")
        if status == 429 or self._pause is not None:
            self._lanes.on_pause(self._pause or 0.0)
            self._pause = None
        self._lanes.on_answer(request, status, body)
        self._lanes.serve()

    # What httptools calls while it parses.

    def on_body(self, data: bytes) -> None:
        """A piece of an answer's body. Raises ValueError where it is larger than any answer."""
        self._body += data
        if len(self._body) > LARGEST:
            raise ValueError(f"an answer of more than {LARGEST} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; ``Retry-After`` in seconds (RFC 9110 section 10.2.3) is the only one that matters here."""
        if name.lower() == b"retry-after" and value.isdigit():
            self._pause = float(value)

    def on_message_complete(self) -> None:
        """An answer is whole; 1xx only announces one (RFC 9110 section 15.2)."""
        status = self._parser.get_status_code()
        if status >= 200:
            self._answers.append((status, bytes(self._body), self._parser.should_keep_alive()))
        self._body.clear()


class Lanes:
    """All lanes of one broker; a request that finds none free waits its turn."""

    def __init__(self, loop: Loop, endpoint: Endpoint, count: int, on_answer: OnAnswer, on_lost: OnLost) -> None:
        self.on_pause: Callable[[float], None] = lambda seconds: None
        """Called with the seconds a venue asks us to wait; 0 where it only says that it is asked too often."""
        self.took = Latency()
        """How long answers took, from the request's write."""
        self.loop = loop
        self.endpoint = endpoint
        self.on_answer = on_answer
        self.on_lost = on_lost
        self.wanted = False
        self.failure = ""
        self._lanes = [Lane(self) for _ in range(count)]
        self._queue: deque[tuple[float, Request]] = deque()

    @property
    def up(self) -> bool:
        """Whether any lane is connected."""
        return any(lane.up for lane in self._lanes)

    @property
    def busy(self) -> bool:
        """Whether any answer is still to come."""
        return bool(self._queue) or any(lane.request is not None for lane in self._lanes)

    def stuck(self, now: float) -> bool:
        """Whether a lane waits for an answer nobody gives up on."""
        return any(lane.stuck(now) for lane in self._lanes)

    def open(self) -> None:
        """Connect, and stay connected."""
        if not self.wanted:
            self.wanted = True
            for lane in self._lanes:
                lane.dial()

    def close(self) -> None:
        """Disconnect, and stay so; requests that wait are lost, unsent."""
        self.wanted = False
        for lane in self._lanes:
            lane.close()
        while self._queue:
            self.on_lost(self._queue.popleft()[1], "the order path was closed", False)

    def unreachable(self, reason: str) -> None:
        """Note why the venue cannot be reached; each new reason is said once."""
        if reason != self.failure:
            self.failure = reason
            log.warning("order path: down: %s", reason, extra=_about(message_ids.FEED_DOWN))

    def reachable(self) -> None:
        """Note that a lane is up."""
        if self.failure:
            self.failure = ""
            log.info("order path: connected", extra=_about(message_ids.FEED_UP))

    def send(self, request: Request) -> None:
        """Send now on a free lane, or as soon as one is free; nobody overtakes a request that waits already."""
        if not self._queue:
            for lane in self._lanes:
                if lane.up and lane.request is None:
                    lane.send(request)
                    return
        if len(self._queue) >= QUEUE:
            self.on_lost(request, f"{QUEUE} requests are waiting already", False)
        else:
            self._queue.append((time.monotonic(), request))

    def serve(self) -> None:
        """Let the requests that wait have the lanes that are free."""
        for lane in self._lanes:
            if self._queue and lane.free:
                lane.send(self._queue.popleft()[1])

    def check(self) -> None:
        """Give up on what took too long; called a few times a second."""
        now = time.monotonic()
        for lane in self._lanes:
            lane.check(now)
        while self._queue and now - self._queue[0][0] > TIMEOUT:
            reason = f"no connection to the venue for {TIMEOUT:.0f} s: {self.failure or 'every lane is busy'}"
            self.on_lost(self._queue.popleft()[1], reason, False)


def _about(message_id: str) -> dict[str, Any]:
    return {"message_id": message_id, "fields": {"HFTD_FEED": "order path"}}
