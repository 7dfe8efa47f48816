"""A made-up trading day: same seed, same tape."""

from collections.abc import Iterator, Mapping
from heapq import merge
from math import ceil, exp
from operator import attrgetter
from random import Random

from hftd.core.events import Quote, Trade

SECOND = 1_000_000_000
DAY_SECONDS = 23_400  # a regular session of the New York exchanges

BURST = 8.0  # the first trades come this many times the mean rate faster ...
BURST_SECONDS = 60.0  # ... and the rush fades with this time constant


def generate(
    start: int, end: int, symbols: Mapping[str, float], seed: int, trades_per_second: float
) -> Iterator[Trade | Quote]:
    """Trades and quotes between ``start`` and ``end`` (ns UTC, end excluded), oldest first, made as they are asked for.

    ``symbols`` gives each symbol's opening price in dollars; ``trades_per_second`` is the mean for each symbol over
    the day. Trading begins with an opening auction and a burst, is dense near both ends and thin in the middle.
    Every print is at the bid or the ask told before it, in whole cents. A symbol's tape does not depend on the others.
    """
    tapes = [
        _Symbol(
            name,
            round(price * 100),
            Random(f"{seed}-{name}"),  # noqa: S311 (nothing here is secret)
            start=start,
            end=end,
            rate=trades_per_second,
        ).events()
        for name, price in symbols.items()
    ]
    return merge(*tapes, key=attrgetter("seen"))


class _Symbol:
    """One symbol's market, in whole cents."""

    def __init__(self, name: str, cents: int, random: Random, *, start: int, end: int, rate: float) -> None:
        self._name = name
        self._random = random
        self._start = start
        self._seconds = (end - start) / SECOND
        self._end = end
        self._bid = max(cents, 1)
        self._ask = self._bid + 1
        self._number = 0
        # A random walk of ticks that spreads by 1 % of the price in a whole session.
        self._step = ceil(cents / 100 / (DAY_SECONDS * rate) ** 0.5)
        self._moves = (cents / 100 / self._step) ** 2 / (DAY_SECONDS * rate)
        # The mean of the rate over the day is `rate`: the U has mean 1, the burst adds its own area.
        burst = BURST * BURST_SECONDS / self._seconds * (1 - exp(-self._seconds / BURST_SECONDS))
        self._rate = rate / (1 + burst)

    def events(self) -> Iterator[Trade | Quote]:
        """The day, one event at a time."""
        random = self._random
        at = self._start
        yield self._quote(at)
        yield self._print(at, 100 * random.randrange(200, 2_000), ("@", "O"))
        told = (self._bid, self._ask)
        while (at := at + 1 + int(random.expovariate(self._pace(at)) * SECOND)) < self._end:
            self._walk()
            if (self._bid, self._ask) != told or random.random() < 0.3:
                told = (self._bid, self._ask)
                yield self._quote(at)
            at += random.randrange(1_000, 200_000)
            if at < self._end:
                yield self._trade(at)

    def _pace(self, at: int) -> float:
        """Trades a second: a U over the day, and the burst at its start."""
        passed = (at - self._start) / SECOND
        middle = 2 * passed / self._seconds - 1
        return self._rate * (0.6 + 1.2 * middle * middle + BURST * exp(-passed / BURST_SECONDS))

    def _walk(self) -> None:
        random = self._random
        if random.random() < self._moves:
            self._bid = max(1, self._bid + random.choice((-self._step, self._step)))
            self._ask = self._bid + random.choices((1, 2, 3), (85, 12, 3))[0]

    def _quote(self, at: int) -> Quote:
        random = self._random
        bid_size, ask_size = (100 * (1 + int(random.expovariate(0.2))) for _ in range(2))
        exchanges = random.choices("QPZKN", k=2)
        return Quote(
            self._name, self._bid / 100, bid_size, self._ask / 100, ask_size, at, at,
            ("R",), exchanges[0], exchanges[1], "C",
        )  # fmt: skip

    def _trade(self, at: int) -> Trade:
        """A print: near half of them odd lots, most others one round lot or a few, some neither."""
        random = self._random
        drawn = random.random()
        if drawn < 0.45:
            return self._print(at, min(99, 1 + int(random.expovariate(1 / 25))), ("@", "I"))
        size = 100 * (1 + int(random.expovariate(0.9))) if drawn < 0.9 else random.randrange(100, 2_000)
        return self._print(at, size, ("@", "F") if random.random() < 0.4 else ("@",))

    def _print(self, at: int, size: int, conditions: tuple[str, ...]) -> Trade:
        self._number += 1
        price = self._bid if self._random.random() < 0.5 else self._ask
        exchange = self._random.choice("QPZKND")
        return Trade(self._name, price / 100, size, at, at, conditions, exchange, "C", self._number)
