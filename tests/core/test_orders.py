"""Orders: their names for life, their signs, and when one may still trade."""

import re
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.orders import TERMINAL, Order, Working, order_id, order_number, signed

D = Decimal
DAYS = st.dates().map(lambda day: day.isoformat())
RUNS = st.text("0123456789abcdef", min_size=6, max_size=6)
NUMBERS = st.integers(1, 10**9)
# Characters a URL carries as they are (RFC 3986, section 2.3).
UNRESERVED = set(string.ascii_letters + string.digits + "-._~")


def test_an_order_id_by_hand() -> None:
    """The day without its dashes, the run, the number in six digits."""
    assert order_id("2026-10-19", "a1b2c3", 7) == "20261019-a1b2c3-000007"
    assert order_id("2026-10-19", "a1b2c3", 1_234_567) == "20261019-a1b2c3-1234567"


@given(DAYS, RUNS, NUMBERS)
def test_an_order_id_is_a_pure_function(day: str, run: str, number: int) -> None:
    """The same day, run and number always make the same id."""
    assert order_id(day, run, number) == order_id(day, run, number)


@given(DAYS, RUNS, NUMBERS)
def test_an_order_id_is_legal_at_the_venue(day: str, run: str, number: int) -> None:
    """Alpaca takes client order ids of up to 128 characters; ours travel in URLs unescaped."""
    made = order_id(day, run, number)
    assert len(made) <= 128
    assert set(made) <= UNRESERVED


@given(DAYS, RUNS, st.integers(1, 10**9 - 1))
def test_the_number_is_read_back_from_an_id(day: str, run: str, number: int) -> None:
    assert order_number(order_id(day, run, number), day, run) == number


@pytest.mark.parametrize(
    "name",
    ["20261018-a1b2c3-000007", "20261019-a1b2c4-000007", "20261019-a1b2c3-", "20261019-a1b2c3-7x", "mine", "",
     "20261019-a1b2c3-000007-1", "20261019-a1b2c3--7", "20261019-a1b2c3-\u0667", "20261019-a1b2c3-" + "9" * 5_000],
)  # fmt: skip
def test_what_another_day_run_or_hand_named_has_no_number(name: str) -> None:
    assert order_number(name, "2026-10-19", "a1b2c3") == 0


@given(st.tuples(DAYS, RUNS, NUMBERS), st.tuples(DAYS, RUNS, NUMBERS))
def test_two_orders_never_share_an_id(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    """Different days, runs or numbers make different ids."""
    assert (order_id(*one) == order_id(*other)) == (one == other)


@given(DAYS, RUNS, NUMBERS)
def test_an_order_id_can_be_read_back(day: str, run: str, number: int) -> None:
    """Nothing of what made it is lost: it can be taken apart again."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-([0-9a-f]{6})-(\d{6,})", order_id(day, run, number))
    assert found is not None
    assert (day, run, number) == ("-".join(found.groups()[:3]), found[4], int(found[5]))


def test_signs() -> None:
    """Bought shares count up, sold ones down."""
    assert (D(5), D(-5)) == (signed("buy", D(5)), signed("sell", D(5)))


def test_an_order_is_open_until_its_status_is_final() -> None:
    """The venue's five final states end it (trading API, section 4); doubt does not."""
    working = Working(Order("a", "m", "SPY", "buy", D(10), None, "day", 1), filled=D(4))
    assert D(6) == working.left
    for status in ("sent", "accepted", "partially_filled", "unknown"):
        working.status = status
        assert working.open
    for status in ("filled", "canceled", "expired", "replaced", "rejected"):
        working.status = status
        assert not working.open
    assert {"filled", "canceled", "expired", "replaced", "rejected"} == TERMINAL
