"""Is a connected stream really alive? Its silence is held against its own habit, while the market is open.

A stream that has been silent for strangely long is probed before it is given up: REST is asked for the symbol's last
print. Only if the market went on without us, or nobody answers, is the connection dropped and dialled again.
"""

import logging
import time
from functools import partial
from typing import Any

from hftd.core.cadence import Cadence
from hftd.core.engine import Engine
from hftd.runtime.loop import Loop
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.people.status import TRADING, market_events
from hftd.runtime.wire.stream import Stream

log = logging.getLogger("hftd")

ANSWER = 1.5  # seconds the venue has to answer a probe
BEHIND = 1_000_000_000  # ns the venue's last print may be newer than ours: answers cross on the way


class Liveness:
    """Watches the market-data stream; ``check`` belongs into the daemon's beat."""

    def __init__(self, loop: Loop, stream: Stream, engine: Engine, office: BackOffice) -> None:
        self._loop = loop
        self._stream = stream
        self._engine = engine
        self._office = office
        self._cadence = Cadence()
        self._events = 0
        self._probing = 0.0
        self._listening = False

    def check(self) -> None:
        """Learn from what came in since the last check, and act on a silence that is strange."""
        now = time.monotonic()
        events = market_events(self._engine)
        count, self._events = events - self._events, events
        listening = self._stream.up and self._engine.state.phase in TRADING
        if not listening or not self._listening or count < 0:
            self._listening = listening
            self._cadence.begin(now)
        elif count:
            self._cadence.heard(count, now)
        elif self._cadence.mute(now) and not self._probing:
            self._probe(now)

    def _probe(self, now: float) -> None:
        lines = self._engine.state.book.lines
        symbol = max(lines, key=lambda each: lines[each].seen, default="")
        if not symbol:
            return
        self._probing = now
        answered = partial(self._probed, now, symbol)
        self._office.ask("last_trade", [symbol], answered)
        self._loop.after(ANSWER, partial(answered, None, f"nothing within {ANSWER:.0f} s"))

    def _probed(self, since: float, symbol: str, last: Any, failure: str) -> None:
        if self._probing != since:
            return  # this probe is over
        self._probing = 0.0
        silence = self._cadence.silence(since)
        if not self._stream.up or self._cadence.silence(time.monotonic()) < silence:
            return  # it spoke again meanwhile, or went by itself
        ours = self._engine.state.book.lines[symbol].seen
        if last is not None and last <= ours + BEHIND:
            log.info("market data is silent for %.1f s, and so is the market: no newer print of %s", silence, symbol)
            self._cadence.begin(time.monotonic())
            return
        why = f"the venue printed {symbol} since" if last is not None else f"and the venue does not answer: {failure}"
        self._stream.give_up(f"mute for {silence:.1f} s: {why}")
