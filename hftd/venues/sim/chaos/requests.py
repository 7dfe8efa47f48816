"""Scenarios of HTTP requests, and which of them befalls a request."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from hftd.venues.sim.chaos.scenario import Scenario, Seconds, troubles

RequestKind = Literal["order", "read"]
ShareOfOrders = Annotated[float, Meta(ge=0, le=1, description="a share of order requests, 0 to 1")]
ShareOfReads = Annotated[float, Meta(ge=0, le=1, description="a share of reading requests, 0 to 1")]


class RequestTrouble(Scenario, frozen=True):
    """A request, or its answer, goes wrong. ``carried_out``: how many of the troubled requests take effect."""

    share: ShareOfOrders = 0.1
    kind: ClassVar[RequestKind] = "order"
    carried_out: ClassVar[float] = 1.0


class LostReply(RequestTrouble, frozen=True):
    """The request is carried out, and the connection closes without an answer."""


class GatewayTimeout(RequestTrouble, frozen=True):
    """The request is carried out, and a proxy answers 504 with an HTML page."""


class BadGateway(RequestTrouble, frozen=True):
    """A proxy answers 502 with an HTML page, and the request never reaches the venue."""

    carried_out: ClassVar[float] = 0.0


class ServerError(RequestTrouble, frozen=True):
    """The answer is 500 with the venue's own words; half of these requests are carried out."""

    carried_out: ClassVar[float] = 0.5


class SlowReply(RequestTrouble, frozen=True):
    """The request is carried out at once, and its answer comes seconds later."""

    seconds: Seconds = 3.0


class EmptyReply(RequestTrouble, frozen=True):
    """The request is carried out, and the answer has no body."""


class GarbledReply(RequestTrouble, frozen=True):
    """The request is carried out, and the answer is half a JSON document."""


class RateLimit(RequestTrouble, frozen=True):
    """Orders, amendments and withdrawals are answered 429 with Retry-After for a while, and not carried out."""

    share: ShareOfOrders = 0.02
    seconds: Seconds = 2.0
    carried_out: ClassVar[float] = 0.0


class RateLimitReads(RateLimit, frozen=True):
    """Whoever reads orders, positions, the account or prices is answered 429 with Retry-After for a while."""

    share: ShareOfReads = 0.02
    kind: ClassVar[RequestKind] = "read"


class Fate(Struct, frozen=True):
    """What becomes of one request; ``wait`` is how many seconds a rate limit still lasts."""

    trouble: RequestTrouble
    carried_out: bool
    wait: float = 0.0


class RequestFates:
    """Decides request by request. Of several troubles the first of the plan happens."""

    def __init__(self, plan: Sequence[Scenario], seed: int) -> None:
        self._troubles = troubles(plan, RequestTrouble, seed)
        self._limited: dict[RequestKind, float] = {}

    def of(self, kind: RequestKind, now: float) -> Fate | None:
        """What befalls the next request, at ``now`` seconds of any steady clock; None: it is answered as it should."""
        found: Fate | None = None
        for trouble, luck in self._troubles:
            if trouble.kind != kind:
                continue
            # Drawn for each request whatever befalls it, so that one scenario does not move another's luck.
            hit, carried_out = luck.hit(trouble.share), luck.hit(trouble.carried_out)
            if isinstance(trouble, RateLimit):
                if hit and now >= self._limited.get(kind, now):
                    self._limited[kind] = now + trouble.seconds
                hit = now < self._limited.get(kind, now)
            if hit and found is None:
                found = Fate(trouble, carried_out, self._limited.get(kind, now) - now)
        return found


def kind_of(method: str, path: str) -> RequestKind | None:
    """Whether a request changes orders or reads; None: nothing ever befalls it (streams and the venue's own books)."""
    if method in ("POST", "PATCH", "DELETE") and path.startswith(("/v2/orders", "/v2/positions")):
        return "order"
    return "read" if method == "GET" and path.startswith("/v2/") else None
