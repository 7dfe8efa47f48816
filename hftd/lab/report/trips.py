"""Fills as a trader counts them: what each model bought, and what it made of it when it sold."""

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from hftd.core.orders import signed
from hftd.core.seat import FLATTEN
from hftd.lab.replay.diary import Booked

ZERO = Decimal(0)


class Share(Struct, frozen=True, gc=False):
    """A fill, or the part of one, on the account of one model: signed ``shares`` and their part of the fee."""

    booked: Booked
    model: str
    shares: Decimal
    fee: Decimal


class Trip(Struct, frozen=True, gc=False):
    """A way in and out again: ``shares`` (unsigned) at ``entry`` and ``exit`` dollars on average.

    ``opened`` is when the oldest of them were bought (short: sold), ``closed`` when all were gone, ns UTC; ``pnl`` is
    after the fees of both ways.
    """

    model: str
    symbol: str
    side: Literal["long", "short"]
    shares: Decimal
    entry: Decimal
    exit: Decimal
    opened: int
    closed: int
    pnl: Decimal


class _Lot(Struct, gc=False):
    shares: Decimal
    price: Decimal
    fee: Decimal
    """Dollars a share."""
    at: int


def accounts(fills: Iterable[Booked]) -> Iterator[Share]:
    """Each fill on the account it belongs to, in their order.

    What traded an account's position away goes to the models that held it, by name, as far as they held it.
    """
    held: dict[tuple[str, str], Decimal] = {}
    for booked in fills:
        fill = booked.fill
        left = whole = signed(fill.side, fill.shares)
        if booked.model == FLATTEN:
            for (model, symbol), shares in sorted(held.items()):
                if symbol == fill.symbol and shares * left < 0:
                    taken = max(left, -shares) if left < 0 else min(left, -shares)
                    left -= taken
                    held[model, symbol] += taken
                    yield Share(booked, model, taken, fill.fee * taken / whole)
        if left:
            held[booked.model, fill.symbol] = held.get((booked.model, fill.symbol), ZERO) + left
            yield Share(booked, booked.model, left, fill.fee * left / whole)


def trips(shares: Iterable[Share]) -> list[Trip]:
    """Every fill that closes something, against what was opened first. What is open at the end is no trip."""
    open_lots: dict[tuple[str, str], deque[_Lot]] = {}
    made = []
    for share in shares:
        fill = share.booked.fill
        lots = open_lots.setdefault((share.model, fill.symbol), deque())
        left, each = share.shares, share.fee / abs(share.shares)
        closed: list[_Lot] = []
        while left and lots and lots[0].shares * left < 0:
            lot = lots[0]
            taken = min(abs(left), abs(lot.shares)).copy_sign(lot.shares)
            closed.append(_Lot(taken, lot.price, lot.fee, lot.at))
            lot.shares -= taken
            left += taken
            if not lot.shares:
                lots.popleft()
        if closed:
            made.append(_trip(share, closed, each))
        if left:
            lots.append(_Lot(left, fill.price, each, fill.ts))
    return made


def _trip(share: Share, closed: list[_Lot], fee: Decimal) -> Trip:
    fill = share.booked.fill
    shares = sum((lot.shares for lot in closed), ZERO)
    cost = sum((lot.shares * lot.price for lot in closed), ZERO)
    fees = sum((abs(lot.shares) * lot.fee for lot in closed), ZERO) + abs(shares) * fee
    return Trip(
        share.model, fill.symbol, "long" if shares > 0 else "short", abs(shares), cost / shares, fill.price,
        closed[0].at, fill.ts, shares * fill.price - cost - fees,
    )  # fmt: skip
