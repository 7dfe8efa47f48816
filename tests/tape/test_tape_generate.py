"""Made-up days: the same seed, the same day; and a day like a day."""

from collections import Counter
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.events import Quote, Trade
from hftd.tape import generate

SECOND = 10**9
START = 1381152600 * SECOND  # 2013-10-07 09:30 in New York
HOUR = 3600 * SECOND
END = START + 23_400 * SECOND
SPY = {"SPY": 167.42}


@pytest.fixture(scope="module")
def day():
    return list(generate(START, END, SPY, 7, 2.0))


@pytest.fixture(scope="module")
def trades(day):
    return [event for event in day if isinstance(event, Trade)]


def test_the_same_seed_gives_the_same_day_and_another_seed_another():
    first, again, other = (list(generate(START, START + HOUR, SPY, seed, 1.0)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_symbols_day_does_not_depend_on_the_others():
    alone = list(generate(START, START + HOUR, {"IBM": 183.5}, 3, 1.0))
    among = generate(START, START + HOUR, {"SPY": 167.42, "IBM": 183.5, "BAC": 13.8}, 3, 1.0)
    assert [event for event in among if event.symbol == "IBM"] == alone


def test_times_rise_and_stay_within_the_day(day):
    assert all(a.seen <= b.seen for a, b in pairwise(day))
    assert day[0].ts == START
    assert day[-1].ts < END
    assert all(event.ts == event.seen for event in day)


def test_the_mean_pace_is_the_one_asked_for(trades):
    # 46,800 expected; four standard deviations of a Poisson count are 865
    assert abs(len(trades) - 2 * 23_400) < 900


def test_the_day_opens_in_a_rush_and_is_busy_at_both_ends(trades):
    hours = Counter((each.ts - START) // HOUR for each in trades)  # the seventh hour is half an hour long
    assert hours[0] > 1.3 * hours[2]
    assert hours[5] > 1.1 * hours[3]
    last_half, middle_half = (
        sum(start <= each.ts - START < start + HOUR // 2 for each in trades) for start in (6 * HOUR, 3 * HOUR)
    )
    assert last_half > 1.5 * middle_half
    first, tenth = (sum(60 * n <= (each.ts - START) / SECOND < 60 * n + 60 for each in trades) for n in (0, 10))
    assert first > 2 * tenth


def test_the_first_print_is_a_large_opening_auction(trades):
    assert "O" in trades[0].conditions
    assert trades[0].size >= 20_000
    assert not any("O" in each.conditions for each in trades[1:])


def test_odd_lots_and_only_they_are_marked_as_such(trades):
    odd = [each for each in trades if each.size < 100]
    assert all("I" in each.conditions for each in odd)
    assert not any("I" in each.conditions for each in trades if each.size >= 100)
    assert 0.4 < len(odd) / len(trades) < 0.5
    assert 0.35 < sum(each.size >= 100 and each.size % 100 == 0 for each in trades) / len(trades) < 0.55


def test_some_sizes_divide_by_17_and_some_by_31(trades):
    # odd lots alone give a few percent of the one and under one percent of the other
    assert 0.02 < sum(each.size % 17 == 0 for each in trades) / len(trades) < 0.06
    assert 0.005 < sum(each.size % 31 == 0 and each.size % 17 != 0 for each in trades) / len(trades) < 0.04


def test_every_trade_is_at_the_bid_or_the_ask_told_before_it(day):
    quote = None
    for event in day:
        if isinstance(event, Quote):
            quote = event
        else:
            assert quote is not None
            assert event.price in {quote.bid, quote.ask}


def test_quotes_are_never_locked_and_mostly_a_cent_wide(day):
    spreads = Counter(round(event.ask * 100) - round(event.bid * 100) for event in day if isinstance(event, Quote))
    assert min(spreads) == 1
    assert spreads[1] > 0.7 * spreads.total()
    assert all(event.bid_size > 0 and event.ask_size > 0 for event in day if isinstance(event, Quote))


def test_prices_are_whole_cents_and_move_like_a_share(day, trades):
    assert all(each.price == float(f"{each.price:.2f}") for each in trades)
    assert trades[0].price in {167.42, 167.43}
    low, high = min(each.price for each in trades), max(each.price for each in trades)
    assert 0.2 < high - low < 8.4  # a walk of 1 % a day: neither still nor beyond five times that
    assert any(isinstance(event, Quote) for event in day)


def test_ids_count_the_prints(trades):
    assert [each.id for each in trades] == list(range(1, len(trades) + 1))


def test_a_day_is_made_as_it_is_asked_for():
    endless = generate(START, START + 10**6 * HOUR, SPY, 1, 1000.0)
    assert len(list(islice(endless, 100))) == 100


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 4000), st.integers(0, 2**63), st.floats(0.01, 50))
def test_any_price_seed_and_pace_make_a_sound_tape(price, seed, pace):
    day = generate(START, END, {"X": price}, seed, pace)
    events = list(takewhile(lambda event: event.ts < START + 30 * SECOND, day))
    assert all(a.seen <= b.seen for a, b in pairwise(events))
    for event in events:
        if isinstance(event, Quote):
            assert 0.01 <= event.bid < event.ask
        else:
            assert event.price > 0
            assert event.size > 0
