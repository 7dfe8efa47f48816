"""The limit to compare with: `python -m bench.bare PORT WAIT [tls]` sends a prepared order for every tick, unread.

The handshake and the login are websocket-client's; from then on there are two sockets and nothing else.
"""

import json
import os
import select
import socket
import ssl
import sys
from collections.abc import Callable

import websocket

from bench.ticks import SYMBOL
from hftd.runtime.loop import hold_cpu_awake

BODY = json.dumps(
    {
        "symbol": SYMBOL, "qty": "1", "side": "buy", "type": "market", "time_in_force": "day",
        "client_order_id": "20260916-abcdef-000001",
    }
).encode()  # fmt: skip
HEAD = (
    b"POST /v2/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAPCA-API-KEY-ID: bench\r\nAPCA-API-SECRET-KEY: bench\r\n"
    b"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
REQUEST = HEAD % len(BODY) + BODY


class Waiting:
    """Until a socket has something to read: in the kernel's ``recv`` itself, or by asking again and again."""

    def __init__(self, sock: socket.socket, *, spin: bool) -> None:
        self._spin = spin
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def done(self) -> None:
        """Return when a ``recv`` should begin."""
        if self._spin:
            while not self._poll.poll(0):
                pass


def connect(port: int, *, tls: bool) -> tuple[socket.socket, socket.socket]:
    """Where ticks come from, subscribed, and where orders go."""
    orders = socket.create_connection(("127.0.0.1", port))
    orders.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        orders = ssl.create_default_context().wrap_socket(orders, server_hostname="127.0.0.1")
    market = websocket.create_connection(f"{'wss' if tls else 'ws'}://127.0.0.1:{port}/v2/iex")
    market.recv()
    market.send(json.dumps({"action": "auth", "key": "bench", "secret": "bench"}))
    market.recv()
    market.send(json.dumps({"action": "subscribe", "trades": [SYMBOL]}))
    market.recv()
    return market.sock, orders


def trade(port: int, wait: str, order: Callable[[bytes], bytes], *, tls: bool) -> None:
    """Send what ``order`` makes of each frame, and wait for its answer, until the venue hangs up."""
    held = hold_cpu_awake()[0] if wait == "awake" else -1
    ticks, orders = connect(port, tls=tls)
    tick, answer = Waiting(ticks, spin=wait == "spin"), Waiting(orders, spin=wait == "spin")
    while True:
        tick.done()
        frame = ticks.recv(65536)
        if not frame:
            break
        orders.send(order(frame))
        answer.done()
        orders.recv(65536)
    if held >= 0:
        os.close(held)


if __name__ == "__main__":
    trade(int(sys.argv[1]), sys.argv[2], lambda frame: REQUEST, tls="tls" in sys.argv[3:])
