"""What holds of the matching engine whatever happens: balanced books, fair prices, single lives, equal replays."""

from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.events import Event, Fill, OrderUpdate, Quote, Trade
from hftd.core.matching import Exchange, Rejection
from hftd.core.matching.ticket import venue_id
from hftd.core.orders import Order

D = Decimal
CENTS = st.integers(min_value=500, max_value=1500)
SYMBOLS = st.sampled_from(["AAA", "BBB"])
LIMIT = st.none() | CENTS
STEPS = st.one_of(
    st.tuples(st.just("quote"), SYMBOLS, CENTS, st.integers(0, 5)),
    st.tuples(st.just("trade"), SYMBOLS, CENTS),
    st.tuples(
        st.just("submit"), SYMBOLS, st.sampled_from(["buy", "sell"]), st.integers(1, 60), LIMIT,
        st.sampled_from(["day", "gtc", "ioc", "opg", "cls"]),
    ),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("replace"), st.integers(0, 30), st.integers(1, 60), CENTS),
    st.tuples(st.just("expire")),
    st.tuples(st.just("begin")),
)  # fmt: skip


class Run:
    """Drives an exchange through steps and keeps its own simple books from the reports alone."""

    def __init__(self, steps: list[tuple[object, ...]]) -> None:
        self.venue = Exchange(D(50_000))
        self.orders: dict[str, Order] = {}
        self.reports: list[Event] = []
        self.quotes: dict[str, tuple[Decimal, Decimal]] = {}
        self.print: Decimal | None = None
        for now, step in enumerate(steps):
            self.take(now, step)

    def take(self, now: int, step: tuple[object, ...]) -> None:
        self.print = None
        venue = self.venue
        match step:
            case ("quote", str(symbol), int(bid), int(spread)):
                # A spread of 5 stands for a side nobody offers.
                ask = 0.0 if spread == 5 else (bid + spread) / 100
                self.quotes[symbol] = D(bid) / 100, D(str(ask))
                told = venue.quote(Quote(symbol, bid / 100, 1, ask, 1, now, now))
            case ("trade", str(symbol), int(cents)):
                self.print = D(cents) / 100
                told = venue.trade(Trade(symbol, cents / 100, 1, now, now))
            case ("submit", symbol, side, shares, limit, tif):
                price = None if limit is None else D(limit) / 100  # type: ignore[arg-type]
                made = Order(f"o{now}", "m", symbol, side, D(shares), price, tif, now)  # type: ignore[arg-type]
                told = self.ask(lambda: venue.submit(made, now), made)
            case ("cancel", int(which)):
                told = self.ask(lambda: venue.cancel(venue_id(f"o{which}"), now))
            case ("replace", int(which), int(shares), int(cents)):
                if (old := self.orders.get(f"o{which}")) is None:
                    return
                made = Order(f"o{now}", "m", old.symbol, old.side, D(shares), D(cents) / 100, "day", now)
                told = self.ask(lambda: venue.replace(venue_id(old.id), made, now), made)
            case ("expire",):
                self.print = None
                told = venue.expire(now)
            case _:
                told = venue.begin(now)
        self.check(told, closing=step[0] == "expire")
        self.reports += told

    def ask(self, call: object, made: Order | None = None) -> list[Event]:
        try:
            told = list(call())  # type: ignore[operator]
        except Rejection:
            return []
        if made is not None:
            self.orders[made.id] = made
        return told

    def check(self, told: Iterable[Event], closing: bool) -> None:
        for each in told:
            if not isinstance(each, Fill):
                continue
            asked = self.orders[each.order]
            if asked.limit is not None:
                assert each.price <= asked.limit if asked.side == "buy" else each.price >= asked.limit
            bid, ask = self.quotes.get(each.symbol, (D(0), D(0)))
            far = ask if each.side == "buy" else bid
            if far:
                assert each.price == far
            elif not closing:
                assert each.price == (self.print if asked.limit is None else asked.limit)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_books_balance_and_no_fill_lies_outside_quote_or_limit(steps):
    run = Run(steps)
    account = run.venue.account
    fills = [each for each in run.reports if isinstance(each, Fill)]
    signs = {"buy": 1, "sell": -1}
    for symbol in ("AAA", "BBB"):
        assert account.shares(symbol) == sum((signs[f.side] * f.shares for f in fills if f.symbol == symbol), D(0))
    assert account.cash == D(50_000) - sum((signs[f.side] * f.shares * f.price for f in fills), D(0))
    at_cost = sum((held.cost - held.realized for held in account.holdings.values()), D(0))
    assert account.cash + at_cost == 50_000
    assert len({f.execution for f in fills}) == len(fills)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=150, deadline=None)
def test_every_order_ends_at_most_once_and_never_fills_more_than_asked(steps):
    run = Run(steps)
    for name, asked in run.orders.items():
        mine = [each for each in run.reports if each.order == name]  # type: ignore[attr-defined]
        assert sum((each.shares for each in mine if isinstance(each, Fill)), D(0)) <= asked.shares
        statuses = [each.status for each in mine if isinstance(each, OrderUpdate)]
        ends = [place for place, status in enumerate(statuses) if status not in ("accepted", "partially_filled")]
        assert ends in ([], [len(statuses) - 1])
        filled = sum((each.shares for each in mine if isinstance(each, Fill)), D(0)) == asked.shares
        assert filled == (statuses[-1] == "filled")


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=100, deadline=None)
def test_the_same_steps_give_the_same_reports(steps):
    assert Run(steps).reports == Run(steps).reports
