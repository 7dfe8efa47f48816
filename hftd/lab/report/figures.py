"""The figures of a backtest. Money is dollars; shares of a whole are fractions (0.01 is one per cent)."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from math import isfinite
from typing import Any

from msgspec import Struct

from hftd.errors import HftdError, to_install
from hftd.lab.replay.backtest import Played
from hftd.lab.replay.diary import Sample
from hftd.lab.report.trips import Share, Trip, accounts, trips

ZERO = Decimal(0)
SESSIONS = 252
"""Trading days of a year, by which figures of shorter spans are made figures of a year."""
DAYS_ENOUGH = 20
"""From so many days on, ratios are made of daily returns; below, of those of a minute."""
MINUTES = 390


class Account(Struct, frozen=True):
    """One model's, one symbol's or everybody's trading. ``slippage`` is what fills cost against what was wanted."""

    name: str
    pnl: float
    fees: float
    slippage: float
    slippage_bps: float
    fills: int
    shares: float
    turnover: float
    """Dollars that changed hands."""
    trips: int
    hit_rate: float | None
    """The share of trips that made money; None where there was none."""
    profit_factor: float | None
    """What winning trips made for each dollar losing ones lost; None where none lost."""


class Ratios(Struct, frozen=True):
    """Figures of the returns, by empyrical; None where they cannot be told. ``returns`` says of what they were made."""

    returns: str
    sharpe: float | None
    sortino: float | None
    volatility: float | None
    """Of a year."""
    max_drawdown: float


class Figures(Struct, frozen=True):
    """All there is to say of a backtest."""

    began: int
    ended: int
    days: int
    cash: float
    equity: float
    total_return: float
    ratios: Ratios
    drawdown_dollars: float
    turnover: float
    """How many times the cash it began with changed hands."""
    exposure: float
    """What positions were worth without their signs, against equity, on average while the session ran."""
    max_exposure: float
    in_market: float
    """The share of the time something was held."""
    everything: Account
    models: Sequence[Account]
    symbols: Sequence[Account]
    trips: Sequence[Trip]


def figures(played: Played) -> Figures:
    """The figures of ``played``. Raises HftdError where empyrical-reloaded is not installed."""
    samples = running(played.equity)
    shares = list(accounts(played.fills))
    made = trips(shares)
    price = played.replay.engine.state.price
    everything = _account("", shares, made, price)
    equity = samples[-1].equity if samples else float(played.cash)
    exposures = [each.gross / each.equity for each in samples if each.equity > 0] or [0.0]
    return Figures(
        began=samples[0].at if samples else 0,
        ended=samples[-1].at if samples else 0,
        days=len(_days(samples)),
        cash=float(played.cash),
        equity=equity,
        total_return=equity / float(played.cash) - 1,
        ratios=ratios(samples),
        drawdown_dollars=max((peak - each.equity for peak, each in _peaks(samples)), default=0.0),
        turnover=everything.turnover / float(played.cash),
        exposure=sum(exposures) / len(exposures),
        max_exposure=max(exposures),
        in_market=sum(each.gross > 0 for each in samples) / max(1, len(samples)),
        everything=everything,
        models=_each(shares, made, price, lambda share: share.model, lambda trip: trip.model),
        symbols=_each(shares, made, price, lambda share: share.booked.fill.symbol, lambda trip: trip.symbol),
        trips=made,
    )


def running(samples: Sequence[Sample]) -> list[Sample]:
    """The samples of the sessions, the first of all before them and the last after them."""
    return [each for place, each in enumerate(samples) if each.running or place in (0, len(samples) - 1)]


def ratios(samples: Sequence[Sample]) -> Ratios:
    """Sharpe, Sortino, volatility and drawdown of the account's worth.

    Raises HftdError where empyrical-reloaded is not installed.
    """
    empyrical, numpy = needed("empyrical"), needed("numpy")
    closes = list(_days(samples).values())
    daily = len(closes) >= DAYS_ENOUGH
    if len(samples) < 3 or min(each.equity for each in samples) <= 0:
        return Ratios("none, as there are too few samples or no money left", None, None, None, 0.0)
    returns = _returns(numpy, [samples[0], *closes] if daily else samples)
    year = SESSIONS if daily else SESSIONS * MINUTES
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what cannot be told comes out as None
        return Ratios(
            f"{len(returns)} returns of a {'day' if daily else 'minute'}",
            _told(empyrical.sharpe_ratio(returns, annualization=year)),
            _told(empyrical.sortino_ratio(returns, annualization=year)),
            _told(empyrical.annual_volatility(returns, annualization=year)),
            float(empyrical.max_drawdown(returns if not daily else _returns(numpy, samples))),
        )


def needed(name: str) -> Any:
    """A library of the extra ``lab``. Raises HftdError that names the extra where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise HftdError(f"a report needs {name}: {to_install('lab')}") from error


def _returns(numpy: Any, samples: Sequence[Sample]) -> Any:
    worth = numpy.array([each.equity for each in samples])
    return worth[1:] / worth[:-1] - 1


def _told(figure: float) -> float | None:
    return float(figure) if isfinite(figure) else None


def _days(samples: Iterable[Sample]) -> Mapping[str, Sample]:
    """The last sample of each day."""
    return {each.day: each for each in samples if each.day}


def _peaks(samples: Iterable[Sample]) -> Iterable[tuple[float, Sample]]:
    peak = 0.0
    for each in samples:
        peak = max(peak, each.equity)
        yield peak, each


def _each(
    shares: Sequence[Share], made: Sequence[Trip], price: Callable[[str], float],
    of_share: Callable[[Share], str], of_trip: Callable[[Trip], str],
) -> list[Account]:  # fmt: skip
    return [
        _account(
            name, [each for each in shares if of_share(each) == name],
            [each for each in made if of_trip(each) == name], price,
        )
        for name in sorted({of_share(each) for each in shares})
    ]  # fmt: skip


def _account(name: str, shares: Sequence[Share], made: Sequence[Trip], price: Callable[[str], float]) -> Account:
    held: dict[str, Decimal] = {}
    paid = fees = turnover = ZERO
    slippage = wanted = 0.0
    for share in shares:
        fill = share.booked.fill
        held[fill.symbol] = held.get(fill.symbol, ZERO) + share.shares
        paid += share.shares * fill.price
        fees += share.fee
        turnover += abs(share.shares) * fill.price
        if share.booked.wanted:
            slippage += float(share.shares) * (float(fill.price) - share.booked.wanted)
            wanted += abs(float(share.shares)) * share.booked.wanted
    worth = sum(float(number) * price(symbol) for symbol, number in held.items())
    won = [float(trip.pnl) for trip in made if trip.pnl > 0]
    lost = -sum(float(trip.pnl) for trip in made if trip.pnl < 0)
    return Account(
        name, worth - float(paid + fees), float(fees), slippage, slippage / wanted * 10_000 if wanted else 0.0,
        len(shares), float(sum(abs(share.shares) for share in shares)), float(turnover), len(made),
        len(won) / len(made) if made else None, sum(won) / lost if lost else None,
    )  # fmt: skip
