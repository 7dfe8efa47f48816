"""A year of the daemon's days, in seconds: the schedule, a fake clock and the engine."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hftd.core.effects import Connect, Disconnect
from hftd.core.engine import Engine
from hftd.core.events import SessionPhase
from hftd.core.session import NEVER, Schedule, schedule
from hftd.core.state import open_account
from hftd.venues.exchange_calendar import trading_days

SECOND = 1_000_000_000


class FakeClock:
    """Sleeps at once: waiting until a moment makes it that moment."""

    def __init__(self, now: int) -> None:
        self.now = now

    def sleep_until(self, moment: int) -> None:
        assert moment > self.now
        self.now = moment


def test_a_year_of_days_connects_and_sleeps_once_a_session() -> None:
    """2026 has 251 NYSE sessions (two of them early closes), says the exchange's own holiday list."""
    days = trading_days(date(2026, 1, 1), date(2026, 12, 31))
    moments = schedule(days, ["regular"], 300 * SECOND, 5 * SECOND, 5 * SECOND)
    plan, clock = Schedule(moments), FakeClock(moments[0].seen - 3600 * SECOND)
    engine = Engine(open_account(Decimal(0)), [], [], flatten=False)
    effects: Counter[type] = Counter()
    phases: Counter[str] = Counter()
    open_seconds: Counter[int] = Counter()

    engine.step(plan.at(clock.now))
    while plan.next != NEVER:
        clock.sleep_until(plan.next)
        phase = plan.due(clock.now)
        assert isinstance(phase, SessionPhase)
        effects.update(type(effect) for effect in engine.step(phase))
        phases[engine.state.phase] += 1
        if phase.phase == "open":
            open_seconds[(phase.until - phase.seen) // SECOND] += 1

    assert phases == dict.fromkeys(("warmup", "open", "closing", "closed", "asleep"), 251)
    assert (effects[Connect], effects[Disconnect]) == (251, 251)
    # 6.5 hours, and 3.5 on 27 November and 24 December; each less the five seconds of closing.
    assert open_seconds == {23_395: 249, 12_595: 2}
