"""What the venue refuses about an order by itself, whatever the account holds (Alpaca trading API, 2 and 3)."""

from decimal import Decimal

from hftd.core.matching.rejection import invalid, malformed, plain
from hftd.core.orders import Order

LONGEST_ID = 128
MOST_DECIMALS = -9
DOLLAR = Decimal(1)


def check_form(order: Order, notional: Decimal | None, extended: bool) -> None:
    """Raise ``Rejection`` unless id, size, price and time in force belong together."""
    if len(order.id) > LONGEST_ID:
        raise malformed(f"client_order_id must be no more than {LONGEST_ID} characters")
    if notional is None:
        _check_shares(order)
    else:
        _check_notional(order, notional)
    if order.limit is not None:
        _check_limit(order.limit)
    if extended and (order.limit is None or order.tif not in ("day", "gtc")):
        raise invalid("extended hours order must be DAY or GTC limit orders")


def _check_shares(order: Order) -> None:
    if not order.shares.is_finite() or order.shares <= 0:
        raise malformed("qty must be > 0")
    if order.shares == order.shares.to_integral_value():
        return
    if _decimals(order.shares) < MOST_DECIMALS:
        raise invalid("qty must be limited to 9 decimal places")
    if order.tif != "day":
        raise invalid("fractional orders must be DAY orders")


def _check_notional(order: Order, notional: Decimal) -> None:
    if order.shares:
        raise malformed("only one of qty or notional is accepted")
    if order.limit is not None:
        raise malformed("notional orders must be market orders")
    if order.tif != "day":
        raise invalid("fractional orders must be DAY orders")
    if notional < DOLLAR:
        raise invalid("notional must be >= 1.00")


def _check_limit(limit: Decimal) -> None:
    if not limit.is_finite() or limit <= 0:
        raise malformed("limit price must be > 0")
    if _decimals(limit) < (-2 if limit >= DOLLAR else -4):
        raise invalid(
            f"invalid limit_price {plain(limit)}. sub-penny increment does not fulfill minimum pricing criteria"
        )


def _decimals(figure: Decimal) -> int:
    exponent = figure.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
