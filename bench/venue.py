"""The bench venue: one thread, sockets with or without TLS, Alpaca's protocol. It notes when an order is complete.

It is a part of the measuring process, so a tick and its order are stamped by one clock, in one thread.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import msgspec

from bench import wire
from bench.rest import Account
from bench.ticks import Clock

PATIENCE = 60.0  # seconds until a client that says nothing has failed
HANDSHAKE = 5.0  # seconds one may take over TLS


class Line:
    """One connection: HTTP until it asks to be a WebSocket, then market data or order updates."""

    def __init__(self, venue: "Venue", connection: socket.socket) -> None:
        self.socket = connection
        self.path = ""
        self.msgpack = False
        self._venue = venue
        self._buffer = bytearray()
        self._parts = bytearray()
        self._owed: list[bytes] | None = None
        """Answers to pings that wait for the end of a frame that is being sent piece by piece; None while none is."""

    def begin(self) -> None:
        """From now on somebody else writes to the socket, piece by piece."""
        self.socket.setblocking(False)
        self._owed = []

    def end(self) -> None:
        """All of it was written."""
        self.socket.setblocking(True)
        self.socket.sendall(b"".join(self._owed or ()))
        self._owed = None

    def read(self) -> None:
        """Take what is there and answer what is whole."""
        try:
            # Longer than any TLS record (RFC 8446 section 5.1), so OpenSSL keeps nothing back that epoll cannot see.
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        at = time.monotonic_ns()
        if not data:
            self._venue.hang_up(self)
            return
        self._buffer += data
        if self.path:
            for opcode, message in wire.take_messages(self._buffer, self._parts):
                self._hear(opcode, message)
            return
        while not self.path and (request := wire.take_request(self._buffer)) is not None:
            self._answer(request, at)

    def say(self, message: Any) -> None:
        """Send one message in the encoding the client asked for."""
        codec = msgspec.msgpack if self.msgpack else msgspec.json
        self.socket.sendall(wire.frame(wire.BINARY if self.msgpack else wire.TEXT, codec.encode(message)))

    def _answer(self, request: wire.Request, at: int) -> None:
        if request.method == "POST":
            self._venue.take_order(self, request.body, at)
        elif "sec-websocket-key" in request.headers:
            self.path, self.msgpack = request.path, "msgpack" in request.headers.get("content-type", "")
            self.socket.sendall(wire.upgrade(request))
            if self.path != "/stream":
                self.say([{"T": "success", "msg": "connected"}])
        else:
            status, body = self._venue.account.answer(request.path, self._venue.clock.now())
            self.socket.sendall(wire.response(status, msgspec.json.encode(body)))

    def _hear(self, opcode: int, message: bytes) -> None:
        if opcode == wire.PING and self._owed is not None:
            self._owed.append(wire.frame(wire.PONG, message))
        elif opcode == wire.PING:
            self.socket.sendall(wire.frame(wire.PONG, message))
        elif opcode < wire.CLOSE:
            said = (msgspec.msgpack if self.msgpack else msgspec.json).decode(message)
            match said["action"]:
                case "auth":
                    self.say([{"T": "success", "msg": "authenticated"}])
                case "subscribe":
                    channels = ("trades", "quotes", "bars", "statuses")
                    self.say([{"T": "subscription", **{channel: said.get(channel, []) for channel in channels}}])
                    self._venue.market = self
                case "authenticate":
                    self.say({"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}})
                case "listen":
                    self.say({"stream": "listening", "data": {"streams": ["trade_updates"]}})
                    self._venue.updates = self


class Venue:
    """Listens on a free loopback port while the ``with`` block lasts; with ``tls`` it speaks nothing else."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.clock = Clock()
        self.market: Line | None = None
        """The client that takes market data, once it has subscribed."""
        self.updates: Line | None = None
        self.account = Account()
        self.received_at = 0
        """When the last byte of the last order was taken from the kernel, CLOCK_MONOTONIC (ns)."""
        self._poll = select.epoll()
        self._turns: dict[int, Callable[[], None]] = {}
        self._lines: set[Line] = set()
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.watch(self._listening, self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in tuple(self._lines):
            self.hang_up(line)
        self._listening.close()
        self._poll.close()

    def watch(self, sock: socket.socket, turn: Callable[[], None]) -> None:
        """Call ``turn`` when ``sock`` has something to read."""
        self._turns[sock.fileno()] = turn
        self._poll.register(sock, select.EPOLLIN)

    def turn(self, seconds: float = 0.0) -> None:
        """Wait for at most ``seconds``, then serve whoever is ready."""
        for descriptor, _ in self._poll.poll(seconds):
            self._turns[descriptor]()

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 0.05) -> None:
        """Serve until ``condition`` holds, in turns of ``seconds`` (0: without sleep). Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while not condition():
            self.turn(seconds)
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not seen within {PATIENCE:.0f} s")

    def take_order(self, line: Line, body: bytes, at: int) -> None:
        """Accept an order that was complete at ``at``, and fill it."""
        self.received_at = at
        taken, fill = self.account.take_order(body, self.clock.now())
        line.socket.sendall(wire.response(200, taken))
        if self.updates is not None:
            self.updates.socket.sendall(wire.frame(wire.BINARY, fill))

    @property
    def orders(self) -> int:
        """Orders taken so far."""
        return self.account.orders

    def hang_up(self, line: Line) -> None:
        """Forget a connection."""
        self._lines.discard(line)
        self._turns.pop(line.socket.fileno(), None)
        line.socket.close()

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            connection.settimeout(HANDSHAKE)
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError:  # who does not trust us says so in its own words
                connection.close()
                return
            connection.settimeout(None)
        line = Line(self, connection)
        self._lines.add(line)
        self.watch(connection, line.read)
