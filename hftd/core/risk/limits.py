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
    max_skew_seconds: Annotated[
        Positive, _says("No order while our clock and the venue's, or the machine's, differ by more than this.")
    ] = 1
    max_position: Annotated[Decimal, _says("Largest position in one symbol, in shares, open orders counted.")] = (
        Decimal(1_000)
    )
    max_positions: Annotated[Count, _says("Symbols that may be held, or worked by an open order, at one time.")] = 20
    max_gross: Annotated[
        Decimal, _says("Largest sum of all positions, in dollars, shorts added to longs, open orders counted.")
    ] = Decimal(200_000)
    max_net: Annotated[
        Decimal, _says("Largest sum of all positions, in dollars, shorts counting against longs, long or short.")
    ] = Decimal(200_000)
    max_value_at_risk: Annotated[
        Decimal, _says("Largest loss, in dollars, that 99 of 100 days would stay below if what is held were kept.")
    ] = Decimal(10_000)
    fallback_volatility: Annotated[
        Positive, _says("Standard deviation of a day's return, as a fraction, where a symbol's own is not known yet.")
    ] = 0.02
    max_open_orders: Annotated[Count, _says("Orders that may be open at one time.")] = 100
    orders_per_second: Annotated[Count, _says("Orders in one second of market time.")] = 50
    same_order_per_second: Annotated[
        Count, _says("Orders of one model in one second that have symbol, side, shares and limit in common.")
    ] = 20
    orders_per_minute: Annotated[Count, _says("Orders in one minute of market time.")] = 180
    orders_per_day: Annotated[Count, _says("Orders in one session.")] = 20_000
    max_rejects: Annotated[
        Count, _says("Orders in one symbol the venue may reject in a row before the symbol pauses.")
    ] = 5
    cool_down_seconds: Annotated[Positive, _says("How long it pauses after the last of them.")] = 30
    bench_after_rejects: Annotated[
        Count, _says("Orders of one model the venue may reject in a row; the last of so many benches the model.")
    ] = 20
    max_daily_loss: Annotated[
        Decimal, _says("Loss of one session, in dollars, beyond which the kill switch is thrown.")
    ] = Decimal(1_000)
    max_drawdown: Annotated[
        Decimal, _says("Fall of the day's profit from its peak, in dollars, beyond which the kill switch is thrown.")
    ] = Decimal(1_500)
