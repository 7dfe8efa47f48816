"""Many WebSocket frames out of one ``recv``: a faster frame buffer under an otherwise unchanged websocket-client.

The library reads a frame with two or three small ``recv`` calls; this one takes what the socket has, up to 64 KiB,
and splits frames out of it (RFC 6455 section 5.2). Continuation, ping, close and masking stay the library's.
"""

from collections.abc import Callable
from struct import Struct
from typing import Any

from websocket import ABNF, WebSocketConnectionClosedException, WebSocketProtocolException
from websocket._abnf import frame_buffer

from hftd.native import wire

CHUNK = 64 * 1024  # above 128 KiB malloc asks the kernel for fresh pages each time, which costs 15 µs a tick
LARGEST = 64 * 1024 * 1024  # bytes of one message, all its fragments together
_SHORT = Struct(">H")
_LONG = Struct(">Q")


def split_in_python(buffer: bytes, at: int) -> tuple[list[bytes], int]:
    """The whole messages that stand one behind the other from ``at`` on, and where the first thing else begins.

    Messages of the usual form only: one final frame of text or bytes, not masked, of less than 64 KiB (RFC 6455
    section 5.2).
    """
    messages: list[bytes] = []
    have = len(buffer)
    while have - at >= 2 and buffer[at] in (0x81, 0x82):
        length, start = buffer[at + 1], at + 2
        if length == 126 and have - at >= 4:
            length, start = buffer[at + 2] << 8 | buffer[at + 3], at + 4
        elif length >= 126:
            break
        end = start + length
        if end > have:
            break
        messages.append(buffer[start:end])
        at = end
    return messages, at


split = split_in_python if wire is None else wire.split


class WideBuffer(frame_buffer):  # type: ignore[misc]
    """Frames from one large buffer. ``receive`` reads up to so many bytes, or raises when the socket is dry."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        super().__init__(receive, skip_utf8_validation=True)
        self._receive = receive
        self._buffer = b""
        self._at = 0
        self._fresh = False
        self._fragments = 0
        self._whole = True

    def begin_turn(self) -> None:
        """Allow one more ``receive``: a busy stream then takes its turn with the other sockets, and starves none."""
        self._fresh = True

    @property
    def dry(self) -> bool:
        """Whether nothing is left to read in this turn, not even a part of a frame."""
        return self._at == len(self._buffer) and not self._fresh

    def messages(self) -> list[bytes]:
        """The contents of the next frames that are whole messages: the usual case, at a tenth of the library's cost.

        None where anything else comes first, or the first is not whole: ``recv_data`` knows. Raises as ``recv_frame``.
        """
        if self._fresh:
            self._receive_more()
        if not self._whole:  # fragments of a message are not mixed with another (RFC 6455 section 5.4)
            return []
        messages, self._at = split(self._buffer, self._at)
        return messages

    def recv_frame(self) -> Any:
        """The next frame. Raises BlockingIOError or SSLWantReadError when none is whole yet; nothing is lost then.

        Raises WebSocketException where the other side is gone or breaks the protocol.
        """
        while True:
            frame = self._split()
            if frame is not None:
                return frame
            if not self._fresh:
                raise BlockingIOError
            self._receive_more()

    def _receive_more(self) -> None:
        data = self._receive(CHUNK)
        self._fresh = False
        if not data:
            raise WebSocketConnectionClosedException("the venue hung up")
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def _split(self) -> Any:
        buffer, at = self._buffer, self._at
        have = len(buffer) - at
        if have < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        length, start = second & 0x7F, at + 2
        if length == 126:
            if have < 4:
                return None
            length, start = _SHORT.unpack_from(buffer, at + 2)[0], at + 4
        elif length == 127:
            if have < 10:
                return None
            length, start = _LONG.unpack_from(buffer, at + 2)[0], at + 10
        if length + self._fragments > LARGEST:
            whole = length + self._fragments
            raise WebSocketProtocolException(f"a message of {whole} bytes, the largest taken is {LARGEST}")
        if second & 0x80:
            raise WebSocketProtocolException("a masked frame from a server (RFC 6455 section 5.1 forbids it)")
        end = start + length
        if end > len(buffer):
            return None
        self._at = end
        if first & 0xF < ABNF.OPCODE_CLOSE:  # control frames may stand between the fragments of a message
            self._whole = bool(first & 0x80)
            self._fragments = 0 if self._whole else self._fragments + length
        frame = ABNF(first >> 7, first >> 6 & 1, first >> 5 & 1, first >> 4 & 1, first & 0xF, 0, buffer[start:end])
        frame.validate(skip_utf8_validation=True)
        return frame
