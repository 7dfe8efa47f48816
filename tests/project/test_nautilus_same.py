"""hftd and nautilus_trader: on one tape, by one rule, filled alike, they decide and fill the same.

What nautilus_trader 1.221.0 made of the tape was written down by `python -m bench.nautilus_differences --keep`; the
tape is generated, so it is the same everywhere.
"""

import json
from pathlib import Path

import pytest

from bench.nautilus import play, prints
from bench.nautilus_differences import ROWS

KEPT = Path(__file__).parent / "nautilus_fills.json"


@pytest.fixture(scope="module")
def theirs() -> dict:
    return json.loads(KEPT.read_text())


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return play(prints(tmp_path_factory.mktemp("tape"), ROWS, recorded=False), 1, one=True)


def test_both_were_played_the_same_tape(ours: dict, theirs: dict) -> None:
    assert ours["events"] == theirs["events"] > 5_000


def test_both_decide_the_same(ours: dict, theirs: dict) -> None:
    assert [list(each) for each in ours["decided"]] == theirs["decided"]
    assert len(ours["decided"]) > 100


def test_both_fill_at_the_same_moments_and_prices(ours: dict, theirs: dict) -> None:
    assert [list(each) for each in ours["filled"]] == theirs["filled"]


def test_both_end_with_the_same_position(ours: dict, theirs: dict) -> None:
    assert ours["position"] == theirs["position"] != 0
