"""Sale conditions, against the published table of bar construction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.conditions import LastPrices, daily_rule, rule, sets_last

TAPES = ("A", "B", "C", "O")
LETTERS = " @ABCDEFGHIKLMNOPQRTUVWXYZ45679"


def marks(found):
    """Open and close, high and low, volume, as y, n or 1 (only as the bar's first price)."""
    oc = "y" if found.open_close else "1" if found.first else "n"
    return oc + "ny"[found.high_low] + "ny"[found.volume]


@pytest.mark.parametrize("letter", " @ADEFKLOTXY56")
def test_prints_of_ordinary_kinds_set_everything_in_a_minute_bar(letter):
    assert {marks(rule(tape, (letter,))) for tape in TAPES} == {"yyy"}


@pytest.mark.parametrize("letter", "CHINPRUVZ47")
def test_prints_at_other_terms_or_times_count_as_volume_only(letter):
    assert marks(rule("A", (letter,))) == marks(rule("B", (letter,))) == marks(rule("C", (letter,))) == "nny"


@pytest.mark.parametrize("letter", "MQ9")
def test_official_prints_set_nothing_in_a_minute_bar(letter):
    assert marks(rule("A", (letter,))) == marks(rule("C", (letter,))) == "nnn"


@pytest.mark.parametrize(
    ("letter", "tape", "expected"),
    [("B", "A", "nny"), ("B", "B", "nny"), ("B", "C", "yyy"), ("W", "A", "yyy"), ("W", "C", "nny"), ("W", "O", "nny"),
     ("G", "C", "nny"), ("G", "A", "yyy"), ("M", "O", "yyy"), ("V", "O", "yyy")],
)  # fmt: skip
def test_a_letter_means_what_its_tape_says(letter, tape, expected):
    assert marks(rule(tape, (letter,))) == expected


@pytest.mark.parametrize(
    ("letter", "expected"),
    [("@", "yyy"), ("T", "nny"), ("G", "1yy"), ("P", "1yy"), ("Z", "1yy"), ("4", "1yy"), ("9", "yyn"), ("M", "nnn"),
     ("Q", "nnn"), ("I", "nny"), ("U", "nny"), ("C", "nny"), ("5", "yyy"), ("6", "yyy"), ("O", "yyy")],
)  # fmt: skip
def test_daily_bars_have_rules_of_their_own(letter, expected):
    assert marks(daily_rule("C", (letter,))) == expected


@pytest.mark.parametrize(
    ("conditions", "minute", "day"),
    [(("@", "F"), "yyy", "yyy"), (("@", "I"), "nny", "nny"), (("@", "F", "T"), "yyy", "nny"),
     (("Z", "9"), "nnn", "1yn"), (("P", "I"), "nny", "nny"), (("4", "@"), "nny", "1yy")],
)  # fmt: skip
def test_the_strictest_of_several_conditions_holds(conditions, minute, day):
    assert (marks(rule("C", conditions)), marks(daily_rule("C", conditions))) == (minute, day)


def test_no_condition_and_an_unknown_one_count_as_regular():
    assert marks(rule("C", ())) == marks(rule("C", ("?",))) == marks(rule("", ())) == "yyy"


def test_on_an_unknown_tape_every_meaning_of_a_letter_counts():
    assert marks(rule("", ("B",))) == marks(rule("N", ("W",))) == "nny"


@pytest.mark.parametrize("letter", "BCGHIMNPQRUVWZ479")
def test_prints_a_strategy_should_ignore_never_move_the_last_price(letter):
    assert not sets_last("", (letter,))


@pytest.mark.parametrize("conditions", [(), ("@",), (" ",), ("@", "F"), ("@", "O"), ("6",), ("X",)])
def test_regular_prints_move_the_last_price(conditions):
    assert sets_last("A", conditions)


def test_an_extended_hours_print_moves_the_last_price_outside_the_regular_session_only():
    assert sets_last("C", ("@", "T"))
    assert not sets_last("C", ("@", "T"), True)
    assert sets_last("C", ("@",), True)


@given(st.lists(st.tuples(st.sampled_from(("", *TAPES)), st.lists(st.sampled_from(LETTERS), max_size=4)), min_size=1))
def test_a_table_of_last_prices_knows_what_it_was_asked(prints):
    for regular_hours in (False, True):
        table = LastPrices(regular_hours)
        for tape, conditions in prints:
            expected = sets_last(tape, tuple(conditions), regular_hours)
            assert expected == table.learn(tape, tuple(conditions)) == table.known[tape][tuple(conditions)]


def test_a_table_of_last_prices_is_bounded_whatever_a_venue_sends():
    table = LastPrices()
    for number in range(10_000):
        table.learn(str(number % 100), (str(number),))
    assert sum(map(len, table.known.values())) <= 64 * 4096
    for number in range(10_000):
        table.learn("A", (str(number),))
    assert len(table.known["A"]) <= 4096
    assert len(table.known) <= 64


@given(tape=st.sampled_from(("", *TAPES)), conditions=st.lists(st.sampled_from(LETTERS)), more=st.sampled_from(LETTERS))
def test_one_more_condition_never_allows_more(tape, conditions, more):
    order = "n1y"
    for ask in (rule, daily_rule):
        before, after = marks(ask(tape, tuple(conditions))), marks(ask(tape, (*conditions, more)))
        assert all(order.index(b) >= order.index(a) for b, a in zip(before, after, strict=True))
