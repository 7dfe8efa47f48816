"""Tapes in trouble: halts, withdrawn prints, late prints; and what orders and readers make of them."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Band, Bust, Correction, Quote, Status, Trade
from hftd.core.matching import Exchange
from hftd.plugin.keys import Keys
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.chaos import market
from hftd.venues.sim.chaos.halts import halted
from hftd.venues.sim.chaos.market import Halt, LatePrints, busted, late, troubled
from hftd.venues.sim.chaos.scenario import Luck
from hftd.venues.sim.wire import JsonCodec, message

SECOND = 1_000_000_000
OPEN = 1_767_623_400 * SECOND  # 2026-01-05 14:30 UTC


def tape(count: int, symbols: str = "AB", tape: str = "C") -> list[Trade | Quote]:
    """A quote and a print of each symbol in turn, one symbol a second."""
    found: list[Trade | Quote] = []
    for number in range(count):
        at, symbol = OPEN + number * SECOND, symbols[number % len(symbols)]
        found.append(Quote(symbol, 99.0, 1, 101.0, 1, at, at))
        found.append(Trade(symbol, 100.0, 10, at, at, ("@",), "V", tape, number))
    return found


def of(found: list[Any], kind: type) -> list[Any]:
    return [each for each in found if type(each) is kind]


def test_nothing_is_traded_or_quoted_between_halt_and_resume():
    found = list(halted(iter(tape(600)), 60.0, 20.0, Luck(1, Halt())))
    says = of(found, Status)
    # 600 s hold rounds of 50 to 110 s.
    assert 10 <= len(says) <= 24
    for halt, resume in zip(says[::2], says[1::2], strict=False):
        assert (halt.halted, resume.halted, halt.symbol) == (True, False, resume.symbol)
        assert resume.ts - halt.ts == 20 * SECOND
        between = [each for each in found if halt.ts <= each.ts < resume.ts and each.symbol == halt.symbol]
        assert between == [halt, Quote(halt.symbol, 0.0, 0, 0.0, 0, halt.ts, halt.ts)]
    times = [each.seen for each in found]
    assert times == sorted(times)


def test_what_is_not_halted_goes_on_untouched():
    source = tape(600)
    found = list(halted(iter(source), 60.0, 20.0, Luck(1, Halt())))
    kept = [each for each in found if isinstance(each, Trade) or (isinstance(each, Quote) and each.bid)]
    left_out = [each for each in source if each not in kept]
    assert kept == [each for each in source if each not in left_out]
    # Each of the two symbols trades every other second: about ten prints and ten quotes a halt.
    halts = len([each for each in of(found, Status) if each.halted])
    assert 18 * (halts - 1) <= len(left_out) <= 22 * halts


@pytest.mark.parametrize(("letter", "codes"), [("A", ("2", "3")), ("B", ("2", "3")), ("C", ("H", "T"))])
def test_halts_speak_the_language_of_their_tape_and_the_daemon_understands(letter, codes):
    found = list(halted(iter(tape(200, "A", letter)), 60.0, 20.0, Luck(1, Halt())))
    says = of(found, Status)[:2]
    assert tuple(each.code for each in says) == codes
    stamp = JsonCodec().stamp
    feed = MarketData("ws://127.0.0.1/v2/iex", Keys("k", "s"), "json", keeps_time=True)
    heard = feed.decode(JsonCodec().encode([message(each, stamp) for each in says]), 0)
    assert [(each.symbol, each.halted) for each in heard if isinstance(each, Status)] == [("A", True), ("A", False)]


def test_bands_lie_five_percent_around_the_price_at_most_every_half_minute():
    bands = of(list(halted(iter(tape(120, "A")), 10_000.0, 20.0, Luck(1, Halt()))), Band)
    assert [each.ts for each in bands] == [OPEN + number * 30 * SECOND for number in range(4)]
    assert {(each.lower, each.upper) for each in bands} == {(95.0, 105.0)}


def test_an_order_in_a_halt_waits_for_its_end():
    brokerage = Brokerage(Exchange(Decimal(10_000), partial_fills=False), lambda data: None)
    brokerage.open(OPEN)
    order = {"symbol": "A", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
    statuses = []
    for event in halted(iter(tape(200, "A")), 60.0, 20.0, Luck(1, Halt())):
        brokerage.feed(event)
        if isinstance(event, Quote) and not event.bid:
            brokerage.submit(order | {"client_order_id": str(event.ts)}, event.ts)
        if isinstance(event, Status) and not event.halted:
            statuses.append([each["status"] for each in brokerage.sheets()][-1])
    assert statuses
    assert set(statuses) == {"new"}
    assert brokerage.sheets()[0]["status"] == "filled"


def test_withdrawn_prints_are_named_as_they_were_within_seconds():
    source = tape(2000)
    found = list(busted(iter(source), 0.05, 3.0, Luck(1, market.Bust())))
    assert [each for each in found if isinstance(each, Trade | Quote)] == source
    prints = {each.id: each for each in of(found, Trade)}
    regrets = of(found, Bust) + of(found, Correction)
    # 2000 prints: mean 100, standard deviation 10.
    assert 60 <= len(regrets) <= 140
    assert {each.action for each in of(found, Bust)} == {"C", "E"}
    for each in of(found, Bust):
        said = prints[each.id]
        assert (each.symbol, each.price, each.size) == (said.symbol, said.price, said.size)
        assert 0.3 * SECOND <= each.ts - said.ts <= 3 * SECOND
    for each in of(found, Correction):
        assert (each.old_price, each.new_price, each.old_size, each.new_size) == (100.0, 99.99, 10, 10)
        assert prints[each.old_id].symbol == each.symbol


def test_late_prints_keep_their_time_and_say_they_are_out_of_sequence():
    source = tape(2000)
    found = list(late(iter(source), 0.05, 20.0, Luck(1, LatePrints())))
    changed = [each for each in of(found, Trade) if "Z" in each.conditions]
    assert 60 <= len(changed) <= 140
    assert Counter((each.id, each.ts, each.price) for each in of(found, Trade)) == Counter(
        (each.id, each.ts, each.price) for each in of(source, Trade)
    )
    assert all(2 * SECOND <= each.seen - each.ts <= 20 * SECOND for each in changed)
    told = [each.seen for each in found]
    assert told == sorted(told)


def test_a_late_print_fills_nobody():
    exchange = Exchange(Decimal(10_000), partial_fills=False)
    brokerage = Brokerage(exchange, lambda data: None)
    brokerage.open(OPEN)
    order = {"symbol": "A", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
    brokerage.submit(order, OPEN)
    (event,) = late(iter([Trade("A", 1.0, 1, OPEN, OPEN, ("@",), "V", "C", 1)]), 1.0, 20.0, Luck(1, LatePrints()))
    brokerage.feed(event)
    assert [each["status"] for each in brokerage.sheets()] == ["new"]
    assert "A" not in exchange.market.trades


PLAN = (Halt(60.0, 20.0), market.Bust(0.1), LatePrints(0.1))


@given(st.integers())
def test_the_same_seed_makes_the_same_tape_in_the_order_it_is_told(seed):
    one, two = (list(troubled(iter(tape(60)), PLAN, seed)) for _ in range(2))
    assert one == two
    assert [each.seen for each in one] == sorted(each.seen for each in one)


def test_without_a_scenario_the_tape_is_itself():
    source = iter(tape(3))
    assert troubled(source, (), 1) is source


def test_the_wire_names_the_tape_of_a_status():
    for code, plan in (("H", "C"), ("T", "C"), ("2", "A"), ("3", "A")):
        frame = JsonCodec().encode([message(Status("A", None, code, "", OPEN, OPEN), JsonCodec().stamp)])
        assert json.loads(frame)[0]["z"] == plan
