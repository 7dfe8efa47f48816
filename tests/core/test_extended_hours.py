"""Before and after the regular session: which orders go out, how they are marked, and how a replay fills them."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hftd import Fill, Model, Quote, Trade, buy, hookimpl, sell
from hftd.config.schema import Config, Session
from hftd.core.desk import Desk
from hftd.core.effects import Effect, Refuse, Replace, Submit
from hftd.core.events import OrderUpdate, VenuePosition
from hftd.core.intents import Intent, amend
from hftd.core.orders import Order
from hftd.core.risk.gate import session
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.session import Day, Phase
from hftd.core.state import State
from hftd.lab.replay.backtest import Played, backtest
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.plugin.keys import Keys
from hftd.plugin.model import Options
from hftd.venues.alpaca.broker import AlpacaBroker

D = Decimal
SECOND = 1_000_000_000
HOUR = 3600 * SECOND
OPEN = 1_381_152_600 * SECOND  # 2013-10-07, 9:30 in New York
CLOSE = OPEN + 6 * HOUR + HOUR // 2
EARLY, LATE = OPEN - 5 * HOUR - HOUR // 2, CLOSE + 4 * HOUR  # 4:00 and 20:00
DAY = Day("2013-10-07", (Phase("pre", EARLY, OPEN), Phase("regular", OPEN, CLOSE), Phase("post", CLOSE, LATE)))
ALL = ("pre", "regular", "post")


def state(now: int, regular: tuple[int, int] | None = (OPEN, CLOSE)) -> State:
    made = State()
    made.phase, made.reconciled, made.now, made.regular = "open", True, now, regular
    made.day, made.run = "2013-10-07", "abc123"
    return made


# ---- when it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "extended"),
    [(EARLY, True), (OPEN - 1, True), (OPEN, False), (CLOSE - 5 * SECOND - 1, False), (CLOSE - 5 * SECOND, True),
     (CLOSE, True), (LATE - 1, True)],
)  # fmt: skip
def test_it_is_outside_the_regular_session_before_it_and_once_an_order_might_come_too_late(
    now: int, extended: bool
) -> None:
    assert state(now).extended is extended
    assert not state(now, None).extended, "a session that is all there is has no outside"


# ---- what may go out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "found"),
    [
        (buy("SPY", 1), "at the market"),
        (sell("SPY", 1, tif="opg"), "at the market"),
        (buy("SPY", 1, limit=100, tif="ioc"), 'for "ioc"'),
        (buy("SPY", 1, limit=100, tif="gtc"), 'for "gtc"'),
        (buy("SPY", 1, limit=100), ""),
    ],
)
def test_only_limit_orders_for_the_day_go_out(intent: Intent, found: str) -> None:
    check = session(Limits())
    expected = f"outside the regular session only limit orders for the day go out, this one is {found}"

    assert [check(intent, state(now)) for now in (OPEN - 1, OPEN, CLOSE)] == [
        expected if found else None, None, expected if found else None,
    ]  # fmt: skip


def orders(made: State, act: Callable[[Desk], None]) -> list[Order]:
    out: list[Effect] = []
    act(Desk(made, (), out))
    return [effect.order for effect in out if isinstance(effect, Submit)]


@pytest.mark.parametrize(("now", "extended"), [(OPEN - 1, True), (OPEN, False)])
def test_a_position_is_given_up_at_the_quote_and_up_to_a_hundredth_beyond_it(now: int, extended: bool) -> None:
    """562.03 less 1 % is 556.4097, and 0.4321 more 1 % is 0.436421; no order is worse than that. QQQ has no quote."""
    made = state(now)
    for symbol, shares in (("SPY", 10), ("PENNY", -7), ("QQQ", 3)):
        made.ledger.adopt(VenuePosition(symbol, D(shares), D(100)))
        made.book.watch(symbol)
    made.book.quote(Quote("SPY", 562.03, 1, 562.05, 1, now, now))
    made.book.quote(Quote("PENNY", 0.4311, 1, 0.4321, 1, now, now))
    made.book.quote(Quote("QQQ", 0.0, 0, 480.0, 1, now, now))
    sent = {order.symbol: order for order in orders(made, Desk.flatten)}

    assert {symbol: order.limit for symbol, order in sent.items()} == (
        {"SPY": D("556.41"), "PENNY": D("0.4364")} if extended else dict.fromkeys(("SPY", "PENNY", "QQQ"))
    )
    assert {order.extended for order in sent.values()} == {extended}


def test_an_amended_order_keeps_the_hours_of_the_old_one() -> None:
    """As at the venue, whose PATCH /v2/orders/{id} says nothing of them."""
    made, out = state(OPEN - 1), list[Effect]()
    desk, seat = Desk(made, (), out), Seat("m", object(), ["SPY"])
    desk.take(seat, buy("SPY", 1, limit=100))
    (submit,) = out
    assert isinstance(submit, Submit)
    made.blotter.update(OrderUpdate(submit.order.id, "accepted", OPEN, OPEN, "v1"))
    made.now = OPEN
    desk.take(seat, amend(submit.order.id, limit=101))

    assert isinstance(out[1], Replace)
    assert (submit.order.extended, out[1].order.extended) == (True, True)


# ---- how the venue is told -------------------------------------------------------------------------------------


@pytest.mark.parametrize("extended", [True, False])
def test_the_venue_is_told_which_orders_are_meant_for_these_hours(extended: bool) -> None:
    """POST /v2/orders: extended_hours is true for limit orders with tif day or gtc, and for no other."""
    broker = AlpacaBroker("https://paper.example", Keys("k", "s"))
    order = Order("a", "m", "SPY", "buy", D(1), D("562.17"), "day", 0, "", extended)
    body: dict[str, Any] = json.loads(broker.submit(order).wire.partition(b"\r\n\r\n")[2])

    assert body.get("extended_hours") == (True if extended else None)
    assert (body["type"], body["time_in_force"]) == ("limit", "day")


# ---- a replay of such a day ------------------------------------------------------------------------------------


class Symbol(Options):
    symbol: str = "SPY"


class Wishes(Model):
    """At prints of 1 wishes for the market, at prints of 2 bids 100.00, at prints of 3 bids 90.00."""

    Options = Symbol

    def on_trade(self, trade: Trade) -> Intent | None:
        if trade.size == 1:
            return buy("SPY", 1)
        return buy("SPY", trade.size, limit=100 if trade.size == 2 else 90) if trade.size < 4 else None


class Shipped:
    @hookimpl
    def register_models(self) -> dict[str, type[Model]]:
        return {"wishes": Wishes}


def played(*tape: Trade | Quote, phases: Any = ALL, flatten: bool = False) -> tuple[Played, list[Any]]:
    """What came of the tape: fills, refusals, and orders that expired."""
    plugins = host.load(None, entries=())
    plugins.add(Shipped(), "of the test", __file__, "")
    config = Config(session=Session(phases=phases, flatten=flatten))
    plans = blueprints(config, plugins, Path("hftd.toml"))
    told: list[Any] = []

    def watch(event: object, effects: object) -> None:
        told.extend(
            each for each in (event, *effects)  # type: ignore[misc]
            if isinstance(each, Fill | Refuse | Submit) or (isinstance(each, OrderUpdate) and each.status == "expired")
        )  # fmt: skip

    return backtest(config, plugins, plans, tape, cash=D(100_000), days=[DAY], watch=watch), told


def trade(at: int, size: int, price: float = 100.0) -> Trade:
    return Trade("SPY", price, size, at, at, ("T",) if not OPEN <= at < CLOSE else (), "V", "B", 1)


def quote(at: int, bid: float, ask: float) -> Quote:
    return Quote("SPY", bid, 100, ask, 100, at, at)


def test_an_early_limit_order_fills_before_the_open_and_one_at_the_market_is_refused() -> None:
    at = EARLY + HOUR
    _, told = played(quote(at, 99.9, 100.0), trade(at + 1, 9), trade(at + 2, 1), trade(at + 3, 2))
    refusal, submit, fill = told

    assert (refusal.code, refusal.reason.partition(",")[0]) == (
        "session", "outside the regular session only limit orders for the day go out",
    )  # fmt: skip
    assert submit.order.extended
    assert (fill.shares, fill.price, fill.ts) == (D(2), D("100.0"), at + 3)


def test_an_order_of_the_regular_session_ends_with_it_and_one_from_outside_lives_to_the_evening() -> None:
    _, told = played(
        trade(EARLY + HOUR, 9), trade(EARLY + HOUR + 1, 3), quote(OPEN + 1, 100.9, 101.0), trade(OPEN + 2, 2, 101.0),
        trade(OPEN + 3, 1, 101.0), quote(CLOSE + 1, 89.0, 89.5), trade(CLOSE + 2, 9, 89.5),
    )  # fmt: skip
    early, regular, market, bought, expired, late = told

    assert [each.order.extended for each in (early, regular, market)] == [True, False, False]
    assert (bought.order, bought.price) == (market.order.id, D("101.0"))
    assert (expired.order, expired.ts) == (regular.order.id, CLOSE)
    assert (late.order, late.price, late.ts) == (early.order.id, D("89.5"), CLOSE + 1)


def test_what_is_left_in_the_evening_is_sold_at_a_limit() -> None:
    last = LATE - 6 * SECOND
    played_day, told = played(quote(last, 99.9, 100.0), trade(last + 1, 2), flatten=True)

    bought, fill, sold, away = told
    assert (bought.order.side, sold.order.side, sold.order.limit) == ("buy", "sell", D("98.91"))
    assert (fill.price, away.price, away.shares) == (D("100.0"), D("99.9"), D(2))
    assert played_day.replay.engine.state.ledger.shares("SPY") == 0


def test_a_day_of_the_regular_session_alone_hears_nothing_of_it() -> None:
    _, told = played(quote(EARLY + 1, 99.9, 100.0), trade(EARLY + 2, 2), phases=("regular",))

    assert told == []
