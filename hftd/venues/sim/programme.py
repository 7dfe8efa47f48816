"""What is played, and on which days: a tape's own, or made-up ones from a seed, day after day."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain

from hftd.core.events import Quote, Trade
from hftd.core.session import Day
from hftd.errors import HftdError
from hftd.tape import generate
from hftd.venues.sim.times import eastern_date
from hftd.venues.sim.wire import Market

FIRST_PRICE = 100.0
"""Dollars a made-up symbol opens at on the first day; it goes on from its last price."""


def first_day(tape: Iterator[Market]) -> tuple[Iterator[Market], date]:
    """The tape again, and the New York date of its first event. Raises ``HftdError`` when it has none."""
    first = next(tape, None)
    if first is None:
        raise HftdError("tape: found no event, expected at least one trade or quote")
    return chain((first,), tape), eastern_date(first.ts)


def made_up(
    days: Sequence[Day], phases: Sequence[str], symbols: Sequence[str], seed: int, rate: float
) -> Iterator[Trade | Quote]:
    """Trades and quotes of every played phase of ``days``; ``rate`` is trades a second in each symbol."""
    prices = dict.fromkeys(symbols, FIRST_PRICE)
    number = seed
    for day in days:
        for phase in day.phases:
            if phase.name in phases:
                yield from _remembered(generate(phase.start, phase.end, dict(prices), number, rate), prices)
                number += 1


def _remembered(events: Iterator[Trade | Quote], prices: dict[str, float]) -> Iterator[Trade | Quote]:
    for event in events:
        if isinstance(event, Trade):
            prices[event.symbol] = event.price
        yield event


def around(day: date) -> tuple[date, date]:
    """A year before and after ``day``: what the venue's calendar knows."""
    year = timedelta(days=366)
    return day - year, day + year


def starting(known: Sequence[Day], day: date) -> tuple[Day, ...]:
    """The days from ``day`` on. Raises ``HftdError`` unless it is one."""
    days = tuple(each for each in known if each.date >= day.isoformat())
    if not days or days[0].date != day.isoformat():
        raise HftdError(f"date: found {day}, expected a trading day of the exchange")
    return days


def latest(known: Sequence[Day], today: date) -> tuple[Day, ...]:
    """The days from the last one that is not after ``today`` on. Raises ``HftdError``."""
    begun = [place for place, each in enumerate(known) if each.date <= today.isoformat()]
    if not begun:
        raise HftdError(f"calendar: found no trading day up to {today}")
    return tuple(known[begun[-1] :])

