"""WebSocket frames out of wide reads, beside websocket-client's own frame buffer and the websockets package."""

import socket
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websocket import ABNF, WebSocket, WebSocketConnectionClosedException, WebSocketProtocolException
from websocket._abnf import frame_buffer
from websockets.frames import Frame, Opcode

from hftd import native
from hftd.runtime.wire import framing
from hftd.runtime.wire.framing import WideBuffer

calm = settings(deadline=None)  # a busy machine is no fault of the code


@pytest.fixture(autouse=True, scope="module", params=["python", "compiled"] if native.wire else ["python"])
def twin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test with either way to split a buffer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framing, "split", framing.split_in_python if request.param == "python" else native.wire.split)
        yield


class Source:
    """Gives its pieces one at a time, as a socket that does not block would; then it is dry, or closed."""

    def __init__(self, pieces: list[bytes], *, closed: bool = False) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.closed = closed

    def recv(self, size: int) -> bytes:
        if not self.pieces:
            if self.closed:
                return b""
            raise BlockingIOError
        piece = self.pieces.pop(0)
        if len(piece) > size:
            self.pieces.insert(0, piece[size:])
        return piece[:size]


def wire(opcode: int, data: bytes, *, fin: bool = True) -> bytes:
    """A server's frame, as the websockets package writes it: not masked."""
    return bytes(Frame(Opcode(opcode), data, fin).serialize(mask=False))


def drained(buffer: Any, source: Source) -> list[tuple[int, int, bytes]]:
    """Every frame there is, turn after turn until the source is empty."""
    frames = []
    while True:
        if isinstance(buffer, WideBuffer):
            buffer.begin_turn()
        empty = not source.pieces
        try:
            while True:
                frame = buffer.recv_frame()
                frames.append((frame.fin, frame.opcode, bytes(frame.data)))
        except BlockingIOError:
            if empty:
                return frames


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(places), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


FRAMES = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40) | st.sampled_from([125, 126, 127, 65536]).map(bytes))
    | st.tuples(st.sampled_from([9, 10]), st.binary(max_size=125)),
    max_size=6,
)  # fmt: skip


