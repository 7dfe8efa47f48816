"""One market-data session and its socket."""

import asyncio
import struct

from aiohttp import WSMsgType, web

from hftd.venues.sim.conversation import Conversation
from hftd.venues.sim.sockets import reset

PATIENCE = 5.0
"""Seconds a paced reader is given to answer a ping."""

MOST_SHORT = 65_535
"""Bytes of the longest frame whose length is written in two bytes."""


class Watcher:
    """Sends frames and pings, and knows how far its reader is."""

    def __init__(self, talk: Conversation, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.talk = talk
        self._socket = socket
        self._transport = transport
        self._kind = WSMsgType.BINARY if talk.codec.binary else WSMsgType.TEXT
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._patient = True
        self._frozen = False

    @property
    def logged_in(self) -> bool:
        """Whether it is to be told the time."""
        return self.talk.authenticated and not self._frozen

    @property
    def subscribed(self) -> bool:
        """Whether it is to be shown anything."""
        return self.talk.subscribed and not self._frozen

    @property
    def backlog(self) -> int:
        """Bytes not sent yet."""
        return self._transport.get_write_buffer_size()

    async def say(self, *messages: object) -> None:
        """Send control messages; each comes alone in its frame."""
        for each in messages:
            await self.send(self.talk.codec.encode([each]))

    async def send(self, frame: bytes) -> None:
        """Send one frame. Raises ``ConnectionError``."""
        await self._socket.send_frame(frame, self._kind)

    async def ping(self, payload: bytes) -> None:
        """Send a WebSocket ping. Raises ``ConnectionError``."""
        self._caught_up.clear()
        await self._socket.ping(payload)

    def answered(self) -> None:
        """A pong has come: the session has read all it was sent before the ping."""
        self._patient = True
        self._caught_up.set()

    async def catch_up(self) -> None:
        """Wait until the last ping is answered. Who does not answer is not waited for until it does again."""
        if self._patient and not self._caught_up.is_set():
            try:
                await asyncio.wait_for(self._caught_up.wait(), PATIENCE)
            except TimeoutError:
                self._patient = False

    async def leave(self) -> None:
        """Close the session."""
        await self._socket.close()

    def cut(self) -> None:
        """Drop the connection at once."""
        self._caught_up.set()
        self._transport.abort()

    def cut_within(self, frame: bytes) -> None:
        """Send the first half of ``frame`` and reset the connection."""
        self._caught_up.set()
        # An unmasked last fragment whose length is in the next two bytes (RFC 6455, 5.2), and is never reached.
        self._transport.write(struct.pack(">BBH", 0x80 | self._kind, 126, MOST_SHORT) + frame[: len(frame) // 2])
        reset(self._transport)

    def freeze(self) -> None:
        """Neither read nor write any more, and leave the connection open."""
        self._frozen = True
        self._caught_up.set()
        self._transport.pause_reading()
