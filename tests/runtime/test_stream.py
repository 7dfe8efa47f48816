"""A feed's connection on real sockets: dialled, logged in, lost in every way there is, and dialled again."""

import hashlib
import socket
import ssl
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from servers import Connection, Server, self_signed, serving
from standing_clock import stop_time

from hftd.core.events import Declined, Event, FeedDown, FeedUp
from hftd.plugin.protocols import Endpoint, Wanted
from hftd.runtime.clock import WallClock
from hftd.runtime.loop import Loop
from hftd.runtime.wire import dial as dial_module
from hftd.runtime.wire import stream as module
from hftd.runtime.wire.backoff import Backoff
from hftd.runtime.wire.stream import STUCK, Stream

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Peer(Connection):
    """Speaks WebSocket frames by hand (RFC 6455)."""

    request: dict[str, str]

    def shake_hands(self, first: bytes = b"") -> None:
        """Answer the handshake; ``first`` follows in the same packet."""
        self.request = self.headers()
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = b64encode(hashlib.sha1((self.request["sec-websocket-key"] + guid).encode()).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.connection.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + first)

    def say(self, data: bytes, opcode: int = TEXT) -> None:
        self.connection.sendall(frame(data, opcode))

    def hear(self) -> tuple[int, bytes]:
        """The next frame of the client, unmasked. Raises ConnectionError where it has left."""
        head = self.file.read(2)
        if len(head) < 2:
            raise ConnectionError("the client has left")
        first, second = head
        assert second & 0x80, "a client must mask its frames"
        mask = self.file.read(4)
        data = self.file.read(second & 0x7F)
        return first & 0xF, bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))

    def reset(self) -> None:
        """Hang up with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def frame(data: bytes, opcode: int = TEXT) -> bytes:
    """A short frame of a server."""
    assert len(data) < 126
    return bytes([0x80 | opcode, len(data)]) + data


Script = Callable[[Peer], object]


class Feed:
    """Says hello on opening; is up when the venue says up, down when it says down."""

    name = "feed"
    binary = False
    orders = False
    keeps_time = False
    oddities = 0

    def __init__(self, url: str) -> None:
        self.url = url
        self.outbox: list[bytes] = []
        self.wanted = Wanted()
        self.refusal = ""
        self.openings = 0

    def endpoint(self) -> Endpoint:
        return Endpoint(self.url, {"Content-Type": "application/json"})

    def opened(self) -> None:
        self.openings += 1
        self.refusal = ""
        self.outbox[:] = [b"hello"]

    def want(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def decode(self, frame: bytes, seen: int) -> Sequence[Event]:
        if frame == b"up":
            return (FeedUp(self.name, seen),)
        if frame.startswith(b"down"):
            self.refusal = frame[5:].decode()
            return (FeedDown(self.name, "the venue says so", seen),)
        if frame == b"too many":
            self.refusal = "405"
            return (Declined(self.name, "the venue says too many", seen),)
        if frame == b"ask":
            self.outbox.append(b"answer")
        return ()


class Bench:
    """A loop, a feed and its stream, and everything the stream told of."""

    def __init__(self, url: str) -> None:
        self.loop = Loop()
        self.feed = Feed(url)
        self.frames: list[bytes] = []
        self.events: list[Event] = []
        self.stream = Stream(self.feed, self.loop, WallClock(), self._frames, self.events.append)

    def _frames(self, stream: Stream, frames: list[bytes]) -> int:
        self.frames.append(frames[0])
        for event in self.feed.decode(frames[0], 1):
            self.events.append(event)
            stream.noticed(event)
        return 1

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        end = time.perf_counter() + seconds
        while not condition():
            assert time.perf_counter() < end, f"waited {seconds} s in vain; {self.reasons}"
            self.loop.turn(0.01)

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, FeedDown)]

    def close(self) -> None:
        self.stream.close()
        self.until(lambda: not any(thread.name == "dial" for thread in threading.enumerate()))
        self.loop.turn(0)  # what was dialled meanwhile is hung up
        self.loop.close()


Made = Callable[..., tuple[Bench, Server[Peer]]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A bench joined to a server that plays the given scripts; waits between dials are short."""
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: 0.01)
    open_things: list[Any] = []

    def make(*scripts: Script, tls: ssl.SSLContext | None = None) -> tuple[Bench, Server[Peer]]:
        server = Server(Peer, *scripts, tls=tls)
        scheme, host = ("wss", "localhost") if tls else ("ws", "127.0.0.1")
        bench = Bench(f"{scheme}://{host}:{server.port}/v2/iex")
        open_things.extend((bench, server))
        return bench, server

    yield make
    for thing in open_things:
        thing.close()
        assert not getattr(thing, "errors", None)


