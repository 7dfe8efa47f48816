"""What the daemon asks the venue over REST: the account, single orders, the time, what a gap swallowed.

The update stream is a hint and REST is the truth, so the account is asked for at start, after each reconnect, and every
few seconds in between; an order whose fate is unknown is asked for until the venue says.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from hftd.core.book import Book
from hftd.core.events import Bar, Event, Gap
from hftd.plugin.protocols import Feed
from hftd.runtime.clock import Clock
from hftd.runtime.loop import Loop
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.wire.budget import Budget

log = logging.getLogger("hftd")

EVERY = 5.0  # seconds between two looks at the account while nothing calls for one
RETRY = 1.0  # seconds between questions the venue has not answered
COST = 3  # requests a look at the account takes: orders, positions, account
PINGED = 0.3  # seconds in which a simulated venue that runs tells its time at least once
SYMBOLS = 10  # symbols whose bars are asked for after a gap


class Inquiry:
    """Asks, and passes what comes back to ``hear``."""

    def __init__(
        self, loop: Loop, office: BackOffice, clock: Clock, budget: Budget, hear: Callable[[Event], None]
    ) -> None:
        self.trouble = ""
        """Why the account cannot be read; empty while it can."""
        self._loop = loop
        self._office = office
        self._clock = clock
        self._budget = budget
        self._hear = hear
        self._awake = False
        self._asking = False
        self._again = False
        self._unresolved: set[str] = set()

    def wake(self) -> None:
        """The session is near: look at the account now and then from here on."""
        if not self._awake:
            self._awake = True
            self._loop.after(EVERY, self._look_now_and_then)

    def sleep(self) -> None:
        """The session is over."""
        self._awake = False
        if self._clock.follows:
            self._ask_time()

    # ---- the account ---------------------------------------------------------------------------------------------

    def reconcile(self) -> None:
        """Look at the whole account, finished orders too. Asked while a look is under way, it looks once more."""
        if self._asking:
            self._again = True
        else:
            self._asking = True
            self._when_allowed(self._look_at_all)

    def _look_at_all(self) -> None:
        self._budget.spend(time.monotonic(), COST)
        self._look(brief=False)

    def _look(self, *, brief: bool) -> None:
        self._asking = True
        self._office.ask("snapshot", [self._clock.now(), brief], self._seen)

    def _when_allowed(self, ask: Callable[[], None]) -> None:
        """Ask now, or where the venue asked us to wait, when that is over: what cannot wait for the budget."""
        wait = self._budget.closed(time.monotonic())
        if wait:
            self._loop.after(wait, ask)
        else:
            ask()

    def _seen(self, snapshot: Any, failure: str) -> None:
        self._asking = False
        if snapshot is None:
            # Once more soon, then no oftener than usual: a venue in trouble has enough to do.
            wait = EVERY if self.trouble else RETRY
            if not self.trouble:
                log.warning("the account cannot be read: %s", failure)
            self.trouble = f"the account cannot be read: {failure}"
            if self._awake:
                self._loop.after(wait, self.reconcile)
            return
        if self.trouble:
            log.info("the account can be read again")
        self.trouble = ""
        self._hear(snapshot)
        if self._again:
            self._again = False
            self.reconcile()

    def _look_now_and_then(self) -> None:
        if not self._awake:
            return
        if not self._asking and not self.trouble and self._budget.ask(time.monotonic(), COST):
            self._look(brief=True)
        self._loop.after(EVERY, self._look_now_and_then)

    # ---- one order -----------------------------------------------------------------------------------------------

    def resolve(self, order: str) -> None:
        """Ask what became of an order, soon and until the venue says."""
        if order not in self._unresolved:
            self._unresolved.add(order)
            self._loop.after(RETRY, partial(self._look_up, order))

    def _look_up(self, order: str) -> None:
        if self._budget.ask(time.monotonic(), 1):
            self._office.ask("order", [order, self._clock.now()], partial(self._looked_up, order))
        else:
            self._loop.after(RETRY, partial(self._look_up, order))

    def _looked_up(self, order: str, found: Any, failure: str) -> None:
        self._unresolved.discard(order)
        if found is None:
            log.warning("order %s cannot be looked up: %s", order, failure, extra={"fields": {"HFTD_ORDER": order}})
            self.resolve(order)
        else:
            self._hear(found)

    # ---- a gap ---------------------------------------------------------------------------------------------------

    def after_gap(self, feed: Feed, book: Book) -> None:
        """A stream of market data is back while the market is open: what it missed is a gap, if it ever spoke today."""
        since = max((line.seen for line in book.lines.values()), default=0)
        if since:
            ask = partial(self.fill_gap, feed.name, since, feed.wanted.trades)
            # A simulated venue's time stood still with its stream; the next ping says how long the gap was.
            self._loop.after(PINGED if self._clock.follows else 0.0, ask)

    def fill_gap(self, feed: str, since: int, symbols: tuple[str, ...]) -> None:
        """Ask for the minute bars a feed missed since ``since`` (ns), and tell of the gap with whatever came."""
        self._when_allowed(partial(self._ask_bars, feed, since, self._clock.now(), symbols))

    def _ask_bars(self, feed: str, since: int, until: int, symbols: tuple[str, ...]) -> None:
        waiting = set(symbols[:SYMBOLS])
        bars: list[Bar] = []

        def told(symbol: str, found: Any, failure: str) -> None:
            waiting.discard(symbol)
            bars.extend(found or ())
            if failure:
                log.warning("the bars %s missed cannot be had: %s", symbol, failure)
            if not waiting:
                self._hear(Gap(feed, since, until, self._clock.now(), tuple(bars)))

        if not waiting:
            self._hear(Gap(feed, since, until, self._clock.now()))
        for symbol in tuple(waiting):
            self._budget.spend(time.monotonic())
            self._office.ask("bars", [symbol, since, until], partial(told, symbol))

    # ---- the time ------------------------------------------------------------------------------------------------

    def _ask_time(self) -> None:
        """With the streams closed nobody tells the simulated venue's time: ask for it."""
        if not self._awake:
            self._office.ask("clock", [], self._told_time)

    def _told_time(self, now: Any, _: str) -> None:
        if now is not None:
            self._clock.hear(now)
        self._loop.after(RETRY, self._ask_time)
