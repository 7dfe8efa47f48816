"""What a model may wish for. Wishes become orders only through the engine, and only if risk agrees."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from msgspec import Struct

from hftd.core.events import Side

TimeInForce = Literal["day", "ioc", "gtc", "opg", "cls"]
Figure = int | float | str | Decimal
EXACT = (int, str, Decimal)

SIDES: frozenset[str] = frozenset(get_args(Side))
TIMES_IN_FORCE: frozenset[str] = frozenset(get_args(TimeInForce))


class Intent(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A wish to trade ``shares`` of ``symbol``: at the market where ``limit`` is None, else at ``limit`` or better."""

    symbol: str
    side: Side
    shares: Decimal
    limit: Decimal | None = None
    tif: TimeInForce = "day"


class Target(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A wish to hold ``shares`` (signed) of ``symbol``, counting what is already on its way."""

    symbol: str
    shares: Decimal


class Withdraw(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A wish to cancel one order of one's own (``order``), or all of them in ``symbol``, or all (both empty)."""

    order: str = ""
    symbol: str = ""


class Amend(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A wish to give a working limit order another price or another size."""

    order: str
    limit: Decimal | None = None
    shares: Decimal | None = None


class Alarm(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A wish to be told (``on_timer``) when the clock reaches ``at`` (ns UTC)."""

    at: int
    key: str = ""


Wish = Intent | Target | Withdraw | Amend | Alarm
WISHES = (Intent, Target, Withdraw, Amend, Alarm)


def exact(figure: Figure) -> Decimal:
    """``figure`` as a Decimal; a float counts as the number it prints as (0.1 is a tenth, not its binary neighbour).

    Raises decimal.InvalidOperation for what is no number.
    """
    # Through text, since numpy's numbers are floats that print themselves another way, and ints that Decimal refuses.
    try:
        return Decimal(figure) if isinstance(figure, EXACT) else Decimal(str(figure))
    except InvalidOperation as error:
        raise InvalidOperation(f"{figure!r} is no number") from error


def several(answer: object) -> tuple[Any, ...]:
    """The wishes in what a handler returned that is no wish itself. Raises TypeError where there can be none."""
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise TypeError(flaw(answer))
    return tuple(answer)


def flaw(wish: object) -> str:
    """In words what is wrong with the form of ``wish``; empty where nothing is.

    A wish is written to the journal, so what the journal could not read back must not come in.
    """
    match wish:
        case Intent():  # taking its fields apart here would cost as much again as looking at them
            sound = (
                type(wish.symbol) is str and wish.side in SIDES and wish.tif in TIMES_IN_FORCE
                and isinstance(wish.shares, Decimal) and wish.shares.is_finite()
                and (wish.limit is None or _finite(wish.limit))
            )  # fmt: skip
        case Target(symbol, shares):
            sound = type(symbol) is str and _finite(shares)
        case Amend(order, limit, shares):
            sound = type(order) is str and (limit is None or _finite(limit)) and (shares is None or _finite(shares))
        case Alarm(at, key):
            sound = type(at) is int and 0 <= at < 2**63 and type(key) is str
        case Withdraw():
            sound = True
        case _:
            return f"a handler returned {wish!r}; expected buy(), sell(), target(), cancel(), amend() or wake()"
    return "" if sound else f"a handler returned {wish!r}, which has a field of the wrong kind"


def buy(symbol: str, shares: Figure, limit: Figure | None = None, tif: TimeInForce = "day") -> Intent:
    """Wish to buy ``shares``, at the market or at ``limit`` dollars or better."""
    return Intent(symbol, "buy", exact(shares), None if limit is None else exact(limit), tif)


def sell(symbol: str, shares: Figure, limit: Figure | None = None, tif: TimeInForce = "day") -> Intent:
    """Wish to sell ``shares``, at the market or at ``limit`` dollars or better."""
    return Intent(symbol, "sell", exact(shares), None if limit is None else exact(limit), tif)


def target(symbol: str, shares: Figure) -> Target:
    """Wish to hold ``shares`` (negative: short), counting open orders as filled."""
    return Target(symbol, exact(shares))


def cancel(order: str = "", *, symbol: str = "") -> Withdraw:
    """Wish to withdraw one order, every order in ``symbol``, or every order of this model."""
    return Withdraw(order, symbol)


def amend(order: str, limit: Figure | None = None, shares: Figure | None = None) -> Amend:
    """Wish to reprice or resize a working limit order."""
    return Amend(order, None if limit is None else exact(limit), None if shares is None else exact(shares))


def wake(at: int, key: str = "") -> Alarm:
    """Wish for ``on_timer`` to be called at ``at`` (ns UTC) with ``key``."""
    return Alarm(at, key)


def _finite(figure: object) -> bool:
    return isinstance(figure, Decimal) and figure.is_finite()
