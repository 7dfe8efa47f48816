"""The order path on real sockets: one request a connection at a time, answers in pieces, and every way to lose one."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import Connection, Server, self_signed, serving

from hftd.plugin.protocols import Endpoint, Request
from hftd.runtime.loop import Loop
from hftd.runtime.wire import lane as module
from hftd.runtime.wire.backoff import Backoff
from hftd.runtime.wire.lane import Lanes


def request(name: str, body: bytes = b"{}") -> Request:
    wire = b"POST /v2/orders HTTP/1.1\r\nHost: x\r\nX-Name: %b\r\nContent-Length: %d\r\n\r\n%b"
    return Request(wire % (name.encode(), len(body), body), name, "submit")


def answer(body: bytes, status: str = "200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status.encode(), len(body), more, body)


class Peer(Connection):
    """Reads requests and sends whatever bytes a script wants."""

    def hear(self) -> tuple[str, bytes]:
        """The next request: its name and body. Raises ConnectionError where the client has left."""
        headers = self.headers()
        return headers["x-name"], self.file.read(int(headers["content-length"]))

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)

    def more(self, seconds: float = 0.05) -> bytes:
        """What else the client sends within so many seconds, unasked."""
        self.connection.settimeout(seconds)
        try:
            return self.connection.recv(100)
        except TimeoutError:
            return b""
        finally:
            self.connection.settimeout(None)


Script = Callable[[Peer], object]


class Bench:
    """A loop and its lanes; every answer and every loss they told of."""

    def __init__(self, url: str, count: int) -> None:
        self.loop = Loop()
        self.answers: list[tuple[str, int, bytes]] = []
        self.lost: list[tuple[str, str, bool]] = []
        self.then: Callable[[str], None] = lambda name: None
        self.lanes = Lanes(self.loop, Endpoint(url), count, self._answered, self._lost)

    def _answered(self, request: Request, status: int, body: bytes) -> None:
        self.answers.append((request.about, status, body))
        self.then(request.about)

    def _lost(self, request: Request, reason: str, sent: bool) -> None:
        self.lost.append((request.about, reason, sent))

    def open(self) -> None:
        self.lanes.open()
        self.until(lambda: all(lane.up for lane in self.lanes._lanes))

    def send(self, *names: str) -> None:
        for name in names:
            self.lanes.send(request(name))

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited {seconds} s in vain; {self.answers} {self.lost}"
            self.loop.turn(0.01)
            self.lanes.check()

    def close(self) -> None:
        self.lanes.close()
        self.until(lambda: not any(thread.name == "dial" for thread in threading.enumerate()))
        self.loop.turn(0)  # what was dialled meanwhile is hung up
        self.loop.close()


Made = Callable[..., Bench]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A bench joined to a server that plays the given scripts; waits between dials are short."""
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: 0.01)
    open_things: list[Any] = []

    def make(*scripts: Script, count: int = 1, tls: ssl.SSLContext | None = None) -> Bench:
        server = Server(Peer, *scripts, tls=tls)
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        bench = Bench(f"{scheme}://{host}:{server.port}", count)
        open_things.extend((bench, server))
        return bench

    yield make
    for thing in open_things:
        thing.close()
        assert not getattr(thing, "errors", None)


def echo(peer: Peer) -> None:
    """Answer every request with its own name."""
    while True:
        peer.say(answer(peer.hear()[0].encode()))


# ---- the usual -------------------------------------------------------------------------------------------------


def test_requests_are_answered_one_after_the_other_on_one_connection(made: Made) -> None:
    bench = made(echo)
    bench.open()
    bench.send("a")
    assert bench.lanes.busy
    bench.until(lambda: len(bench.answers) == 1)
    bench.send("b")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.answers == [("a", 200, b"a"), ("b", 200, b"b")]
    assert (bench.lanes.busy, bench.lanes.up, bench.lost) == (False, True, [])


def test_the_venue_s_wish_to_wait_is_passed_on(made: Made) -> None:
    """RFC 9110 section 10.2.3: seconds, or a date, which is not read."""
    waits = [b"Retry-After: 7", b"retry-after: Fri, 20 Nov 2026 14:30:00 GMT"]

    def script(peer: Peer) -> None:
        for header in waits:
            peer.hear()
            peer.say(b"HTTP/1.1 429 Too Many Requests\r\n%b\r\nContent-Length: 2\r\n\r\n{}" % header)
        peer.more()

    bench = made(script)
    pauses: list[float] = []
    bench.lanes.on_pause = pauses.append
    bench.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.answers) == 2)

    assert pauses == [7.0, 0.0]


