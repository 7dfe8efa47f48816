"""One look at an intent, compiled and in Python: what it calls sure, every check passes; and most of a day is sure."""

from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.desk import Desk
from hftd.core.events import Band, Fill, Quote, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.orders import Order
from hftd.core.risk.chain import SHIPPED, Chain, chain
from hftd.core.risk.glance import ALL, NOTHING, ORDER, bounds_of, glance_in_python
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import SECOND, State, open_account

NOW = 1_700_000_000 * SECOND
SYMBOLS = ("SPY", "IBM", "BAC")

# Limits that what is drawn below meets; a few of them at a time, since most of the interest lies at their edges.
TIGHT = {
    "symbols": st.sampled_from([(), ("SPY", "IBM"), ("BAC",)]),
    "min_shares": st.sampled_from([Decimal(1), Decimal("0.5")]),
    "lot": st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(10)]),
    "max_shares": st.integers(1, 30).map(Decimal),
    "max_notional": st.integers(50, 3000).map(Decimal),
    "collar": st.sampled_from([0.01, 0.05]),
    "stale_seconds": st.integers(1, 3),
    "max_position": st.integers(1, 60).map(Decimal),
    "max_positions": st.integers(1, 4),
    "max_gross": st.integers(100, 9000).map(Decimal),
    "max_net": st.integers(100, 9000).map(Decimal),
    "max_value_at_risk": st.integers(10, 400).map(Decimal),
    "max_open_orders": st.integers(1, 6),
    "orders_per_second": st.integers(1, 6),
    "same_order_per_second": st.integers(1, 4),
    "orders_per_minute": st.integers(1, 8),
    "orders_per_day": st.integers(1, 12),
    "max_daily_loss": st.integers(1, 300).map(Decimal),
    "max_drawdown": st.integers(1, 300).map(Decimal),
}
LIMITS = st.lists(st.sampled_from(sorted(TIGHT)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: TIGHT[name] for name in names})
).map(lambda given: Limits(**given))
PRICES = st.sampled_from([99.0, 99.99, 100.0, 100.01, 104.0, 0.5])
SHARES = st.sampled_from([Decimal(each) for each in ("1", "2", "5", "10", "20", "0.5", "0.25", "30")])
SIDES = st.sampled_from(["buy", "sell"])
INTENTS = st.builds(
    Intent,
    symbol=st.sampled_from(SYMBOLS),
    side=SIDES,
    shares=SHARES,
    limit=st.sampled_from([None, None, *map(Decimal, ("100", "99.995", "104.5", "0.5", "1e30"))]),
)
# Of the 26 these need nothing but the intent, the market and what was sent; the others value what is held.
OF_THE_MOMENT_AND_THE_ORDER = (
    "halt", "session", "clock", "symbol", "frozen", "unknown_order", "market_halt", "rejects", "pace", "same_order",
    "open_orders", "lot", "size", "tick", "stale", "collar", "self_trade", "notional",
)  # fmt: skip
RARELY = MappingProxyType({
    "halted": lambda state: setattr(state, "halted", "by hand"),
    "not reconciled": lambda state: setattr(state, "reconciled", False),
    "stopping": lambda state: setattr(state, "stopping", True),
    "closing": lambda state: setattr(state, "phase", "closing"),
    "extended": lambda state: setattr(state, "regular", (NOW - 2 * SECOND, NOW + SECOND)),
    "skewed": lambda state: setattr(state, "skew", -2 * SECOND),
    "frozen": lambda state: state.frozen.update(SPY=VenuePosition("SPY", Decimal(1), Decimal(100))),
    "rejected": lambda state: [state.rejected("SPY", NOW) for _ in range(5)],
    "market halt": lambda state: setattr(state.book.watch("SPY"), "halted", True),
    "bands": lambda state: state.book.band(Band("SPY", 99.0, 101.0, "B", NOW, NOW)),
    "no power": lambda state: setattr(state, "buying_power", Decimal(700)),
    "unknown": lambda state: setattr(state.blotter.bind("SPY"), "unknown", 1),
    "peak": lambda state: setattr(state, "peak", Decimal(150)),
})  # fmt: skip


