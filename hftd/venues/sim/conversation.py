"""What one market-data session says and is told: login and subscriptions, without a socket.

Answers and error codes are those of Alpaca's market-data stream, sections 3 and 4.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hftd.venues.sim.wire import Codec, Market, channel

CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
AUTOMATIC = ("corrections", "cancelErrors")
TEST_CHANNELS = ("trades", "quotes", "bars")
CONNECTED: dict[str, Any] = {"T": "success", "msg": "connected"}
AUTHENTICATED: dict[str, Any] = {"T": "success", "msg": "authenticated"}

TEXTS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    410: "invalid subscribe action for this feed",
}


def error(code: int) -> dict[str, Any]:
    """An error message."""
    return {"T": "error", "code": code, "msg": TEXTS[code]}


class Conversation:
    """One session. ``admit(key, secret)`` answers 0 or the error code the login gets.

    ``taste`` is equal for sessions that are sent the same bytes.
    """

    def __init__(
        self, codec: Codec, admit: Callable[[str, str], int], test: bool = False, symbol_limit: int | None = None
    ) -> None:
        self.codec = codec
        self.authenticated = False
        self.wanted: dict[str, set[str]] = {name: set() for name in CHANNELS}
        self.taste = self._taste()
        self._admit = admit
        self._offered = TEST_CHANNELS if test else CHANNELS
        self._limit = symbol_limit

    @property
    def subscribed(self) -> bool:
        """Whether anything is wanted."""
        return any(self.wanted.values())

    def log_in(self, key: str, secret: str) -> dict[str, Any]:
        """The answer to credentials, from a message or from the handshake's headers."""
        if self.authenticated:
            return error(403)
        refused = self._admit(key, secret)
        if refused:
            return error(refused)
        self.authenticated = True
        return AUTHENTICATED

    def hear(self, frame: bytes | str) -> dict[str, Any]:
        """The answer to one frame of the client."""
        try:
            said = self.codec.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return error(400)
        if not isinstance(said, dict):
            return error(400)
        match said.get("action"):
            case "auth":
                key, secret = said.get("key"), said.get("secret")
                return self.log_in(key, secret) if isinstance(key, str) and isinstance(secret, str) else error(400)
            case "subscribe" | "unsubscribe" if not self.authenticated:
                return error(401)
            case "subscribe" | "unsubscribe" as action:
                return self._change(action == "subscribe", {k: v for k, v in said.items() if k != "action"})
        return error(400)

    def wants(self, event: Market) -> bool:
        """Whether this session is to be sent ``event``."""
        name = channel(event)
        symbols = self.wanted["trades" if name in AUTOMATIC else name]
        return bool(symbols) and ("*" in symbols or event.symbol in symbols)

    def _change(self, more: bool, channels: dict[str, Any]) -> dict[str, Any]:
        if not all(isinstance(each, list) and all(map(_is_symbol, each)) for each in channels.values()):
            return error(400)
        if not channels and more:
            return error(400)
        if not set(channels) <= set(self._offered):
            return error(410)
        after = {
            name: (now | set(channels.get(name, ()))) if more else (now - set(channels.get(name, ())))
            for name, now in self.wanted.items()
        }
        if more and self._limit is not None and len(after["trades"]) + len(after["quotes"]) > self._limit:
            return error(405)
        self.wanted = after
        self.taste = self._taste()
        return self._subscription()

    def _taste(self) -> tuple[Any, ...]:
        return self.codec.name, *(frozenset(each) for each in self.wanted.values())

    def _subscription(self) -> dict[str, Any]:
        listed: dict[str, Any] = {"T": "subscription"} | {name: sorted(self.wanted[name]) for name in self._offered}
        if self._offered is not TEST_CHANNELS:
            listed |= {name: sorted(self.wanted["trades"]) for name in AUTOMATIC}
        return listed


def _is_symbol(found: object) -> bool:
    return isinstance(found, str) and 0 < len(found) <= 32 and found.isprintable() and " " not in found
