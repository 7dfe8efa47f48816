"""The proof of swaps in its short form, and that it sees what it is there to see."""

import json
import struct
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from crashproof.swaps import EVERY, judged
from hftd.core.effects import Submit
from hftd.core.events import Enter, Version
from hftd.core.orders import Order
from hftd.runtime.past.journal import Begin, Journal


def test_a_few_swaps_lose_nothing_and_decide_nothing_twice() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crashproof.swaps", "--swaps", "8"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert "prints lost 0, decided twice 0" in done.stdout, done.stdout + done.stderr
    assert done.stdout.startswith("8 swaps in ")


def kept(folder: Path, counts: list[int]) -> None:
    """A journal of so many prints as the last count says, whose orders tell these ``counts``."""
    journal = Journal(folder / "state" / "journal" / "2026-09-16", Begin(2, "2026-09-16", "abc123", "", {}))
    prints = 0
    for number, count in enumerate(counts, 1):
        for _ in range(EVERY):
            prints += 1
            trade = {"T": "t", "S": "SPY", "i": prints, "x": "V", "p": 99.5, "s": 100, "c": ["@"], "z": "C",
                     "t": "2026-09-16T13:30:00Z"}  # fmt: skip
            journal.frame("market data", prints, json.dumps([trade]).encode())
        limit = 99 + Decimal(count) / 100
        order = Order(f"o{number}", "counting", "SPY", "buy", Decimal(1), limit, "ioc", prints)
        journal.effects([Submit(order)])
    journal.event(Enter("counting", Version("1" * 64), prints))
    journal.close()
    (folder / "lateness").write_bytes(struct.pack("4q", 0, 1_000_000, 1_000_000, 12_000_000))


@pytest.mark.parametrize(
    ("counts", "lost", "twice"), [([1, 2, 3], 0, 0), ([1, 2, 2], 0, 1), ([1, 3, 4], 2, 0), ([1, 2, 4], 1, 0)]
)
def test_what_is_lost_or_told_twice_is_seen(tmp_path: Path, counts: list[int], lost: int, twice: int) -> None:
    kept(tmp_path, counts)
    result = judged(tmp_path)

    assert (result.lost, result.twice) == (lost, twice)
    assert (result.swaps, result.prints, result.orders) == (1, 30, 3)
    assert (result.late, result.usual, result.slowest) == (1, 1.0, 12.0)
