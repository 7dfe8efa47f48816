"""Opening connections, which blocks (names, TCP, TLS, handshake): one short-lived thread for each attempt."""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import websocket

from hftd.plugin.protocols import Endpoint
from hftd.runtime.framing import WideBuffer

TIMEOUT = 5.0  # seconds for each blocking step

TURNED_AWAY = "the handshake was answered "
"""How a failure begins that is the venue's own answer; its HTTP status follows."""

Dialled = Callable[[Any, str], None]
"""Called with the open connection, or with None and why not."""


def dial(open_: Callable[[Endpoint], Any], endpoint: Endpoint, done: Dialled) -> None:
    """Run ``open_`` in a thread of its own and pass ``done`` what came of it, still in that thread."""

    def work() -> None:
        try:
            connection = open_(endpoint)
        except Exception as error:  # whatever a venue's odd answer does to a library, this attempt has failed
            done(None, said(error))
        else:
            done(connection, "")

    threading.Thread(target=work, name="dial", daemon=True).start()


def open_stream(endpoint: Endpoint) -> websocket.WebSocket:
    """A WebSocket, handshake done, not blocking from here on."""
    stream = websocket.WebSocket(
        enable_multithread=False, skip_utf8_validation=True, sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    )
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
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        connection.setblocking(False)
    except BaseException:
        connection.close()
        raise
    return connection


def said(error: Exception) -> str:
    """In a few words, why a connection is not there."""
    if isinstance(error, websocket.WebSocketBadStatusException):
        return f"{TURNED_AWAY}{error.status_code}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
