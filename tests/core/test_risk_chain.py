"""The shipped checks as a whole: each says what it is, and each of its limits has a check."""

import inspect
import re

import pytest

from hftd.core.risk import check
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits

NO_LIMIT = {"halt", "session", "frozen", "unknown_order", "market_halt", "tick", "self_trade", "buying_power"}


@pytest.mark.parametrize("code", SHIPPED)
def test_a_check_says_what_passes_nevertheless(code: str) -> None:
    """The page of definitions is made of these words."""
    said = inspect.getdoc(SHIPPED[code]) or ""
    assert said.count("\nPasses nevertheless: ") == 1
    assert said.endswith(".")


def test_every_limit_is_read_by_one_check_and_every_other_check_needs_none() -> None:
    """A limit that nobody reads would be a promise nobody keeps."""
    read = {
        code: [name for name in Limits.__struct_fields__ if re.search(rf"\blimits\.{name}\b", inspect.getsource(made))]
        for code, made in SHIPPED.items()
    }
    assert {code for code, names in read.items() if not names} == NO_LIMIT
    assert sorted(name for names in read.values() for name in names) == sorted(Limits.__struct_fields__)


def test_what_throws_the_kill_switch() -> None:
    """The day's loss and its drawdown, and no other."""
    wires = [code for code, made in SHIPPED.items() if isinstance(made(Limits()), check.Tripwire)]
    assert wires == ["loss", "drawdown"]
