"""The limits risk checks hold orders to: the ``[risk]`` table of the settings."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


def _says(text: str) -> Meta:
    return Meta(description=text)


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[risk]``: limits every intent is checked against before it becomes an order."""

    symbols: Annotated[tuple[str, ...], _says("Symbols that may be traded; empty: those the models name.")] = ()
    min_shares: Annotated[Decimal, _says("Smallest order, in shares.")] = Decimal(1)
    lot: Annotated[Decimal, _says("Order sizes are multiples of this.")] = Decimal(1)
    max_shares: Annotated[Decimal, _says("Largest order, in shares.")] = Decimal(500)
    max_notional: Annotated[Decimal, _says("Largest order, in dollars.")] = Decimal(50_000)
    collar: Annotated[Positive, _says("A limit price may be this fraction worse than the last price, no more.")] = 0.05
    stale_seconds: Annotated[Positive, _says("No order on a price older than this.")] = 10
    max_position: Annotated[Decimal, _says("Largest position in one symbol, in shares, open orders counted.")] = (
        Decimal(1_000)
    )
    max_gross: Annotated[Decimal, _says("Largest sum of all positions, in dollars, open orders counted.")] = Decimal(
        200_000
    )
    max_open_orders: Annotated[Count, _says("Orders that may be open at one time.")] = 100
    orders_per_second: Annotated[Count, _says("Orders in one second of market time.")] = 50
    orders_per_minute: Annotated[Count, _says("Orders in one minute of market time.")] = 180
    orders_per_day: Annotated[Count, _says("Orders in one session.")] = 20_000
    max_daily_loss: Annotated[
        Decimal, _says("Loss of one session, in dollars, after which the day's trading is over.")
    ] = Decimal(1_000)
