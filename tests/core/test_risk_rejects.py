"""Rejections in a row: the symbol that pauses, the model that is benched, what ends a row, and a restart between."""

from decimal import Decimal

from hftd.core.effects import Bench, Effect, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import Event, Fill, OrderUpdate, SessionPhase, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.recall import recall
from hftd.core.risk.limits import Limits
from hftd.core.risk.rejects import rejects
from hftd.core.seat import Seat
from hftd.core.state import Row, State, open_account

D = Decimal
SECOND = 10**9
LIMITS = Limits(max_rejects=3, cool_down_seconds=30, bench_after_rejects=5)


def state(count: int, at: int = 0, now: int = 0) -> State:
    made = State()
    made.rejects["SPY"], made.now = Row(count, at), now
    return made


def test_a_symbol_pauses_after_so_many_in_a_row() -> None:
    """After two the next may go, after three none; another symbol is not concerned."""
    check = rejects(LIMITS)
    assert check(buy("SPY", 1), State()) is None
    assert check(buy("SPY", 1), state(2)) is None
    expected = "the venue rejected 3 orders in SPY in a row, next try in 30.0 s"
    assert check(buy("SPY", 1), state(3)) == expected
    assert check(buy("QQQ", 1), state(3)) is None


def test_when_the_pause_is_over_one_may_try() -> None:
    """Thirty seconds after the last rejection, not a nanosecond before; what is rejected then pauses again."""
    check, over = rejects(LIMITS), 5 * SECOND + 30 * SECOND
    assert check(buy("SPY", 1), state(3, at=5 * SECOND, now=over - 1)) is not None
    made = state(3, at=5 * SECOND, now=over)
    assert check(buy("SPY", 1), made) is None
    made.rejected("SPY", over)
    assert check(buy("SPY", 1), made) == "the venue rejected 4 orders in SPY in a row, next try in 30.0 s"


def test_what_closes_may_pass_while_a_symbol_pauses() -> None:
    """The 10 that are held, and not an eleventh."""
    made, check = state(3), rejects(LIMITS)
    made.ledger.adopt(VenuePosition("SPY", D(10), D(100)))
    assert check(sell("SPY", 10), made) is None
    assert check(sell("SPY", 11), made) is not None


class Eager:
    """A model that buys on every print."""

    def on_trade(self, trade: Trade) -> Intent:
        return buy(trade.symbol, 1)


class Day:
    """A day with eager models a and b in two symbols, whose orders are answered by hand."""

    def __init__(self) -> None:
        self.engine = self._engine()
        self.now = 0
        self.noted: list[Event | Effect] = []
        self.hear(SessionPhase("open", "2026-10-19", 1, 0, "r"))

    def _engine(self) -> Engine:
        seats = [Seat("a", Eager(), ["SPY", "QQQ"]), Seat("b", Eager(), ["IWM"])]
        return Engine(open_account(D(100_000)), seats, [("rejects", rejects(LIMITS))], flatten=False)

    def hear(self, event: Event) -> list[Effect]:
        effects = list(self.engine.step(event))
        self.noted += [event, *effects]
        return effects

    def ordered(self, symbol: str = "SPY", after: int = 1) -> str:
        """The order that comes of a print."""
        self.now += after
        (effect,) = self.hear(Trade(symbol, 100.0, 1, self.now, self.now))
        assert isinstance(effect, Submit), effect
        return effect.order.id

    def rejected(self, symbol: str = "SPY", after: int = 1) -> list[Effect]:
        """A print's order, rejected; what follows besides the warning."""
        order = self.ordered(symbol, after)
        return self.hear(OrderUpdate(order, "rejected", self.now, self.now, "", "no"))[1:]

    def restarted(self) -> Engine:
        """A fresh engine that remembers the day."""
        made = self._engine()
        made.recalling = True
        for each in self.noted:
            if isinstance(each, Effect):
                recall(made, each)
            else:
                made.step(each)
        made.recalling = False
        return made


def test_a_model_whose_orders_are_rejected_in_a_row_is_benched() -> None:
    """Five, over two symbols; the other model goes on."""
    day = Day()
    assert [day.rejected(symbol) for symbol in ("SPY", "SPY", "QQQ", "QQQ")] == [[], [], [], []]
    assert day.rejected("SPY") == [Bench("a", "5 orders in a row were rejected")]
    assert day.hear(Trade("SPY", 100.0, 1, 50, 50)) == []
    day.ordered("IWM")


def test_what_the_venue_takes_ends_both_rows() -> None:
    """An acceptance does, once: what is said of that order later ends no row that began since."""
    day = Day()
    day.rejected()
    day.rejected()
    taken = day.ordered()
    day.hear(OrderUpdate(taken, "accepted", day.now, day.now, "v"))
    assert (day.engine.state.rejects, day.engine.seats["a"].rejects) == ({}, 0)
    day.rejected()
    day.hear(OrderUpdate(taken, "accepted", day.now, day.now, "v", "reconciled"))
    day.hear(Fill(taken, "x", "SPY", "buy", D(1), D(100), day.now, day.now))
    assert (day.engine.state.rejects["SPY"].count, day.engine.seats["a"].rejects) == (1, 1)


def test_a_fill_or_an_end_is_as_good_as_an_acceptance() -> None:
    """The acceptance itself may have been lost on the way; an unknown fate is none."""
    for word in ("fill", "canceled"):
        day = Day()
        day.rejected()
        order = day.ordered()
        day.hear(OrderUpdate(order, "unknown", day.now, day.now))
        assert day.engine.seats["a"].rejects == 1
        day.hear(
            Fill(order, "x", "SPY", "buy", D(1), D(100), day.now, day.now)
            if word == "fill" else OrderUpdate(order, "canceled", day.now, day.now, "v")
        )  # fmt: skip
        assert (day.engine.state.rejects, day.engine.seats["a"].rejects) == ({}, 0), word


def test_a_new_day_begins_without_rejections() -> None:
    """For symbols and for models."""
    day = Day()
    day.rejected()
    day.hear(SessionPhase("open", "2026-10-20", day.now, 0, "s"))
    assert (day.engine.state.rejects, day.engine.seats["a"].rejects) == ({}, 0)


def test_rows_and_pauses_survive_a_restart() -> None:
    """After three in SPY the remembered engine refuses too; the model has two left, and they bench it."""
    day = Day()
    for _ in range(3):
        day.rejected()
    day.engine = day.restarted()
    assert {"SPY": Row(3, day.now)} == day.engine.state.rejects
    day.now += 1
    (effect,) = day.hear(Trade("SPY", 100.0, 1, day.now, day.now))
    assert isinstance(effect, Refuse)
    assert effect.code == "rejects"
    assert day.rejected(after=30 * SECOND) == []
    assert day.rejected("QQQ") == [Bench("a", "5 orders in a row were rejected")]
    assert day.restarted().seats["a"].standing == "benched"
