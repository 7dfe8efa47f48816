"""What a client's order request says, and what it is refused for before the exchange sees it.

Fields and texts: Alpaca's trading API, sections 2 and 3. Stop, trailing and bracket orders are not simulated; they
are refused as an invalid type or class.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from msgspec import Struct

from hftd.core.events import Side
from hftd.core.intents import TimeInForce
from hftd.core.matching.rejection import invalid, malformed
from hftd.core.orders import Order

TIMES = ("day", "gtc", "opg", "cls", "ioc")
LONGEST_SYMBOL = 12
BIGGEST = Decimal(10**12)


class Ask(Struct, frozen=True):
    """An order request, understood."""

    order: Order
    notional: Decimal | None
    extended: bool


def ask(body: Mapping[str, Any], fallback_id: str, symbol: str, now: int) -> Ask:
    """The order a ``POST /v2/orders`` body means, in ``symbol``. Raises ``Rejection``."""
    kind, side, tif = body.get("type"), body.get("side"), body.get("time_in_force")
    if kind not in ("market", "limit"):
        raise malformed("invalid order type")
    if side not in ("buy", "sell"):
        raise malformed("invalid side")
    if tif not in TIMES:
        raise malformed("invalid time_in_force")
    if body.get("order_class") not in (None, "", "simple"):
        raise malformed("invalid order_class")
    check_symbol(symbol)
    shares, notional = number(body, "qty"), number(body, "notional")
    if shares is None and notional is None:
        raise malformed("qty or notional is required")
    if shares is not None and notional is not None:
        raise malformed("only one of qty or notional is accepted")
    limit = number(body, "limit_price")
    if kind == "limit" and limit is None:
        raise malformed("limit orders require a limit price")
    if kind == "market" and (limit is not None or body.get("stop_price") is not None):
        raise malformed("market orders require no stop or limit price")
    order = Order(
        _client_id(body, fallback_id), "", symbol, cast("Side", side), shares or Decimal(0), limit,
        cast("TimeInForce", tif), now,
    )  # fmt: skip
    return Ask(order, notional, body.get("extended_hours") is True)


def amended(body: Mapping[str, Any], old: Order, left: Decimal, fallback_id: str, now: int) -> Order:
    """The order a ``PATCH /v2/orders/{id}`` body makes of ``old``, of which ``left`` shares are open.

    Without a size the new order takes what is left. Raises ``Rejection``.
    """
    shares, limit = number(body, "qty"), number(body, "limit_price")
    if shares is not None and (shares != shares.to_integral_value() or left != left.to_integral_value()):
        raise invalid("fractional qty cannot be replaced")
    if limit is not None and old.limit is None:
        raise malformed("market orders require no stop or limit price")
    tif = body.get("time_in_force") or old.tif
    if tif not in TIMES:
        raise malformed("invalid time_in_force")
    return Order(
        _client_id(body, fallback_id), old.model, old.symbol, old.side,
        left if shares is None else shares, old.limit if limit is None else limit, tif, now,
    )  # fmt: skip


def _client_id(body: Mapping[str, Any], fallback_id: str) -> str:
    found = body.get("client_order_id") or fallback_id
    if not isinstance(found, str):
        raise malformed("invalid client_order_id")
    return found


def check_symbol(symbol: object) -> str:
    """``symbol`` if it can be one. Raises ``Rejection``."""
    if not isinstance(symbol, str) or not 0 < len(symbol) <= LONGEST_SYMBOL or not _plausible(symbol):
        raise invalid("invalid symbol")
    return symbol


def _plausible(symbol: str) -> bool:
    return symbol.isascii() and symbol == symbol.upper() and symbol.replace(".", "").replace("/", "").isalnum()


def number(body: Mapping[str, Any], key: str) -> Decimal | None:
    """A figure given as a number or a string; a JSON float counts as it is printed. Raises ``Rejection``."""
    found = body.get(key)
    if found is None or found == "":
        return None
    try:
        figure = Decimal(str(found)) if not isinstance(found, bool) else Decimal("NaN")
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite() or abs(figure) >= BIGGEST:
        raise malformed(f"invalid {key}")
    return figure
