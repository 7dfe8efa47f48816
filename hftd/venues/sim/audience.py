"""The market-data sessions: who watches, who may, and what each is sent."""

import asyncio
import socket
from collections.abc import Callable, Sequence

from aiohttp import WSMsgType, web

from hftd.venues.sim.conversation import CONNECTED, Conversation, error
from hftd.venues.sim.wire import JsonCodec, Market, MsgpackCodec, message

AUTH_SECONDS = 10.0
"""A session that has not logged in by then is told 404 and closed (market-data stream, section 3)."""

BACKLOG = 8 * 1024 * 1024
"""Unsent bytes at which a reader of a running clock counts as a slow client."""

SEND_BUFFER = 64 * 1024
"""Kernel buffer of a reader that sets the pace: what is under way to it is what its orders come late by."""

NEVER_DRAIN = 2**62


class Watcher:
    """One market-data session and its socket."""

    def __init__(self, talk: Conversation, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.talk = talk
        self._socket = socket
        self._transport = transport
        self._kind = WSMsgType.BINARY if talk.codec.binary else WSMsgType.TEXT

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
        await self._socket.ping(payload)

    async def leave(self) -> None:
        """Close the session."""
        await self._socket.close()

    def cut(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()


class Audience:
    """Every session. ``started`` is set by the first subscription; with ``paced`` the slowest reader sets the pace."""

    def __init__(
        self,
        admit: Callable[[str, str], bool],
        paced: bool,
        symbol_limit: int | None = None,
        auth_seconds: float = AUTH_SECONDS,
    ) -> None:
        self.started = asyncio.Event()
        self._admit = admit
        self._paced = paced
        self._symbol_limit = symbol_limit
        self._auth_seconds = auth_seconds
        self._watchers: list[Watcher] = []
        self._seats: dict[tuple[str, str], Conversation] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until it leaves."""
        reply = web.WebSocketResponse(compress=False, writer_limit=0 if self._paced else NEVER_DRAIN)
        await reply.prepare(request)
        transport = request.transport
        if transport is None:
            return reply
        if self._paced:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        talk = self._conversation(request)
        watcher = Watcher(talk, reply, transport)
        self._watchers.append(watcher)
        timer = asyncio.create_task(self._expect_login(watcher))
        try:
            await watcher.say(CONNECTED)
            if "APCA-API-KEY-ID" in request.headers:
                headers = request.headers
                await watcher.say(talk.log_in(headers["APCA-API-KEY-ID"], headers.get("APCA-API-SECRET-KEY", "")))
            async for heard in reply:
                if heard.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await watcher.say(talk.hear(heard.data))
                    if talk.subscribed:
                        self.started.set()
        except ConnectionError:
            pass
        finally:
            timer.cancel()
            self._part(watcher)
        return reply

    async def show(self, events: Sequence[Market]) -> None:
        """Send what each session wants of ``events`` in one frame; equal sessions share its encoding."""
        frames: dict[object, bytes] = {}
        for watcher in tuple(self._watchers):
            talk = watcher.talk
            if not talk.subscribed:
                continue
            if talk.taste not in frames:
                stamp = talk.codec.stamp
                wanted = [message(each, stamp) for each in events if talk.wants(each)]
                frames[talk.taste] = talk.codec.encode(wanted) if wanted else b""
            if frames[talk.taste]:
                await self._deliver(watcher, frames[talk.taste])

    async def tell_time(self, now: int) -> None:
        """Send the venue's time (ns) to every session that has logged in, in a WebSocket ping."""
        payload = b"hftd-clock %d" % now
        for watcher in tuple(self._watchers):
            if watcher.talk.authenticated:
                try:
                    await watcher.ping(payload)
                except ConnectionError:
                    self._part(watcher)

    async def dismiss(self) -> None:
        """Close every session."""
        for watcher in tuple(self._watchers):
            await watcher.leave()

    # ---- inside ------------------------------------------------------------------------------------------------

    def _conversation(self, request: web.Request) -> Conversation:
        codec = MsgpackCodec() if "msgpack" in request.headers.get("Content-Type", "") else JsonCodec()
        path = request.path

        def admit(key: str, secret: str) -> int:
            if not self._admit(key, secret):
                return 402
            if (key, path) in self._seats:
                return 406
            self._seats[key, path] = talk
            return 0

        talk = Conversation(codec, admit, path.endswith("/test"), self._symbol_limit)
        return talk

    async def _expect_login(self, watcher: Watcher) -> None:
        await asyncio.sleep(self._auth_seconds)
        if not watcher.talk.authenticated:
            await watcher.say(error(404))
            await watcher.leave()

    async def _deliver(self, watcher: Watcher, frame: bytes) -> None:
        try:
            await watcher.send(frame)
            if not self._paced and watcher.backlog > BACKLOG:
                await watcher.say(error(407))
                watcher.cut()
        except ConnectionError:
            self._part(watcher)

    def _part(self, watcher: Watcher) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)
        self._seats = {seat: talk for seat, talk in self._seats.items() if talk is not watcher.talk}
