"""A simulated venue that sends so many prints a second, evenly, for ever the same number: ``python -m … RATE CHAOS``.

A made-up day of ``hftd sim`` is busy near the open and thin at noon; here what is measured must not depend on that.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from crashproof import rule
from hftd.core.events import Quote, Trade
from hftd.core.session import Day
from hftd.venues.calendar_cache import cached_days
from hftd.venues.sim.chaos import plan
from hftd.venues.sim.greeting import greeting
from hftd.venues.sim.programme import around, starting
from hftd.venues.sim.venue import Setup, SimVenue

SYMBOLS = ("AAPL", "MSFT", "NVDA", "SPY")
DAY = date(2026, 9, 16)  # a Wednesday far from any holiday
SILENT = 2  # a number at which the rule wishes nothing
CALLING = 400  # one print in so many is numbered on, and the rule wishes something at some of them
WAVE = 2_000  # prints in which the price goes up and down by a cent or two


def tape(day: Day, rate: int) -> Iterator[Trade | Quote]:
    """Prints of the regular session, ``rate`` a second; a quote of each symbol begins it."""
    regular = next(phase for phase in day.phases if phase.name == "regular")
    at, step, number, called = regular.start, 1_000_000_000 // rate, 0, 0
    for symbol in SYMBOLS:
        yield Quote(symbol, 99.98, 10_000, 100.02, 10_000, at, at)
    while at < regular.end:
        at += step
        number += 1
        if calling := number % CALLING == 0:
            called += 1
        name = rule.PERIOD * number + SILENT if not calling else called // len(SYMBOLS)
        price = 100.0 + (number % WAVE * 5 // WAVE - 2) / 100
        yield Trade(SYMBOLS[(called if calling else number) % len(SYMBOLS)], price, 100, at, at, ("@",), "V", "C", name)


async def serve(rate: int, chaos: str) -> None:
    """Listen, say where, and play until the process is ended."""
    days: Sequence[Day] = cached_days(*around(DAY))
    played = starting(days, DAY)
    setup = Setup(
        lead=0.5, symbols=SYMBOLS, cash=Decimal(10_000_000), chaos=plan(chaos) if chaos else (),
    )  # fmt: skip
    venue = SimVenue(setup, tape(played[0], rate), played, days)
    print(greeting("127.0.0.1", await venue.start()), flush=True)
    await venue.ended()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
