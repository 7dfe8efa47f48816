"""Opening connections, which blocks (names, TCP, TLS, handshake): one short-lived thread for each attempt."""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import websocket
from msgspec import Struct

from hftd.plugin.protocols import Endpoint
from hftd.runtime.wire.framing import WideBuffer

TIMEOUT = 5.0  # seconds for each blocking step

# An idle connection whose other end is gone is noticed by the kernel after 25 s, before an order is written to it:
# tcp(7), in seconds of silence, seconds between probes, and probes.
ALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
OPTIONS = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, option, value) for option, value in ALIVE),
]


class Failure(Struct, frozen=True):
    """Why a connection is not there, in words."""

    reason: str
    refusal: str = ""
    """The code it was refused with, as ``backoff.REFUSED`` has it; empty where nobody refused."""
    wait: float = 0.0
    """Seconds the venue asked us to stay away."""


Dialled = Callable[[Any, Failure | None], None]
"""Called with the open connection, or with None and why not."""


def dial(open_: Callable[[Endpoint], Any], endpoint: Endpoint, done: Dialled) -> None:
    """Run ``open_`` in a thread of its own and pass ``done`` what came of it, still in that thread."""

    def work() -> None:
        try:
            connection = open_(endpoint)
        except Exception as error:  # whatever a venue's odd answer does to a library, this attempt has failed
            done(None, failure(error))
        else:
            done(connection, None)

    threading.Thread(target=work, name="dial", daemon=True).start()


def open_stream(endpoint: Endpoint) -> websocket.WebSocket:
    """A WebSocket, handshake done, not blocking from here on."""
    stream = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True, sockopt=OPTIONS)
    headers = [f"{name}: {value}" for name, value in endpoint.headers.items()]
    # Keys follow on this connection: wherever else a venue may send us, they do not go there.
    stream.connect(endpoint.url, header=headers, timeout=TIMEOUT, redirect_limit=0)
    stream.settimeout(0)
    stream.frame_buffer = WideBuffer(stream.sock.recv)
    return stream


def open_socket(endpoint: Endpoint) -> socket.socket:
    """A TCP or TLS connection for HTTP, not blocking from here on."""
    address = urlsplit(endpoint.url)
    secure = address.scheme == "https"
    host = address.hostname or ""
    connection = socket.create_connection((host, address.port or (443 if secure else 80)), timeout=TIMEOUT)
    try:
        for option in OPTIONS:
            connection.setsockopt(*option)
        if secure:
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        connection.setblocking(False)
    except BaseException:
        connection.close()
        raise
    return connection


def failure(error: Exception) -> Failure:
    """What became of an attempt: in words, and what it says of the next one."""
    match error:
        case websocket.WebSocketBadStatusException(status_code=code, resp_headers=headers):
            asked = (headers or {}).get("retry-after", "")  # seconds (RFC 9110 section 10.2.3); a date is not read
            return Failure(said(error), str(code), float(asked) if asked.isascii() and asked.isdigit() else 0.0)
        case ssl.SSLCertVerificationError():
            return Failure(said(error), "certificate")
        case _:
            return Failure(said(error))


def said(error: Exception) -> str:
    """In a few words, why a connection is not there."""
    match error:
        case websocket.WebSocketBadStatusException(status_code=code):
            return f"the handshake was answered {code}"
        case websocket.WebSocketAddressException(args=(socket.gaierror() as cause, *_)):
            return said(cause)
        case socket.gaierror(strerror=words):
            return f"the venue's name cannot be looked up: {str(words).lower()}"
        case ssl.SSLCertVerificationError(verify_message=words):
            return f"certificate verify failed: {words}"
        case ssl.SSLError(reason=words) if words:
            return f"no TLS connection: {words.lower().replace('_', ' ')}"
        case OSError(strerror=words) if words:
            return words.lower()
        case _:
            return str(error) or type(error).__name__
