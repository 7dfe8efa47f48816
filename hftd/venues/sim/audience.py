"""The market-data sessions: who watches, who may, and what each is sent."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from hftd.venues.sim.conversation import CONNECTED, Conversation, error
from hftd.venues.sim.watcher import Watcher
from hftd.venues.sim.wire import JsonCodec, Market, MsgpackCodec, message

AUTH_SECONDS = 10.0
"""A session that has not logged in by then is told 404 and closed (market-data stream, section 3)."""

BACKLOG = 8 * 1024 * 1024
"""Unsent bytes at which a reader of a running clock counts as a slow client."""

CLOSE_SECONDS = 0.3
"""Time to answer a close frame."""

NEVER_DRAIN = 2**62


class Audience:
    """Every session.

    With ``paced`` the slowest reader sets the pace. ``watched`` is set by the first subscription, and if paced only
    while there is one.
    """

    def __init__(
        self,
        admit: Callable[[str, str], bool],
        paced: bool,
        symbol_limit: int | None = None,
        auth_seconds: float = AUTH_SECONDS,
    ) -> None:
        self.watched = asyncio.Event()
        self._admit = admit
        self._paced = paced
        self._symbol_limit = symbol_limit
        self._auth_seconds = auth_seconds
        self._watchers: list[Watcher] = []
        self._seats: dict[tuple[str, str], Conversation] = {}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until it leaves."""
        reply = web.WebSocketResponse(
            compress=False, autoping=False, timeout=CLOSE_SECONDS, writer_limit=0 if self._paced else NEVER_DRAIN
        )
        await reply.prepare(request)
        transport = request.transport
        if transport is None:
            return reply
        talk = self._conversation(request)
        watcher = Watcher(talk, reply, transport)
        self._watchers.append(watcher)
        timer = asyncio.create_task(self._expect_login(watcher))
        try:
            await watcher.say(CONNECTED)
            if "APCA-API-KEY-ID" in request.headers:
                headers = request.headers
                await watcher.say(talk.log_in(headers["APCA-API-KEY-ID"], headers.get("APCA-API-SECRET-KEY", "")))
            await self._listen(watcher, reply)
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
            if not watcher.subscribed:
                continue
            if talk.taste not in frames:
                stamp = talk.codec.stamp
                wanted = [message(each, stamp) for each in events if talk.wants(each)]
                frames[talk.taste] = self._encoded(talk, wanted) if wanted else b""
            if frames[talk.taste]:
                await self._deliver(watcher, frames[talk.taste])

    async def tell_time(self, now: int, settle: bool = False) -> None:
        """Send the venue's time (ns) to every session that has logged in, in a WebSocket ping.

        Paced sessions must have answered the ping before; with ``settle`` also this one, so that they have read all.
        """
        payload = b"hftd-clock %d" % now
        told = [each for each in self._watchers if each.logged_in]
        for watcher in told:
            if self._paced:
                await watcher.catch_up()
            try:
                await watcher.ping(payload)
            except ConnectionError:
                self._part(watcher)
        if settle and self._paced:
            for watcher in told:
                await watcher.catch_up()

    async def dismiss(self) -> None:
        """Close every session; who does not close its side soon is cut off."""
        watchers = tuple(self._watchers)
        leaving = [asyncio.create_task(each.leave()) for each in watchers]
        if leaving:
            await asyncio.wait(leaving, timeout=CLOSE_SECONDS)
        for each in watchers:
            each.cut()

    # ---- inside ------------------------------------------------------------------------------------------------

    def _conversation(self, request: web.Request) -> Conversation:
        codec = MsgpackCodec() if "msgpack" in request.headers.get("Content-Type", "") else JsonCodec()
        path = request.path

        def admit(key: str, secret: str) -> int:
            if not self._admit(key, secret):
                return 402
            if refused := self._refusal((key, path)):
                return refused
            self._seats[key, path] = talk
            return 0

        talk = Conversation(codec, admit, path.endswith("/test"), self._limit())
        return talk

    def _refusal(self, seat: tuple[str, str]) -> int:
        """The error code a login with good keys gets; 0: it is let in."""
        return 406 if seat in self._seats else 0

    def _limit(self) -> int | None:
        """How many symbols the next session may subscribe to."""
        return self._symbol_limit

    def _encoded(self, talk: Conversation, messages: Sequence[Any]) -> bytes:
        """One frame for every session like ``talk``."""
        return talk.codec.encode(messages)

    async def _listen(self, watcher: Watcher, reply: web.WebSocketResponse) -> None:
        async for heard in reply:
            match heard.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    await watcher.say(watcher.talk.hear(heard.data))
                    self._count()
                case WSMsgType.PING:
                    await reply.pong(heard.data)
                case WSMsgType.PONG:
                    watcher.answered()

    async def _expect_login(self, watcher: Watcher) -> None:
        await asyncio.sleep(self._auth_seconds)
        if not watcher.talk.authenticated:
            with suppress(ConnectionError):
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
            watcher.answered()
            self._count()
        self._seats = {seat: talk for seat, talk in self._seats.items() if talk is not watcher.talk}

    def _count(self) -> None:
        """A running clock never stops again; one that keeps its readers' pace waits while there is none."""
        if any(each.subscribed for each in self._watchers):
            self.watched.set()
        elif self._paced:
            self.watched.clear()
