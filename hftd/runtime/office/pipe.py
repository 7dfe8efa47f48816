"""Messages over a socket pair: a length of four bytes, then msgpack."""

import socket
from struct import Struct
from typing import Any

import msgspec

_LENGTH = Struct("<I")


class Pipe:
    """One end. Sending blocks (messages are small); ``receive`` takes what is there."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._buffer = b""

    def send(self, message: Any) -> None:
        """Send one message. Raises OSError where the other end is gone."""
        body = msgspec.msgpack.encode(message)
        self.end.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self) -> list[bytes]:
        """Every whole message that has come; waits for bytes if the socket does. Raises EOFError at the end."""
        data = self.end.recv(1 << 20)
        if not data:
            raise EOFError("the other end is gone")
        self._buffer += data
        messages = []
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                break
            messages.append(self._buffer[_LENGTH.size : end])
            self._buffer = self._buffer[end:]
        return messages
