"""The server's side of HTTP/1.1 (RFC 9112) and WebSocket (RFC 6455), as much of them as three clients need."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha1
from struct import pack, unpack_from

from msgspec import Struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Request(Struct, frozen=True):
    """One HTTP request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def take_request(buffer: bytearray) -> Request | None:
    """Take the first whole request off ``buffer``; None where it is not all here yet."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = buffer[:end].decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = end + 4 + int(headers.get("content-length", 0))
    if len(buffer) < whole:
        return None
    method, path, _ = first.split(" ")
    request = Request(method, path, headers, bytes(buffer[end + 4 : whole]))
    del buffer[:whole]
    return request


def response(status: int, body: bytes) -> bytes:
    """An HTTP answer in one piece, which keeps the connection."""
    head = f"HTTP/1.1 {status} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def upgrade(request: Request) -> bytes:
    """The answer that turns a connection into a WebSocket (RFC 6455 section 4.2.2)."""
    key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = b64encode(sha1(key.encode()).digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ).encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole, unmasked frame."""
    first, length = 0x80 | opcode, len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    return pack(">BBH" if length < 65536 else ">BBQ", first, 126 if length < 65536 else 127, length) + payload


def take_messages(buffer: bytearray, parts: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take every whole message off ``buffer``; fragments gather in ``parts`` until the last one is here.

    A message in fragments comes with the last one's opcode, 0. alpaca-py sends its subscription so.
    """
    while len(buffer) >= 6:
        opcode, length, start = buffer[0] & 0x0F, buffer[1] & 0x7F, 2
        if length == 126:
            length, start = unpack_from(">H", buffer, 2)[0], 4
        if len(buffer) < start + 4 + length:
            return
        mask, data = buffer[start : start + 4], buffer[start + 4 : start + 4 + length]
        final = buffer[0] & 0x80
        del buffer[: start + 4 + length]
        plain = bytes(byte ^ mask[place & 3] for place, byte in enumerate(data))
        if opcode >= CLOSE:
            yield opcode, plain
            continue
        parts += plain
        if final:
            yield opcode, bytes(parts)
            parts.clear()
