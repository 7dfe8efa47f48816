"""HTTP answers: one body in one write, errors in the venue's words, and who may ask at all."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import web

from hftd.core.matching import Rejection
from hftd.core.matching.rejection import malformed

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Admit = Callable[[str, str], bool]


def json(body: Any, status: int = 200) -> web.Response:
    """An answer with a JSON body; bytes are JSON already."""
    return web.Response(
        body=body if isinstance(body, bytes) else msgspec.json.encode(body),
        status=status,
        content_type="application/json",
    )


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object a request carries. Raises ``Rejection``."""
    try:
        found = msgspec.json.decode(await request.read() or b"{}")
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict):
        raise malformed("request body format is invalid")
    return found


def credentials(request: web.Request) -> tuple[str, str]:
    """Key and secret from Alpaca's headers, basic auth or a bearer token; empty where there are none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return "oauth", token
    if scheme == "Basic":
        try:
            key, _, secret = b64decode(token).decode().partition(":")
        except ValueError:
            return "", ""
        return key, secret
    return request.headers.get("APCA-API-KEY-ID", ""), request.headers.get("APCA-API-SECRET-KEY", "")


def gate(admit: Admit) -> Any:
    """A middleware: strangers are turned away, refusals become their bodies, every answer carries a request id.

    Trading answers a bad key with 401, market data with 403 (trading API, sections 1 and 10). The WebSocket paths
    log in by themselves.
    """

    @web.middleware
    async def check(request: web.Request, handler: Answer) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await handler(request)
        if not admit(*credentials(request)):
            reply: web.StreamResponse = _stranger(request.path)
        else:
            try:
                reply = await handler(request)
            except Rejection as refusal:
                reply = json(refusal.body, refusal.http)
            except web.HTTPException as error:
                code = 40410000 if error.status == 404 else error.status * 100_000
                reply = json({"code": code, "message": error.reason.lower()}, error.status)
        reply.headers["X-Request-ID"] = uuid4().hex
        return reply

    return check


def _stranger(path: str) -> web.Response:
    data = path.startswith("/v2/stocks")
    return json({"message": "forbidden." if data else "unauthorized."}, 403 if data else 401)
