"""The whole way of a tick inside the daemon: from its ``recv`` to the ``send`` of its order.

Real sockets, the engine with every check, a model that buys at every tick, and the journal.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from bench.risk_state import LIMITLESS, account
from bench.ticks import SYMBOL
from hftd.core.effects import Submit
from hftd.core.engine import Engine
from hftd.core.events import Trade
from hftd.core.intents import Intent, buy
from hftd.core.risk.chain import SHIPPED, chain
from hftd.core.seat import Seat
from hftd.plugin.protocols import Broker, Feed
from hftd.runtime.past.journal import Journal
from hftd.runtime.wire.framing import WideBuffer
from hftd.runtime.wire.lane import Lanes


class Buyer:
    """Buys one share for every print."""

    def on_trade(self, trade: Trade) -> Intent:
        """Buy."""
        return buy(trade.symbol, 1)


def buyer() -> Engine:
    """An engine in the middle of a day, no limit near, with a model that buys."""
    return Engine(account(), [Seat("buyer", Buyer(), (SYMBOL,))], chain(SHIPPED, LIMITLESS), flatten=False)


class Way:
    """One tick's way, again and again."""

    def __init__(self, stack: ExitStack, feed: Feed, broker: Broker, journal: Journal, lanes: Lanes) -> None:
        """Every lane is given a socket; what is sent on it is read and forgotten."""
        self._venue, market = _connected(stack)
        self._buffer = WideBuffer(market.recv)
        self._orders, lane = _connected(stack)
        self._lane: Any = lanes._lanes[0]
        self._lane._socket, self._lane.up = lane, True
        self._feed, self._broker, self._journal, self._lanes = feed, broker, journal, lanes
        self._engine = buyer()

    def ready(self, framed: bytes) -> None:
        """Let a tick arrive; forget the order before it."""
        if self._lane.request is not None:
            self._orders.recv(65536)
            self._lane.request = None
        self._venue.send(framed)

    def go(self, now: int) -> None:
        """Take the tick that has arrived as the daemon does; its order is sent."""
        journal, buffer = self._journal, self._buffer
        buffer.begin_turn()
        for data in buffer.messages():
            journal.frame("market data", now, data)
            for event in self._feed.decode(data, now):
                effects = self._engine.step(event)
                journal.effects(effects)
                journal.write()
                self._send(effects)

    def _send(self, effects: Sequence[object]) -> None:
        for effect in effects:
            if isinstance(effect, Submit):
                self._lanes.send(self._broker.submit(effect.order))


def _connected(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection; the second does not block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = stack.enter_context(socket.create_connection(listener.getsockname()))
        theirs = stack.enter_context(listener.accept()[0])
    for end in (ours, theirs):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    theirs.setblocking(False)
    return ours, theirs


def walk(way: Way, framed: Sequence[bytes], now: int) -> Callable[[], None]:
    """One tick after the other, arrival included."""
    number = 0

    def one() -> None:
        nonlocal number
        number += 1
        way.ready(framed[number % len(framed)])
        way.go(now + number)

    return one