def welcome(peer: Peer) -> None:
    """Log the client in, then wait until it leaves."""
    peer.shake_hands()
    assert peer.hear() == (TEXT, b"hello")
    peer.say(b"up")
    peer.gone()


# ---- the usual -------------------------------------------------------------------------------------------------


def test_it_dials_says_hello_and_comes_up(made: Made) -> None:
    bench, server = made(welcome)
    assert not bench.stream.up
    bench.stream.open()
    bench.stream.open()  # a second call changes nothing
    bench.until(lambda: bench.stream.up)

    assert (bench.feed.openings, bench.frames, len(server.peers)) == (1, [b"up"], 1)
    assert server.peers[0].request["content-type"] == "application/json"
    assert server.peers[0].request["host"] == f"127.0.0.1:{server.port}"


def test_the_first_frame_may_come_along_with_the_handshake(made: Made) -> None:
    """Nothing of what is in the same packet is lost."""

    def script(peer: Peer) -> None:
        peer.shake_hands(frame(b"one") + frame(b"up"))
        peer.gone()

    bench, _ = made(script)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert bench.frames == [b"one", b"up"]


def test_what_a_frame_makes_the_feed_say_goes_out_at_once(made: Made) -> None:
    heard: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"ask")
        heard.append(peer.hear())
        peer.say(b"up")
        peer.gone()

    bench, _ = made(script)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert heard == [(TEXT, b"answer")]


def test_a_binary_feed_speaks_in_binary_frames(made: Made) -> None:
    heard: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        heard.append(peer.hear())
        peer.say(b"up", BINARY)
        peer.gone()

    bench, _ = made(script)
    bench.feed.binary = True
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert heard == [(BINARY, b"hello")]


def test_a_ping_is_answered_and_is_no_frame(made: Made) -> None:
    heard: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"hftd-clock 5", PING)
        heard.append(peer.hear())
        peer.say(b"up")
        peer.gone()

    bench, _ = made(script)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert heard == [(PONG, b"hftd-clock 5")]
    assert bench.frames == [b"up"]


def test_a_venue_that_keeps_time_tells_it_in_pings(made: Made) -> None:
    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"hftd-clock 5", PING)
        peer.say(b"other", PING)
        peer.say(b"up")
        peer.gone()

    bench, _ = made(script)
    bench.feed.keeps_time = True
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert bench.frames == [b"hftd-clock 5", b"up"]


def test_a_burst_larger_than_one_read_comes_whole_and_in_order(made: Made) -> None:
    """Three megabytes in small frames, turn after turn."""
    count = 30_000

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.connection.sendall(b"".join(frame(b"%0100d" % number) for number in range(count)))
        peer.gone()

    bench, _ = made(script)
    bench.stream.open()
    bench.until(lambda: len(bench.frames) == count)

    assert bench.frames == [b"%0100d" % number for number in range(count)]


def test_closing_says_goodbye_and_stays_closed(made: Made) -> None:
    heard: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"up")
        heard.append(peer.hear())
        peer.gone()

    bench, server = made(script)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)
    bench.stream.close()
    bench.until(lambda: heard)
    bench.loop.turn(0.05)

    assert heard[0] == (CLOSE, (1000).to_bytes(2, "big"))
    assert (bench.stream.up, bench.reasons, len(server.peers)) == (False, [], 1)


def test_closing_while_dialling_hangs_up_what_comes_of_it(made: Made) -> None:
    bench, server = made(welcome)
    bench.stream.open()
    bench.stream.close()
    bench.until(lambda: server.peers and server.peers[0].connection.fileno() == -1)

    assert (bench.feed.openings, bench.events) == (0, [])


def test_opening_again_after_closing_dials_again(made: Made) -> None:
    bench, server = made(welcome)
    bench.stream.open()
    bench.stream.close()
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert (bench.feed.openings, bench.reasons) == (1, [])
    assert len(server.peers) <= 2


# ---- lost ------------------------------------------------------------------------------------------------------


def then(last: Callable[[Peer], None]) -> Script:
    """Log the client in, then do ``last``."""

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"up")
        last(peer)

    return script


def close_with(data: bytes) -> Script:
    def last(peer: Peer) -> None:
        peer.say(data, CLOSE)
        peer.gone()

    return then(last)


