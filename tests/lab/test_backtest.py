"""A backtest from settings to figures: what is assumed decides when orders arrive, what they cost and what fills."""

import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from hftd import Bar, Fill, Model, Quote, Status, Trade, buy, cancel, hookimpl, sell
from hftd.config.schema import Config
from hftd.core.effects import Effect, Submit
from hftd.core.events import Event, FeedDown, OrderUpdate
from hftd.core.matching import Fees, Slippage, Terms
from hftd.core.orders import Order
from hftd.core.session import Day, Phase
from hftd.errors import HftdError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import Played, backtest
from hftd.lab.replay.latency import Drawn, Fixed, recorded
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.plugin.model import Options
from hftd.runtime.past.journal import Begin, Journal
from hftd.tape import open_tape

D = Decimal
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
OPEN = 1_381_152_600 * SECOND  # 2013-10-07, 9:30 in New York
CLOSE = OPEN + 6 * 3600 * SECOND + 1800 * SECOND
DAYS = (Day("2013-10-07", (Phase("regular", OPEN, CLOSE),)),)
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "us_equities"


class Symbol(Options):
    symbol: str = "SPY"


class Shipped:
    """A plugin of some models."""

    def __init__(self, *models: type[Model]) -> None:
        self.models = {model.__name__: model for model in models}

    @hookimpl
    def register_models(self) -> dict[str, type[Model]]:
        return self.models


def loaded(*models: type[Model]) -> tuple[host.Plugins, tuple[Blueprint, ...]]:
    plugins = host.load(None, entries=())
    plugins.add(Shipped(*models), "of the test", __file__, "")
    return plugins, blueprints(Config(), plugins, Path("hftd.toml"))


class OnFirst(Model):
    """Buys a hundred at the first print."""

    Options = Symbol

    def start(self) -> None:
        self.done = False

    def on_trade(self, trade: Trade) -> object:
        if self.done:
            return None
        self.done = True
        return self.wish(trade)

    def wish(self, trade: Trade) -> object:
        return buy(trade.symbol, 100)


class Resting(OnFirst):
    """Rests a bid at the first print's price, and withdraws it with the first print of seven shares."""

    def wish(self, trade: Trade) -> object:
        return buy(trade.symbol, 100, limit=trade.price)

    def on_trade(self, trade: Trade) -> object:
        return cancel() if trade.size == 7 else super().on_trade(trade)


class OnBars(Model):
    """Keeps the bars it is told."""

    Options = Symbol

    def start(self) -> None:
        self.bars: list[Bar] = []

    def on_bar(self, bar: Bar) -> object:
        self.bars.append(bar)
        return sell("SPY", 1) if len(self.bars) == 1 else None