@calm
@given(FRAMES, st.data())
def test_frames_cut_anywhere_are_the_library_s_own(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """Whatever pieces the bytes come in, the frames are those that went in, and those the library reads."""
    whole = b"".join(wire(opcode, content) for opcode, content in frames)
    pieces = cut(whole, data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    ours, theirs = Source(pieces), Source(pieces)
    expected = [(1, opcode, content) for opcode, content in frames]

    assert drained(WideBuffer(ours.recv), ours) == expected
    assert drained(frame_buffer(theirs.recv, True), theirs) == expected


@calm
@given(st.binary(max_size=60))
def test_any_bytes_are_the_frames_the_library_reads_or_an_error(noise: bytes) -> None:
    """Masked frames are the one difference: the library takes them, a server must not send them."""

    def read(kind: Any) -> list[tuple[int, int, bytes]] | str:
        source = Source([noise])
        try:
            return drained(kind(source.recv), source)
        except WebSocketProtocolException as error:
            return "masked" if "masked" in str(error) else "too large" if "largest" in str(error) else "wrong"

    ours = read(WideBuffer)
    assert ours in ("masked", "too large") or ours == read(lambda receive: frame_buffer(receive, True))


def test_a_frame_that_comes_byte_by_byte_is_whole_in_the_end() -> None:
    whole = wire(2, bytes(range(256)) * 2)
    source = Source([whole[i : i + 1] for i in range(len(whole))])

    assert drained(WideBuffer(source.recv), source) == [(1, 2, bytes(range(256)) * 2)]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_every_form_of_length_is_read(length: int) -> None:
    """RFC 6455 section 5.2: 7 bits, 16 bits and 64 bits."""
    content = bytes(place % 251 for place in range(length))
    source = Source([wire(1, content) + wire(2, b"next")])

    assert drained(WideBuffer(source.recv), source) == [(1, 1, content), (1, 2, b"next")]


def test_many_frames_come_out_of_one_read_and_one_read_is_a_turn() -> None:
    """A second piece waits for the next turn, so that a busy stream starves nobody."""
    source = Source([wire(1, b"a") + wire(1, b"b"), wire(1, b"c")])
    buffer = WideBuffer(source.recv)
    buffer.begin_turn()

    assert [buffer.recv_frame().data for _ in range(2)] == [b"a", b"b"]
    with pytest.raises(BlockingIOError):
        buffer.recv_frame()
    assert len(source.pieces) == 1
    buffer.begin_turn()
    assert buffer.recv_frame().data == b"c"


def test_a_dry_socket_loses_nothing_of_a_half_frame() -> None:
    whole = wire(1, b"whole")
    source = Source([whole[:4]])
    buffer = WideBuffer(source.recv)
    for _ in range(3):
        buffer.begin_turn()
        with pytest.raises(BlockingIOError):
            buffer.recv_frame()
    source.pieces.append(whole[4:])
    buffer.begin_turn()

    assert buffer.recv_frame().data == b"whole"


@pytest.mark.parametrize("begun", [b"", wire(1, b"half")[:3]])
def test_a_closed_socket_is_said_and_not_waited_for(begun: bytes) -> None:
    source = Source([begun], closed=True)

    with pytest.raises(WebSocketConnectionClosedException, match="the venue hung up"):
        drained(WideBuffer(source.recv), source)


REFUSED = {
    "a masked frame": (bytes(Frame(Opcode.TEXT, b"x").serialize(mask=True)), "masked"),
    "a reserved bit": (b"\xc1\x01x", "rsv"),
    "an unknown opcode": (b"\x83\x01x", "opcode"),
    "a ping in fragments": (b"\x09\x01x", "ping"),
    "a close of one byte": (b"\x88\x01x", "close"),
    "a close with a code of nobody": (b"\x88\x02\x00\x05", "close"),
    "a frame without end": (b"\x82\x7f" + (2**63 - 1).to_bytes(8, "big"), "largest"),
    "a frame too large": (b"\x82\x7f" + (framing.LARGEST + 1).to_bytes(8, "big"), "largest"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_protocol_forbids_is_refused(what: str) -> None:
    data, word = REFUSED[what]
    source = Source([data])
    buffer = WideBuffer(source.recv)
    buffer.begin_turn()

    with pytest.raises(WebSocketProtocolException, match=f"(?i){word}"):
        buffer.recv_frame()


def test_fragments_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message in endless fragments is refused like one endless frame; whole messages start afresh."""
    monkeypatch.setattr(framing, "LARGEST", 100)
    good = [wire(1, b"x" * 60, fin=False), wire(9, b"ping"), wire(0, b"x" * 40), wire(1, b"y" * 100)]
    bad = [wire(1, b"x" * 60, fin=False), wire(0, b"x" * 41)]
    source, endless = Source(good), Source(bad)

    assert [opcode for _, opcode, _ in drained(WideBuffer(source.recv), source)] == [1, 9, 0, 1]
    with pytest.raises(WebSocketProtocolException, match="a message of 101 bytes, the largest taken is 100"):
        drained(WideBuffer(endless.recv), endless)


@pytest.fixture
def joined() -> Iterator[tuple[WebSocket, socket.socket]]:
    """websocket-client on one end of a socket pair with the wide buffer under it; the other end."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = WebSocket(skip_utf8_validation=True)
    stream.sock, stream.connected = ours, True
    stream.frame_buffer = WideBuffer(ours.recv)
    yield stream, theirs
    ours.close()
    theirs.close()


def test_control_frames_between_fragments_reach_the_library(joined: tuple[WebSocket, socket.socket]) -> None:
    """The message comes out whole, the ping is answered in between (RFC 6455 section 5.4)."""
    stream, theirs = joined
    theirs.sendall(wire(1, b"one ", fin=False) + wire(9, b"there?") + wire(0, b"two ", fin=False) + wire(0, b"three"))
    stream.frame_buffer.begin_turn()

    assert stream.recv_data(control_frame=True) == (ABNF.OPCODE_PING, b"there?")
    assert stream.recv_data(control_frame=True) == (ABNF.OPCODE_TEXT, b"one two three")
    pong = theirs.recv(100)
    assert pong[:2] == b"\x8a\x86"
    assert bytes(byte ^ pong[2 + place % 4] for place, byte in enumerate(pong[6:])) == b"there?"


MIXED = st.lists(
    st.sampled_from([b"", b"a", b"ab", b"x" * 125, b"y" * 126, b"z" * 70_000]).map(lambda content: wire(1, content))
    | st.lists(st.binary(max_size=5), min_size=2, max_size=4).map(
        lambda parts: b"".join(wire(0 if at else 2, part, fin=at == len(parts) - 1) for at, part in enumerate(parts))
    )
    | st.binary(max_size=9).map(lambda content: wire(9, content)),
    max_size=6,
)


@calm
@given(MIXED, st.data())
def test_messages_taken_by_the_short_way_are_those_of_the_long_way(frames: list[bytes], data: st.DataObject) -> None:
    """``messages`` gives whole messages only, and never one that stands before another."""
    whole = b"".join(frames)
    pieces = cut(whole, data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))

    def read(*, short: bool) -> list[bytes]:
        source, messages = Source(list(pieces)), []
        stream = WebSocket(skip_utf8_validation=True)
        stream.frame_buffer, stream.pong = WideBuffer(source.recv), lambda content: None
        while source.pieces:
            stream.frame_buffer.begin_turn()
            try:
                while True:
                    messages += stream.frame_buffer.messages() if short else []
                    if short and stream.frame_buffer.dry:
                        break
                    messages.append(bytes(stream.recv_data(control_frame=True)[1]))
            except BlockingIOError:
                continue
        return messages

    assert read(short=True) == read(short=False)


def test_a_message_inside_another_does_not_go_the_short_way() -> None:
    """RFC 6455 section 5.4: fragments of one message are not mixed with another message; the library refuses them."""
    source = Source([wire(1, b"", fin=False) + wire(1, b"whole")])
    buffer = WideBuffer(source.recv)
    buffer.begin_turn()

    assert buffer.messages() == []
    assert buffer.recv_frame().fin == 0
    assert buffer.messages() == []
    assert buffer.recv_frame().data == b"whole"


def test_the_short_way_ends_where_the_turn_ends() -> None:
    source = Source([wire(1, b"one"), wire(1, b"two")])
    buffer = WideBuffer(source.recv)
    buffer.begin_turn()

    assert (buffer.messages(), buffer.dry) == ([b"one"], True)
    assert (buffer.messages(), buffer.dry) == ([], True)
    buffer.begin_turn()
    assert (buffer.dry, buffer.messages(), buffer.dry) == (False, [b"two"], True)


def test_half_a_message_is_not_dry_and_comes_whole_in_the_next_turn() -> None:
    source = Source([wire(1, b"one") + wire(1, b"two")[:3], wire(1, b"two")[3:]])
    buffer = WideBuffer(source.recv)
    buffer.begin_turn()

    assert (buffer.messages(), buffer.dry) == ([b"one"], False)
    buffer.begin_turn()
    assert (buffer.messages(), buffer.dry) == ([b"two"], True)