def test_a_connection_never_carries_a_second_request_before_the_first_is_answered(made: Made) -> None:
    """Three requests wait their turn; the peer sees nothing more until it has answered."""

    def script(peer: Peer) -> None:
        while True:
            name, _ = peer.hear()
            assert peer.more() == b"", "a request came before the answer to the one before"
            peer.say(answer(name.encode()))

    bench = made(script)
    bench.open()
    bench.send("a", "b", "c")
    bench.until(lambda: len(bench.answers) == 3)

    assert [name for name, _, _ in bench.answers] == ["a", "b", "c"]


def test_two_lanes_carry_two_requests_and_the_third_waits(made: Made) -> None:
    heard: list[str] = []
    release = threading.Event()

    def script(peer: Peer) -> None:
        while True:
            heard.append(peer.hear()[0])
            release.wait(60)
            peer.say(answer(b""))

    bench = made(script, count=2)
    bench.open()
    bench.send("a", "b", "c")
    bench.until(lambda: len(heard) == 2)
    bench.loop.turn(0.02)
    assert sorted(heard) == ["a", "b"]
    release.set()
    bench.until(lambda: len(bench.answers) == 3)

    assert heard[2] == "c"


def test_what_waits_is_not_overtaken_by_what_an_answer_brings(made: Made) -> None:
    """The answer to the first sends a fourth, while two are waiting."""
    bench = made(echo)
    bench.then = lambda name: bench.send("d") if name == "a" else None
    bench.open()
    bench.send("a", "b", "c")
    bench.until(lambda: len(bench.answers) == 4)

    assert [name for name, _, _ in bench.answers] == ["a", "b", "c", "d"]


def test_requests_sent_before_the_connection_is_up_wait_for_it(made: Made) -> None:
    bench = made(echo)
    bench.lanes.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.lost == []


def test_a_request_larger_than_the_kernel_takes_arrives_whole(made: Made) -> None:
    """Eight megabytes are written piece by piece while the loop turns."""
    big = bytes(range(256)) * 32_768
    heard: list[bytes] = []

    def script(peer: Peer) -> None:
        heard.append(peer.hear()[1])
        peer.say(answer(b"done"))
        peer.gone()

    bench = made(script)
    bench.open()
    bench.lanes.send(request("big", big))
    bench.until(lambda: bench.answers)

    assert heard == [big]
    assert bench.answers == [("big", 200, b"done")]


WHOLE = answer(b'{"status":"new"}', more=b"X-Request-ID: 1\r\n")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [(WHOLE, 200, b'{"status":"new"}'), (CHUNKED, 200, b"hello!"), (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
     (answer(b"{}", "422 Unprocessable Entity"), 422, b"{}"), (answer(b"<html>", "502 Bad Gateway"), 502, b"<html>"),
     (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"x"), 200, b"x"),
     (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"x"), 200, b"x")],
    ids=["plain", "chunked", "no content", "refused", "a proxy's page", "after a 100", "after a 103"],
)  # fmt: skip
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_an_answer_in_pieces_is_the_whole_answer(made: Made, data: bytes, status: int, body: bytes, piece: int) -> None:
    """Byte by byte, in sevens, at once; and the connection is good for the next request."""

    def script(peer: Peer) -> None:
        peer.hear()
        peer.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), piece):
            peer.say(data[start : start + piece])
        echo(peer)

    bench = made(script)
    bench.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.answers == [("a", status, body), ("b", 200, b"b")]
    assert bench.lost == []


def test_an_answer_that_ends_the_connection_counts_and_the_next_goes_on_a_new_one(made: Made) -> None:
    def script(peer: Peer) -> None:
        peer.say(answer(peer.hear()[0].encode(), more=b"Connection: close\r\n"))

    bench = made(script)
    bench.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.answers == [("a", 200, b"a"), ("b", 200, b"b")]
    assert bench.lost == []


# ---- lost ------------------------------------------------------------------------------------------------------


def after_hearing(data: bytes) -> Script:
    """Hear a request, answer with ``data``, hang up."""

    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(data)

    return script