ENDS: dict[str, tuple[Script, str]] = {
    "a close with a code": (close_with(b"\x03\xe9going away"), "closed by the venue: 1001 going away"),
    "a close without one": (close_with(b""), "closed by the venue"),
    "hung up": (then(lambda peer: None), "the venue hung up"),
    "a reset": (then(Peer.reset), "connection reset by peer"),
    "half a frame": (then(lambda peer: peer.connection.sendall(frame(b"half")[:4])), "the venue hung up"),
    "a masked frame": (then(lambda peer: peer.connection.sendall(b"\x81\x81abcd?") or peer.gone()), "a masked frame"),
    "no WebSocket frame": (then(lambda peer: peer.connection.sendall(b"HTTP/1.1 400 " * 9) or peer.gone()), "rsv"),
    "the feed's own word": (then(lambda peer: peer.say(b"down") or peer.gone()), "the venue says so"),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_lost_connection_is_told_once_and_dialled_again(what: str, made: Made) -> None:
    script, reason = ENDS[what]
    bench, _ = made(script, welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up and bench.feed.openings == 2)

    assert [type(event) for event in bench.events] == [FeedUp, FeedDown, FeedUp]
    assert bench.reasons[0].startswith(reason)


def test_a_stream_that_is_up_stays_so_when_more_is_declined(made: Made) -> None:
    bench, _ = made(then(lambda peer: peer.say(b"too many") or peer.gone()), welcome)
    asked: list[tuple[Wanted, str]] = []
    bench.stream.on_declined = lambda sent, reason: bool(asked.append((sent, reason)))
    bench.stream.open()
    bench.until(lambda: asked)

    assert asked == [(Wanted(), "the venue says too many")]
    assert (bench.stream.up, bench.feed.openings) == (True, 1)
    assert [type(event) for event in bench.events] == [FeedUp, Declined]


@pytest.mark.parametrize(("less", "refusal"), [(True, ""), (False, "405")])
def test_one_that_is_declined_at_once_is_dialled_again_soon_where_less_is_wanted(
    less: bool, refusal: str, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: list[str] = []
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: float(bool(refusals.append(refusal))))

    def too_many(peer: Peer) -> None:
        peer.shake_hands(frame(b"too many"))
        peer.gone()

    bench, _ = made(too_many, welcome)
    bench.stream.on_declined = lambda sent, reason: less
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert refusals == [refusal]
    assert bench.reasons == ["the venue says too many"]
    assert [type(event) for event in bench.events] == [Declined, FeedDown, FeedUp]


def answer(data: bytes) -> Script:
    """Answer the handshake's request with ``data``."""

    def script(peer: Peer) -> None:
        peer.headers()
        peer.connection.sendall(data)

    return script


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
TURNED_AWAY = {
    "too many": (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", "the handshake was answered 429"),
    "forbidden": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "the handshake was answered 403"),
    "elsewhere": (b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n", "Redirect"),
    "a wrong accept": (UPGRADE + b"Sec-WebSocket-Accept: nonsense\r\n\r\n", ""),
    "no upgrade": (b"HTTP/1.1 200 OK\r\n\r\n<html>", "the handshake was answered 200"),
    "no HTTP": (b"\0\1\2 nonsense\r\n\r\n", ""),
    "a status in words": (b"HTTP/1.1 fine OK\r\n\r\n", ""),
    "headers without colons": (b"HTTP/1.1 101 X\r\nnonsense\r\n\r\n", ""),
    "bad UTF-8": (b"HTTP/1.1 101 X\r\nA: \xff\r\n\r\n", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("what", TURNED_AWAY)
def test_whatever_is_answered_to_the_handshake_it_is_tried_again(what: str, made: Made) -> None:
    data, reason = TURNED_AWAY[what]
    bench, _ = made(answer(data), welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert len(bench.reasons) == 1
    assert bench.reasons[0].startswith(reason)
    assert "\n" not in bench.reasons[0]


def test_a_refused_connection_is_told_each_time_and_tried_on(made: Made) -> None:
    bench, server = made(welcome)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    bench.feed.url = f"ws://127.0.0.1:{port}/"
    bench.stream.open()
    bench.until(lambda: len(bench.reasons) == 3)
    bench.feed.url = f"ws://127.0.0.1:{server.port}/"
    bench.until(lambda: bench.stream.up)

    assert set(bench.reasons) == {"connection refused"}


def test_a_venue_that_turns_us_away_is_given_time(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """406 in words and 429 in the handshake are told to the back-off, and neither sticks to later failures."""
    asked: list[str] = []
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", wait=0.0: asked.append(refusal) or 0.01)
    bench, _ = made(
        then(lambda peer: peer.say(b"down 406") or peer.gone()), then(Peer.reset),
        answer(b"HTTP/1.1 429 Too Many Requests\r\n\r\n"), then(Peer.reset), welcome,
    )  # fmt: skip
    bench.stream.open()
    bench.until(lambda: bench.stream.up and bench.feed.openings == 4)

    assert asked == ["406", "", "429", ""]


def test_a_name_nobody_knows_is_told_and_looked_up_again(made: Made) -> None:
    """RFC 2606 section 2: nothing is ever found under .invalid; without a name server the resolver says so as well."""
    bench, server = made(welcome)
    bench.feed.url = "wss://hftd.invalid/v2/iex"
    bench.stream.open()
    bench.until(lambda: len(bench.reasons) == 2)
    bench.feed.url = f"ws://127.0.0.1:{server.port}/"
    bench.until(lambda: bench.stream.up)

    assert all(reason.startswith("the venue's name cannot be looked up: ") for reason in bench.reasons)
    assert bench.stream.failure == ""


def noted_tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the back-off counts as it is asked; the waits themselves are short."""
    tries: list[int] = []

    def wait(self: Backoff, refusal: str = "", asked: float = 0.0) -> float:
        tries.append(self._tries)
        self._tries += 1
        return 0.001

    monkeypatch.setattr(Backoff, "wait", wait)
    return tries


def test_a_venue_that_restarts_in_a_loop_is_dialled_less_and_less(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each login is followed by questions over REST: a venue in trouble is not asked ever faster."""
    tries = noted_tries(monkeypatch)
    bench, _ = made(then(lambda peer: None))
    bench.stream.open()
    bench.until(lambda: len(tries) >= 5)

    assert tries[:5] == [0, 1, 2, 3, 4]


def test_a_connection_that_was_good_for_long_is_dialled_again_at_once(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEADY", 0.0)
    tries = noted_tries(monkeypatch)
    bench, _ = made(then(lambda peer: None))
    bench.stream.open()
    bench.until(lambda: len(tries) >= 5)

    assert set(tries) == {0}


def test_a_reader_that_is_too_slow_is_told_and_dialled_again(made: Made) -> None:
    """The venue's last words drown in what was not read, or come; either way the loss is told, once."""
    stuffed = threading.Event()

    def flood(peer: Peer) -> None:
        peer.connection.settimeout(0.2)
        with suppress(TimeoutError):
            while True:
                peer.connection.sendall(frame(b"x" * 120) * 1_000)
        stuffed.set()
        peer.reset()

    bench, server = made(then(flood), welcome)
    bench.stream.open()
    bench.until(lambda: server.peers and bench.feed.openings)
    assert stuffed.wait(60)  # nobody reads meanwhile
    bench.until(lambda: bench.feed.openings == 2 and bench.stream.up)

    assert bench.reasons == ["connection reset by peer"]


def test_the_slow_reader_s_code_is_no_reason_to_stay_away(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """407: dialled again soon, since staying away makes the gap larger. 405: for people to mend, so a minute."""
    told: list[str] = []
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: told.append(refusal) or 0.01)
    bench, _ = made(then(lambda peer: peer.say(b"down 407")), then(lambda peer: peer.say(b"down 405")), welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up and bench.feed.openings == 3)

    assert told == ["407", "405"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(b"Retry-After: 7", 7.0), (b"retry-after: Fri, 20 Nov 2026 14:30:00 GMT", 0.0), (b"Retry-After: -3", 0.0),
     (b"X: y", 0.0)],
)  # fmt: skip
def test_a_venue_that_asks_to_wait_before_the_next_handshake_is_heard(
    header: bytes, seconds: float, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, float]] = []
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: told.append((refusal, asked)) or 0.01)
    bench, _ = made(answer(b"HTTP/1.1 503 Service Unavailable\r\n" + header + b"\r\n\r\n"), welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert told == [("503", seconds)]


def test_an_idle_connection_is_probed_by_the_kernel(made: Made) -> None:
    """Half-open TCP: 10 s of silence, three probes 5 s apart (tcp(7)), and the socket says that nobody is there."""
    bench, _ = made(welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)
    connection = bench.stream._socket.sock

    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    assert [connection.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [10, 5, 3]


def test_a_login_that_leads_to_nothing_is_given_up(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue that is silent after the login is dialled again after PATIENCE seconds."""
    monkeypatch.setattr(module, "PATIENCE", 0.05)

    def in_time(peer: Peer) -> None:
        monkeypatch.setattr(module, "PATIENCE", 60.0)
        welcome(peer)

    bench, _ = made(lambda peer: peer.shake_hands() or peer.gone(), in_time)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert bench.reasons == ["no subscription within 0 s"]


def test_a_connection_that_is_up_outlives_the_patience(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = stop_time(monkeypatch)
    bench, _ = made(welcome)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)
    clock.turn(module.PATIENCE + 1)
    bench.loop.turn(0)
    bench.loop.turn(0)

    assert (bench.stream.up, bench.reasons) == (True, [])


def test_a_connection_that_died_without_a_word_is_given_up(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pings nobody answers for SILENCE seconds: the venue is gone, though no packet said so."""
    monkeypatch.setattr(module, "PING_EVERY", 0.02)
    monkeypatch.setattr(module, "SILENCE", 0.06)
    bench, _ = made(then(Peer.gone), welcome)
    bench.stream.open()
    bench.until(lambda: bench.reasons)

    assert bench.reasons == ["silent for 0 s, though pinged"]


def test_a_quiet_venue_that_answers_pings_is_kept(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet symbols give total silence: only the pongs say that somebody is there."""
    clock = stop_time(monkeypatch)
    heard: list[tuple[int, bytes]] = []

    def script(peer: Peer) -> None:
        peer.shake_hands()
        peer.hear()
        peer.say(b"up")
        while True:
            heard.append(peer.hear())
            peer.say(b"", PONG)

    bench, _ = made(script)
    bench.stream.open()
    bench.until(lambda: bench.stream.up)
    for _ in range(10):
        clock.turn(module.PING_EVERY)
        bench.until(lambda: bench.stream.heard_at == clock.read())

    assert set(heard) == {(PING, b"")}
    assert len(heard) * module.PING_EVERY > 3 * module.SILENCE
    assert (bench.stream.up, bench.reasons) == (True, [])


# ---- TLS -------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


def test_over_tls_nothing_stays_behind_in_its_buffers(
    made: Made, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many frames in one record, and a welcome that comes along with the handshake, all arrive."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def script(peer: Peer) -> None:
        peer.shake_hands(frame(b"first"))
        peer.hear()
        peer.connection.sendall(b"".join(frame(b"%0100d" % number) for number in range(5_000)) + frame(b"up"))
        peer.gone()

    bench, _ = made(script, tls=serving(certificate))
    bench.stream.open()
    bench.until(lambda: bench.stream.up)

    assert bench.frames == [b"first", *(b"%0100d" % number for number in range(5_000)), b"up"]


def test_a_certificate_nobody_vouches_for_is_refused(made: Made, certificate: Path) -> None:
    bench, _ = made(welcome, tls=serving(certificate))
    bench.stream.open()
    bench.until(lambda: bench.reasons)

    assert bench.reasons[0] == "certificate verify failed: self-signed certificate"
    assert bench.feed.openings == 0


def test_a_certificate_of_another_name_is_refused_and_not_asked_for_all_the_time(
    made: Made, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is trusted, and not for this name: no key is sent, and a minute passes before the next try."""
    told: list[str] = []
    monkeypatch.setattr(Backoff, "wait", lambda self, refusal="", asked=0.0: told.append(refusal) or 0.01)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    bench, server = made(welcome, tls=serving(certificate))
    bench.feed.url = f"wss://127.0.0.1:{server.port}/"
    bench.stream.open()
    bench.until(lambda: bench.reasons)

    assert bench.reasons[0].startswith("certificate verify failed: ")
    assert "127.0.0.1" in bench.reasons[0]
    assert told[0] == "certificate"
    assert server.peers == []


def test_a_venue_that_speaks_no_tls_is_told_as_such(made: Made) -> None:
    bench, server = made(lambda peer: peer.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n") or peer.gone())
    bench.feed.url = f"wss://localhost:{server.port}/"
    bench.stream.open()
    bench.until(lambda: bench.reasons)

    assert bench.reasons[0].startswith("no TLS connection: ")


def test_a_venue_that_is_mute_in_the_tls_handshake_is_given_up(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial_module, "TIMEOUT", 0.1)
    bench, server = made(Peer.gone)
    bench.feed.url = f"wss://localhost:{server.port}/"
    bench.stream.open()
    bench.until(lambda: bench.reasons)

    assert "timed out" in bench.reasons[0]


# ---- nobody does anything about it -----------------------------------------------------------------------------


def test_a_stream_nobody_dials_again_is_stuck(made: Made) -> None:
    """Longer than any back-off lasts: only a restart can mend that, and the watchdog sees to it."""
    bench, _ = made(lambda peer: None)
    stream = bench.stream
    now = time.monotonic()
    assert not stream.stuck(now + 10 * STUCK)

    stream.open()
    assert not stream.stuck(time.monotonic())
    assert stream.stuck(time.monotonic() + STUCK + 1)

    stream.close()
    assert not stream.stuck(time.monotonic() + 10 * STUCK)
