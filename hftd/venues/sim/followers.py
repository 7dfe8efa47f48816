"""The ``trade_updates`` stream: one WebSocket a follower, binary frames with JSON inside (trading API, section 7)."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from hftd.venues.sim.sockets import reset
from hftd.venues.sim.wire import Codec, JsonCodec, MsgpackCodec

STREAM = "trade_updates"
UNREAD = 50_000
"""Updates a follower may fall behind by before it is dropped."""
CLOSE_SECONDS = 0.3
"""Time to answer a close frame."""


class Follower:
    """One session: what it said, and the frames that wait for its socket."""

    def __init__(self, codec: Codec, admit: Callable[[str, str], bool]) -> None:
        self.codec = codec
        self.listening = False
        self.frames: asyncio.Queue[bytes] = asyncio.Queue(UNREAD)
        self._admit = admit
        self._authorized = False

    def hear(self, frame: bytes | str) -> bytes:
        """The answer to one message, or nothing to one that is not understood."""
        try:
            said = self.codec.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return b""
        if not isinstance(said, dict):
            return b""
        inner = said.get("data")
        data = inner if isinstance(inner, dict) else {}
        match said.get("action"):
            case "authenticate":
                return self._log_in(data.get("key_id"), data.get("secret_key"), "authenticate")
            case "auth":
                return self._log_in(said.get("key"), said.get("secret"), "auth")
            case "listen" if not self._authorized:
                return self._say("authorization", {"status": "unauthorized", "action": "listen"})
            case "listen":
                streams = data.get("streams")
                self.listening = isinstance(streams, list) and STREAM in streams
                return self._say("listening", {"streams": [STREAM] if self.listening else []})
        return b""

    def _log_in(self, key: object, secret: object, action: str) -> bytes:
        known = isinstance(key, str) and isinstance(secret, str) and self._admit(key, secret)
        self._authorized = known
        return self._say("authorization", {"status": "authorized" if known else "unauthorized", "action": action})

    def _say(self, stream: str, data: Mapping[str, Any]) -> bytes:
        return self.codec.encode({"stream": stream, "data": data})


class Followers:
    """Every session of the stream."""

    def __init__(self, admit: Callable[[str, str], bool]) -> None:
        self._admit = admit
        self._sessions: dict[Follower, web.WebSocketResponse] = {}
        self._transports: dict[Follower, asyncio.Transport] = {}

    def publish(self, data: Mapping[str, Any]) -> None:
        """Queue one update for everybody who listens. The data is encoded before this returns."""
        frames: dict[str, bytes] = {}
        for each in tuple(self._sessions):
            if not each.listening:
                continue
            name = each.codec.name
            if name not in frames:
                frames[name] = each.codec.encode({"stream": STREAM, "data": data})
            try:
                each.frames.put_nowait(frames[name])
            except asyncio.QueueFull:
                del self._sessions[each]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until it leaves."""
        socket = web.WebSocketResponse(compress=False, timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        codec = MsgpackCodec() if "msgpack" in request.headers.get("Content-Type", "") else JsonCodec()
        follower = Follower(codec, self._admit)
        self._sessions[follower] = socket
        if request.transport is not None:
            self._transports[follower] = request.transport
        writer = asyncio.create_task(self._write(follower, socket))
        try:
            async for heard in socket:
                if heard.type in (WSMsgType.TEXT, WSMsgType.BINARY) and (answer := follower.hear(heard.data)):
                    follower.frames.put_nowait(answer)
        except (ConnectionError, asyncio.QueueFull):
            pass
        finally:
            writer.cancel()
            self._sessions.pop(follower, None)
            self._transports.pop(follower, None)
        return socket

    def hang_up(self) -> None:
        """Reset every connection; what waits for it is lost."""
        self._sessions.clear()
        for each in self._transports.values():
            reset(each)

    async def dismiss(self) -> None:
        """Close every session; nobody is waited for long."""
        leaving = [asyncio.create_task(each.close()) for each in self._sessions.values()]
        if leaving:
            await asyncio.wait(leaving, timeout=CLOSE_SECONDS)

    async def _write(self, follower: Follower, socket: web.WebSocketResponse) -> None:
        try:
            while follower in self._sessions:
                await socket.send_bytes(await follower.frames.get())
            await socket.close()
        except ConnectionError:
            self._sessions.pop(follower, None)