LOST = {
    "no answer": b"",
    "half a head": WHOLE[:20],
    "half a body": WHOLE[:-5],
    "half a chunk": CHUNKED[:-8],
    "a body without a length": b"HTTP/1.1 200 OK\r\n\r\n{}",
    "no HTTP": b"\x16\x03\x01 nonsense\r\n\r\n",
    "a length of nothing": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nxx",
    "only an announcement": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("what", LOST)
def test_an_answer_that_is_not_whole_is_lost_and_the_lane_recovers(what: str, made: Made) -> None:
    """Bytes of the request left, so nobody knows what became of it; nothing of it leaks into the next answer."""
    bench = made(after_hearing(LOST[what]), echo)
    bench.open()
    bench.send("a")
    bench.until(lambda: bench.lost)
    bench.send("b")
    bench.until(lambda: bench.answers)

    assert [(name, sent) for name, _, sent in bench.lost] == [("a", True)]
    assert bench.lost[0][1]
    assert bench.answers == [("b", 200, b"b")]


def test_an_answer_too_late_is_lost(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may still come: never on this connection, which is given up."""
    monkeypatch.setattr(module, "TIMEOUT", 0.05)

    def slow(peer: Peer) -> None:
        peer.hear()
        peer.gone()

    bench = made(slow, echo)
    bench.open()
    bench.send("a")
    bench.until(lambda: bench.lost)
    bench.send("b")
    bench.until(lambda: bench.answers)

    assert bench.lost == [("a", "no answer within 0 s", True)]
    assert bench.answers == [("b", 200, b"b")]


def test_an_endless_answer_is_given_up(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1000)
    bench = made(after_hearing(answer(b"x" * 1001)), echo)
    bench.open()
    bench.send("a")
    bench.until(lambda: bench.lost)

    assert bench.lost[0][0::2] == ("a", True)


def test_a_second_answer_in_the_same_packet_is_not_mixed_into_the_first(made: Made) -> None:
    """A server that gives up on an idle connection may say so unasked; the next request has a fresh one."""
    bench = made(after_hearing(answer(b"mine") + answer(b"late", "408 Request Timeout")), echo)
    bench.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.answers == [("a", 200, b"mine"), ("b", 200, b"b")]


def test_an_answer_nobody_asked_for_ends_the_connection(made: Made) -> None:
    def unasked(peer: Peer) -> None:
        peer.say(answer(b"", "408 Request Timeout"))
        peer.gone()

    bench = made(unasked, echo)
    bench.lanes.open()
    bench.until(lambda: bench.lanes._lanes[0]._attempt == 2 and bench.lanes.up)
    bench.send("a")
    bench.until(lambda: bench.answers)

    assert bench.answers == [("a", 200, b"a")]


def test_a_venue_that_was_never_reached_has_nothing_of_the_request(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unsent: the caller may say for certain that there is no such order."""
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bench = made(echo)
    bench.lanes.endpoint = Endpoint(f"http://127.0.0.1:{port}")
    bench.lanes.open()
    bench.send("a", "b")
    bench.until(lambda: len(bench.lost) == 2)

    reason = "no connection to the venue for 0 s: connection refused"
    assert bench.lost == [("a", reason, False), ("b", reason, False)]


def test_a_request_that_waits_behind_a_busy_lane_too_long_was_never_sent(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = made(lambda peer: peer.hear() and peer.gone())
    bench.open()
    bench.send("a", "b")
    monkeypatch.setattr(module, "TIMEOUT", 0.0)
    bench.lanes.check()

    assert {(name, sent) for name, _, sent in bench.lost} == {("a", True), ("b", False)}


def test_too_many_requests_are_turned_down_at_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE", 2)
    bench = made(echo)
    bench.lanes.open()
    bench.send("a", "b", "c")

    assert bench.lost == [("c", "2 requests are waiting already", False)]


def test_closing_says_what_was_sent_and_what_was_not(made: Made) -> None:
    """What waits was never sent; what is on its way is lost; and the lanes can be opened again."""
    bench = made(lambda peer: peer.hear() and peer.gone(), echo)
    bench.open()
    bench.send("a", "b")
    bench.lanes.close()

    assert bench.lost == [("a", "the order path was closed", True), ("b", "the order path was closed", False)]
    assert (bench.lanes.up, bench.lanes.busy) == (False, False)
    bench.open()
    bench.send("c")
    bench.until(lambda: bench.answers)
    assert bench.answers == [("c", 200, b"c")]


def test_closing_while_dialling_leaves_nothing_open(made: Made) -> None:
    bench = made(echo)
    bench.lanes.open()
    bench.lanes.close()
    bench.until(lambda: not any(thread.name == "dial" for thread in threading.enumerate()))
    bench.loop.turn(0.02)

    assert not bench.lanes.up


def tries_of_dials(made: Made, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many dials in a row had failed before each of five, to a venue that hangs up at once."""
    tries: list[int] = []
    wait = Backoff.wait

    def noted(self: Backoff, refusal: str = "") -> float:
        tries.append(self._tries)
        wait(self, refusal)
        return 0.001

    monkeypatch.setattr(Backoff, "wait", noted)
    bench = made(lambda peer: None)
    bench.lanes.open()
    bench.until(lambda: len(tries) >= 5)
    return tries[:5]


def test_a_steady_connection_the_venue_closes_is_dialled_again_soon(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Venues hang up on idle connections: that must not make the next dial wait longer and longer."""
    monkeypatch.undo()
    monkeypatch.setattr(module, "STEADY", 0.0)

    assert tries_of_dials(made, monkeypatch) == [0, 0, 0, 0, 0]


def test_a_connection_that_never_lasts_is_dialled_less_and_less(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    assert tries_of_dials(made, monkeypatch) == [0, 1, 2, 3, 4]


def test_why_the_venue_cannot_be_reached_is_said_once_and_its_return_too(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    bench = made(echo)
    good = bench.lanes.endpoint
    bench.lanes.endpoint = Endpoint("https://hftd.invalid")
    failures: list[str] = []
    unreachable = Lanes.unreachable

    def noted(self: Lanes, reason: str) -> None:
        failures.append(reason)
        unreachable(self, reason)

    with caplog.at_level("INFO", "hftd"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lanes, "unreachable", noted)
        bench.lanes.open()
        bench.until(lambda: len(failures) >= 3)
        bench.lanes.endpoint = good
        bench.until(lambda: bench.lanes.up)

    assert failures[0].startswith("the venue's name cannot be looked up: ")
    assert [record.message for record in caplog.records] == [
        f"order path: down: {failures[0]}",
        "order path: connected",
    ]
    assert bench.lanes.failure == ""


def test_an_idle_connection_is_probed_by_the_kernel(made: Made) -> None:
    """A lane whose other end is gone is noticed before an order is written to it, not by the order."""
    bench = made(echo)
    bench.open()
    connection = bench.lanes._lanes[0]._socket

    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    assert [connection.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [10, 5, 3]


# ---- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


def test_orders_travel_over_tls(made: Made, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large request and a large answer, so that TLS has to be asked more than once each way."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    big = bytes(range(256)) * 8_192

    def script(peer: Peer) -> None:
        while True:
            peer.say(answer(peer.hear()[1]))

    bench = made(script, tls=serving(certificate))
    bench.open()
    bench.lanes.send(request("a", big))
    bench.lanes.send(request("b", b"{}"))
    bench.until(lambda: len(bench.answers) == 2)

    assert bench.answers == [("a", 200, big), ("b", 200, b"{}")]


def test_orders_do_not_go_where_nobody_vouches_for_the_certificate(
    made: Made, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = made(echo, tls=serving(certificate))
    bench.lanes.open()
    bench.until(lambda: bench.lanes.failure)  # the first attempt has failed before the request is given up
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    bench.send("a")
    bench.until(lambda: bench.lost)

    (name, reason, sent) = bench.lost[0]
    assert (name, sent) == ("a", False)
    assert reason.endswith(": certificate verify failed: self-signed certificate")


def test_an_answer_nobody_gives_up_on_is_a_stuck_lane(made: Made) -> None:
    """`check` gives up on a late answer; a lane on which it did not is stuck."""
    bench = made(lambda peer: peer.more(5.0))
    bench.open()
    assert not bench.lanes.stuck(time.monotonic() + 100)

    bench.send("a")
    assert not bench.lanes.stuck(time.monotonic())
    assert bench.lanes.stuck(time.monotonic() + 3 * module.TIMEOUT + 1)