@st.composite
def accounts(draw: st.DrawFn) -> State:
    """An account in the middle of a day: prints, quotes, fills, a night's positions, orders on their way."""
    state = open_account(Decimal(100_000))
    state.phase, state.day, state.run, state.now = "open", "2023-11-14", "abcdef", NOW
    state.symbols = frozenset(draw(st.sampled_from([SYMBOLS, SYMBOLS[:2]])))
    for symbol in draw(st.sampled_from([SYMBOLS, SYMBOLS, SYMBOLS[:1]])):
        line, price = state.book.watch(symbol), draw(PRICES)
        line.volatility = draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("0.05")]))
        heard = NOW - draw(st.integers(0, 2)) * SECOND
        if draw(st.integers(0, 5)):
            state.book.trade(Trade(symbol, draw(PRICES), 100, heard, heard))
        if draw(st.booleans()):
            state.book.quote(Quote(symbol, price - 0.01, 100, price, 100, heard, heard))
    for number, symbol in enumerate(draw(st.lists(st.sampled_from(SYMBOLS), max_size=4))):
        paid = Decimal(str(draw(PRICES)))
        state.ledger.fill(Fill(f"f{number}", str(number), symbol, draw(SIDES), draw(SHARES), paid, NOW, NOW))
        if draw(st.booleans()):
            state.ledger.positions[symbol].carry()
    for number, symbol in enumerate(draw(st.lists(st.sampled_from(SYMBOLS), max_size=4))):
        at = NOW - draw(st.sampled_from([0, SECOND // 2, 2 * SECOND]))
        state.send(Order(f"o{number}", "model", symbol, draw(SIDES), draw(SHARES), None, "day", at))
    for what in draw(st.sets(st.sampled_from(sorted(RARELY)), max_size=1)):
        RARELY[what](state)
    return state


@pytest.fixture(params=["compiled", "python"], autouse=True)
def look(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which of the two is asked."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "python":
            patch.setattr(native, "wire", None)
        elif native.wire is None:
            pytest.skip("hftd was installed without a compiler")
        yield request.param


@given(accounts(), INTENTS, LIMITS)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sure_passes_every_check(state: State, intent: Intent, limits: Limits) -> None:
    checks = chain(SHIPPED, limits)
    assert checks.sure is not None
    sure = checks.sure(intent, state)
    event(f"sure: {sure}")
    state.ask("model", intent)
    sure_of = {NOTHING: (), ORDER: OF_THE_MOMENT_AND_THE_ORDER, ALL: tuple(SHIPPED)}[sure]
    refusals = {code: reason for code, check in checks if code in sure_of and (reason := check(intent, state))}
    assert refusals == {}


@pytest.mark.parametrize("look", ["compiled"], indirect=True)
@given(accounts(), INTENTS, LIMITS)
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_are_sure_of_the_same(look: str, state: State, intent: Intent, limits: Limits) -> None:
    sure = chain(SHIPPED, limits).sure
    assert sure is not None
    assert sure(intent, state) == glance_in_python(bounds_of(limits))(intent, state)


def ordinary() -> State:
    """35 shares bought at 101, an order to buy 5 more on its way, a print at 100 and a quote, heard two seconds ago."""
    state = open_account(Decimal(100_000))
    state.phase, state.day, state.run, state.now = "open", "2023-11-14", "abcdef", NOW + 2 * SECOND
    state.symbols, state.buying_power = frozenset(SYMBOLS), Decimal(100_000)
    state.book.watch("SPY")
    state.book.trade(Trade("SPY", 100.0, 100, NOW, NOW))
    state.book.quote(Quote("SPY", 99.99, 100, 100.01, 100, NOW, NOW))
    state.ledger.fill(Fill("f", "e", "SPY", "buy", Decimal(35), Decimal(101), NOW, NOW))
    state.send(Order("o", "model", "SPY", "buy", Decimal(5), None, "day", state.now))
    return state


@pytest.mark.parametrize("intent", [buy("SPY", 5), buy("SPY", 5, 100.01), buy("SPY", 5, 99)], ids=str)
def test_an_ordinary_intent_is_sure(intent: Intent) -> None:
    sure = chain(SHIPPED, Limits()).sure
    assert sure is not None
    assert sure(intent, ordinary()) == ALL


@pytest.mark.parametrize("look", ["compiled"], indirect=True)
def test_the_compiled_one_decides_by_itself(look: str) -> None:
    """Else it would be its twin that was tested twice."""
    asked: list[Intent] = []

    def twin(intent: Intent, state: State) -> int:
        asked.append(intent)
        return NOTHING

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hftd.core.risk.glance.glance_in_python", lambda bounds: twin)
        sure = chain(SHIPPED, Limits()).sure
    assert sure is not None
    found = [sure(intent, ordinary()) for intent in (buy("SPY", 5), buy("SPY", 5, 99), sell("SPY", 5))]
    assert (found, asked) == ([ALL, ALL, NOTHING], [])


@pytest.mark.parametrize("look", ["compiled"], indirect=True)
@pytest.mark.parametrize("odd", [Intent("SPY", "buy", 5), Intent("SPY", "buy", Decimal("NaN")),
                                 Intent(["SPY"], "buy", Decimal(5)), Intent("SPY", "buy", Decimal(5), "100")])  # type: ignore[arg-type]
def test_what_is_no_intent_as_it_should_be_is_looked_at_alike(look: str, odd: Intent) -> None:
    def told(ask: Any) -> Any:
        try:
            return ask(odd, ordinary())
        except Exception as error:
            return type(error)

    assert told(chain(SHIPPED, Limits()).sure) == told(glance_in_python(bounds_of(Limits())))


# By hand, for five more shares at 100.01: 45 shares, worth 4,500.05 dollars, two percent of which times 2.326 are
# 209.34; the day stands at -35.
EDGES: dict[str, tuple[Any, Any]] = {
    "symbols": (("IBM",), ("SPY",)), "min_shares": (6, 5), "lot": (2, 5), "max_shares": (4, 5),
    "max_notional": (500, 501), "stale_seconds": (1.9, 2), "max_position": (44, 45),
    "max_gross": (4500, 4501), "max_net": (4500, 4501), "max_value_at_risk": (209, 210),
    "fallback_volatility": (0.96, 0.95), "max_open_orders": (1, 2), "orders_per_second": (1, 2),
    "same_order_per_second": (1, 2), "orders_per_minute": (1, 2), "orders_per_day": (1, 2),
    "max_daily_loss": (34, 35), "max_drawdown": (34, 35),
}  # fmt: skip
OF_THE_ACCOUNT = {
    "max_position", "max_gross", "max_net", "max_value_at_risk", "fallback_volatility", "max_daily_loss",
    "max_drawdown",
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_beyond_the_edge_of_a_limit_its_check_is_not_sure(name: str) -> None:
    def look(value: Any) -> int:
        given = Decimal(value) if name.startswith(("min_", "lot", "max_")) and isinstance(value, int) else value
        sure = chain(SHIPPED, Limits(**{name: value if name == "max_open_orders" else given})).sure
        assert sure is not None
        return sure(buy("SPY", 5), ordinary())

    tight, wide = EDGES[name]
    assert (look(tight), look(wide)) == (ORDER if name in OF_THE_ACCOUNT else NOTHING, ALL)


def test_another_symbol_than_those_held_counts_as_one_more() -> None:
    state = ordinary()
    state.book.watch("IBM")
    state.book.trade(Trade("IBM", 100.0, 100, NOW, NOW))
    looks = [chain(SHIPPED, Limits(max_positions=most)).sure for most in (1, 2)]
    assert [look and look(buy("IBM", 5), state) for look in looks] == [ORDER, ALL]
    assert [look and look(buy("SPY", 5), state) for look in looks] == [ALL, ALL]


def test_a_limit_price_beyond_the_collar_is_not_sure() -> None:
    """Of the last price, 100, two percent are 2."""
    sure = chain(SHIPPED, Limits(collar=0.02)).sure
    assert sure is not None
    assert [sure(buy("SPY", 5, limit), ordinary()) for limit in (102, 102.01)] == [ALL, NOTHING]


@pytest.mark.parametrize("what", RARELY)
def test_what_is_rare_is_never_wholly_sure(what: str) -> None:
    state, sure = ordinary(), chain(SHIPPED, Limits(max_drawdown=Decimal(100))).sure
    assert sure is not None
    assert sure(buy("SPY", 20, 100), state) == ALL
    RARELY[what](state)
    assert sure(buy("SPY", 20, 100), state) == (ORDER if what in ("no power", "peak") else NOTHING)


def test_an_order_against_an_own_one_is_not_sure() -> None:
    sure = chain(SHIPPED, Limits()).sure
    assert sure is not None
    assert sure(sell("SPY", 5), ordinary()) == NOTHING


def test_checks_that_are_not_all_ours_are_asked_one_by_one() -> None:
    """One is missing, one has been put in the place of ours; one beside ours changes nothing for ours."""
    one = {"only": lambda limits: lambda intent, state: None}
    without = {code: factory for code, factory in SHIPPED.items() if code != "lot"}
    assert chain(without, Limits()).sure is None
    assert chain({**SHIPPED, "lot": one["only"]}, Limits()).sure is None
    assert chain({**SHIPPED, **one}, Limits()).sure is not None


def test_checks_that_are_sure_are_not_asked() -> None:
    asked: list[str] = []

    def noted(code: str, check: Any) -> Any:
        def ask(intent: Intent, state: State) -> str | None:
            asked.append(code)
            return check(intent, state)  # type: ignore[no-any-return]

        return ask

    limits = Limits(max_position=Decimal(60))
    made = chain({**SHIPPED, "foreign": lambda limits: lambda intent, state: None}, limits)
    checks = Chain((code, noted(code, check)) for code, check in made)
    checks.sure = made.sure
    state, out = ordinary(), []
    Desk(state, checks, out).take(Seat("model", object(), ("SPY",)), buy("SPY", 5))
    assert asked == ["foreign"]
    assert len(out) == 1

    asked.clear()
    Desk(state, checks, out).take(Seat("model", object(), ("SPY",)), buy("SPY", 20))
    assert asked == ["position"]

    asked.clear()
    state.reconciled = False
    Desk(state, checks, out).take(Seat("model", object(), ("SPY",)), buy("SPY", 5))
    assert asked == ["halt", "session"]