class Watch:
    """Keeps every event and what followed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.effects: list[Effect] = []

    def __call__(self, event: Event, effects: Sequence[Effect]) -> None:
        self.events.append(event)
        self.effects += effects


def quote(after: float, bid: float, ask: float, size: int = 500) -> Quote:
    at = OPEN + round(after * SECOND)
    return Quote("SPY", bid, size, ask, size, at, at)


def trade(after: float, price: float, size: int = 100) -> Trade:
    at = OPEN + round(after * SECOND)
    return Trade("SPY", price, size, at, at)


def play(model: type[Model], tape: Iterable[Event], watch: Watch | None = None, **assumed: object) -> Played:
    return backtest(
        Config(), *loaded(model), tape,  # type: ignore[arg-type]
        cash=D(100_000), assumptions=Assumptions(**assumed), days=DAYS, watch=watch,  # type: ignore[arg-type]
    )  # fmt: skip


def paid(played: Played) -> list[tuple[int, str]]:
    return [(int(each.fill.shares), f"{each.fill.price:.2f}") for each in played.fills]


MOVING = [
    quote(1, 99.99, 100.01), trade(2, 100.00), quote(2.4, 100.09, 100.11), quote(2.6, 100.19, 100.21),
    trade(5, 100.20), trade(9, 100.20),
]  # fmt: skip


def test_at_once_an_order_meets_the_quote_it_was_decided_on() -> None:
    assert sum(shares for shares, _ in paid(play(OnFirst, MOVING))) == 100
    assert {price for _, price in paid(play(OnFirst, MOVING, terms=Terms(sizes=True)))} == {"100.01"}


@pytest.mark.parametrize(("there", "price"), [(0.3, "100.01"), (0.5, "100.11"), (0.7, "100.21")])
def test_an_order_on_its_way_meets_the_quote_that_is_there_when_it_arrives(there: float, price: str) -> None:
    played = play(OnFirst, MOVING, terms=Terms(sizes=True), latency=Fixed(round(there * SECOND)))
    assert paid(played) == [(100, price)]
    assert played.fills[0].fill.ts == OPEN + round((2 + there) * SECOND)
    assert played.fills[0].wanted == 100.00
    assert played.fills[0].decided == OPEN + 2 * SECOND


def test_reports_take_their_time_back_and_the_market_is_lived_first() -> None:
    watch = Watch()
    play(OnFirst, MOVING, watch, terms=Terms(sizes=True), latency=Fixed(SECOND // 2, SECOND))
    told = [(type(each).__name__, each.seen - OPEN) for each in watch.events if isinstance(each, Fill | OrderUpdate)]
    arrived = round(3.5 * SECOND)
    assert told == [("OrderUpdate", arrived), ("Fill", arrived), ("OrderUpdate", arrived)]
    kinds = [type(each) for each in watch.events if OPEN + 2 * SECOND <= each.seen < CLOSE - 10 * SECOND]
    assert kinds[:3] == [Trade, Quote, Quote]
    seen = [each.seen for each in watch.events]
    assert seen == sorted(seen)


def test_a_cancel_on_its_way_does_not_save_an_order_from_a_fill() -> None:
    tape = [quote(1, 99.99, 100.01), trade(2, 99.99), trade(3, 99.99, 7), quote(3.5, 99.90, 99.95), trade(9, 99.9)]
    assert paid(play(Resting, tape, terms=Terms(sizes=True))) == []
    late = play(Resting, tape, terms=Terms(sizes=True), latency=Fixed(SECOND))
    assert paid(late) == [(100, "99.95")]


@pytest.mark.parametrize(("back", "place"), [(0, 3), (SECOND // 4, 3), (SECOND, 4), (9 * SECOND, 5)])
def test_a_fill_that_nobody_asked_for_is_heard_before_what_comes_after_it(back: int, place: int) -> None:
    watch = Watch()
    tape = [
        quote(1, 99.99, 100.01), trade(2, 99.99), quote(3, 99.90, 99.95), trade(3.5, 99.91), trade(5, 99.92),
        trade(20, 99.93),
    ]  # fmt: skip
    played = play(Resting, tape, watch, terms=Terms(sizes=True), latency=Fixed(1, back))
    told = [each for each in watch.events if isinstance(each, Quote | Trade | Fill)]
    assert [type(each) for each in told].index(Fill) == place
    assert [each.seen for each in told] == sorted(each.seen for each in told)
    assert played.replay.engine.state.ledger.shares("SPY") == 100


def test_a_place_in_line_is_eaten_by_prints() -> None:
    tape = [
        quote(1, 99.99, 100.01, 150), trade(2, 99.99), trade(3, 99.99, 140), trade(4, 99.99, 50), trade(5, 99.99, 200),
        trade(9, 100.0),
    ]  # fmt: skip
    assert paid(play(Resting, tape)) == []
    # 150 were before it: 140 and 10 of 50 serve them, 40 are ours, and 60 of the next 200.
    assert paid(play(Resting, tape, terms=Terms(queue=True))) == [(40, "99.99"), (60, "99.99")]


def test_the_next_print_and_a_tick() -> None:
    played = play(OnFirst, MOVING, terms=Terms(slippage=Slippage("print", 1), sizes=True))
    assert paid(played) == [(100, "100.21")]
    assert played.fills[0].fill.ts == OPEN + 5 * SECOND


def test_fees_leave_the_account() -> None:
    free, charged = (
        play(OnFirst, MOVING, terms=Terms(sizes=True, fees=fees)) for fees in (Fees(), Fees(D("0.01"), D("1.50")))
    )
    assert D(free.facts["pnl"]) - D(charged.facts["pnl"]) == D("2.50")
    assert charged.replay.exchange.account.cash == charged.replay.engine.state.ledger.cash


def test_a_halt_of_the_tape_is_honoured() -> None:
    at = OPEN + round(2.1 * SECOND)
    halted, resumed = (Status("SPY", stop, "H", "", when, when) for stop, when in ((True, at), (False, at + SECOND)))
    tape = [*MOVING[:2], halted, *MOVING[2:4], resumed, quote(4, 100.29, 100.31), trade(5, 100.30)]
    played = play(OnFirst, tape, terms=Terms(sizes=True), latency=Fixed(SECOND // 4))
    assert paid(played) == [(100, "100.31")]


def test_after_a_gap_of_the_tape_an_old_quote_fills_nothing() -> None:
    tape = [*MOVING[:2], FeedDown("tape", "a gap", OPEN + 3 * SECOND), quote(60, 101.0, 101.02), trade(61, 101.0)]
    played = play(OnFirst, tape, terms=Terms(sizes=True), latency=Fixed(2 * SECOND))
    assert paid(played) == [(100, "101.02")]


def test_equity_is_what_cash_and_shares_make_minute_by_minute() -> None:
    tape = [*MOVING, trade(90, 102.01), trade(200, 101.01)]
    played = play(OnFirst, tape, terms=Terms(sizes=True))
    worth = {(each.at - OPEN) // SECOND: (each.equity, each.gross, each.net) for each in played.equity}
    # A hundred bought at 100.01; the last prints before the minutes are 100.20, 102.01 and 101.01.
    assert worth[60] == pytest.approx((100_019.0, 10_020.0, 10_020.0))
    assert worth[120] == pytest.approx((100_200.0, 10_201.0, 10_201.0))
    assert worth[240] == pytest.approx((100_100.0, 10_101.0, 10_101.0))
    times = [each.at for each in played.equity]
    assert times == sorted(times)
    assert len(times) >= 390


def test_days_that_were_over_before_the_tape_began_are_not_played() -> None:
    """Friday is no part of a tape of Monday, and would halve every average."""
    friday = Day("2013-10-04", (Phase("regular", OPEN - 3 * DAY, CLOSE - 3 * DAY),))
    days = []
    for known in (DAYS, (friday, *DAYS)):
        made = backtest(Config(), *loaded(OnFirst), MOVING, cash=D(1000), days=known)
        days.append([(each.day, each.at, each.equity) for each in made.equity])
    assert days[0] == days[1]
    assert {day for day, _, _ in days[0]} == {"2013-10-07"}


def test_progress_is_told_the_time_of_the_tape() -> None:
    told: list[int] = []
    backtest(Config(), *loaded(OnFirst), MOVING, cash=D(1000), days=DAYS, progress=told.append)
    assert told == sorted(told)
    assert told[-1] >= CLOSE


def test_models_hear_bars_that_a_tape_of_prints_does_not_hold() -> None:
    watch = Watch()
    play(OnBars, [trade(1, 100.0), trade(30, 101.0), trade(61, 99.0), trade(300, 100.0)], watch)
    bars = [each for each in watch.events if isinstance(each, Bar) and each.span == "minute"]
    assert [(bar.ts - OPEN, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars] == [
        (0, 100.0, 101.0, 100.0, 101.0, 200),
        (60 * SECOND, 99.0, 99.0, 99.0, 99.0, 100),
        (300 * SECOND, 100.0, 100.0, 100.0, 100.0, 100),
    ]
    # Nobody hears of a minute before it is over.
    assert all(bar.seen >= bar.ts + 60 * SECOND for bar in bars)


def test_bars_of_the_tape_itself_are_not_made_again() -> None:
    watch, at = Watch(), OPEN + 60 * SECOND
    play(OnBars, [trade(1, 100.0), Bar("SPY", 1, 2, 1, 2, 5, OPEN, at), trade(61, 99.0), trade(300, 100.0)], watch)
    assert [bar.volume for bar in watch.events if isinstance(bar, Bar)] == [5]


def test_a_tape_without_events_is_told() -> None:
    with pytest.raises(HftdError, match="the tape holds no event"):
        play(OnFirst, [])


# ---- latency ---------------------------------------------------------------------------------------------------


def test_latency_is_drawn_by_its_seed_from_what_was_recorded() -> None:
    def first(seed: int) -> list[tuple[int, int]]:
        ways = Drawn((10, 21, 400), seed).ways()
        return [next(ways) for _ in range(50)]

    assert first(1) == first(1)
    assert first(1) != first(2)
    assert {sum(each) for each in first(1)} == {10, 21, 400}


def test_a_journal_tells_how_long_orders_took(tmp_path: Path) -> None:
    journal = Journal(tmp_path, Begin(1, "2013-10-07", "run", "0", {}))

    def sent(name: str, at: int) -> None:
        journal.effects([Submit(Order(name, "m", "SPY", "buy", D(1), None, "day", at))])

    sent("a", 1000)
    sent("b", 2000)
    journal.event(OrderUpdate("a", "accepted", 0, 1700))
    journal.event(OrderUpdate("a", "filled", 0, 9000))
    journal.event(OrderUpdate("b", "unknown", 0, 5000))
    sent("c", 6000)
    journal.event(OrderUpdate("c", "rejected", 0, 6300))
    sent("d", 7000)
    journal.event(OrderUpdate("d", "rejected", 0, 7001, unsent=True))
    journal.close()
    assert recorded(tmp_path, 3) == Drawn((700, 300), 3)


def test_a_journal_without_an_answered_order_is_told(tmp_path: Path) -> None:
    Journal(tmp_path, Begin(1, "2013-10-07", "run", "0", {})).close()
    with pytest.raises(HftdError, match="no order was answered"):
        recorded(tmp_path)


# ---- a real day ------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here")
def test_on_a_real_day_fees_and_latency_cost_money() -> None:
    tape = list(open_tape([DATA / f"ibm_{kind}_20131007.parquet" for kind in ("trades", "quotes")]))

    class Ibm(Options):
        symbol: str = "IBM"

    class Often(Model):
        """Buys and sells by turns, every fiftieth print."""

        Options = Ibm

        def start(self) -> None:
            self.heard = 0

        def on_trade(self, event: Trade) -> object:
            self.heard += 1
            if self.heard % 50:
                return None
            return (buy if self.heard % 100 else sell)(event.symbol, 10)

    def run(**assumed: object) -> Played:
        return backtest(
            Config(), *loaded(Often), tape, cash=D(100_000), days=DAYS,
            assumptions=Assumptions(**assumed),  # type: ignore[arg-type]
        )  # fmt: skip

    plain, fees, late = run(), run(terms=Terms(fees=Fees(per_share=D("0.01")))), run(latency=Fixed(5_000_000))
    shares = sum(each.fill.shares for each in fees.fills)
    assert shares > 1_000
    assert D(plain.facts["pnl"]) - D(fees.facts["pnl"]) == shares / 100
    assert all(each.fill.ts - each.decided >= 5_000_000 for each in late.fills)
    assert {each.fill.ts for each in plain.fills} != {each.fill.ts for each in late.fills}
