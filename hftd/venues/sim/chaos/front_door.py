"""Where requests meet their trouble: between the socket and the venue, which answers as it always does."""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate
from math import ceil
from typing import Any

from aiohttp import web

from hftd.venues.sim.answers import Answer, json
from hftd.venues.sim.chaos.requests import (
    BadGateway,
    EmptyReply,
    Fate,
    GarbledReply,
    GatewayTimeout,
    LostReply,
    RateLimit,
    RequestFates,
    ServerError,
    SlowReply,
    kind_of,
)


def front_door(fates: RequestFates, now: Callable[[], float] = time.monotonic) -> Any:
    """A middleware that lets each request meet its fate. It stands before every other."""

    @web.middleware
    async def meet(request: web.Request, handler: Answer) -> web.StreamResponse:
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        kind = None if upgrade else kind_of(request.method, request.path)
        fate = fates.of(kind, now()) if kind else None
        if fate is None:
            return await handler(request)
        reply = await handler(request) if fate.carried_out else web.Response()
        return await _answer(fate, request, reply)

    return meet


def wrong_date(seconds: float) -> Any:
    """A middleware whose answers carry a date that many seconds ahead."""

    @web.middleware
    async def stamp(request: web.Request, handler: Answer) -> web.StreamResponse:
        reply = await handler(request)
        if not reply.prepared:
            reply.headers["Date"] = formatdate(time.time() + seconds, usegmt=True)
        return reply

    return stamp


async def _answer(fate: Fate, request: web.Request, reply: web.StreamResponse) -> web.StreamResponse:
    """What the client gets to see, where ``reply`` is what the venue said."""
    match fate.trouble:
        case LostReply():
            if request.transport is not None:
                request.transport.close()
        case GatewayTimeout():
            return _page(504, "Gateway Time-out")
        case BadGateway():
            return _page(502, "Bad Gateway")
        case ServerError():
            return json({"code": 50010000, "message": "internal server error"}, 500)
        case SlowReply(seconds=seconds):
            await asyncio.sleep(seconds)
        case EmptyReply():
            return web.Response(status=reply.status, content_type="application/json")
        case GarbledReply():
            body = reply.body if isinstance(reply, web.Response) and isinstance(reply.body, bytes) else b""
            return json(body[: len(body) // 2], reply.status)
        case RateLimit():
            return _limited(fate.wait)
    return reply


def _limited(wait: float) -> web.Response:
    """Status, body and headers: trading API, section 1, "Rate limit"."""
    reply = json({"code": 42910000, "message": "rate limit exceeded"}, 429)
    reply.headers["Retry-After"] = str(max(1, ceil(wait)))
    reply.headers["X-RateLimit-Limit"] = "200"
    reply.headers["X-RateLimit-Remaining"] = "0"
    return reply


def _page(status: int, title: str) -> web.Response:
    """What a proxy says when the venue does not: a page for a browser."""
    text = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>\n"
    return web.Response(text=text, status=status, content_type="text/html")
