"""The live line of a terminal and the summary at the end."""

import os
import sys
from typing import Any

import pytest

from hftd.runtime.loop import Loop
from hftd.runtime.people import terminal as module
from hftd.runtime.people.terminal import LiveLine, summary

FACTS: dict[str, Any] = {
    "day": "2026-11-20", "phase": "closed", "profit": "12.25",
    "counts": {"trades": 12_345, "quotes": 7, "bars": 390, "buy_intents": 40, "sell_intents": 60, "orders": 80,
               "refused": 20, "fills": 81},
    "tick_to_order_us": {"count": 80, "p50": 84.2, "p99": 310.0},
    "positions": {"SPY": {"shares": "35", "average": "562.1"}},
    "refusals": {"stale": 5, "position": 15},
    "models": {"a": {"state": "active", "reason": ""}, "b": {"state": "benched", "reason": "KeyError: 'x' at b.py:7"}},
}  # fmt: skip


def test_without_a_terminal_lines_are_printed_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0005)
    loop = Loop()
    asked: list[int] = []

    def text() -> str:
        asked.append(len(asked))
        return f"line {len(asked)}"

    live = LiveLine(loop, text)
    while len(asked) < 3:
        loop.turn(0.1)
    live.close()
    loop.turn(0.02)
    loop.close()

    assert capsys.readouterr().out.splitlines() == ["line 1", "line 2", "line 3"]


def test_a_terminal_gets_one_line_in_place_cut_to_its_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(module, "get_terminal_size", lambda: os.terminal_size((10, 24)))
    loop = Loop()
    LiveLine(loop, lambda: "0123456789abc").close()
    loop.close()

    assert capsys.readouterr().out == "\r\x1b[K012345678\n"


def test_a_reader_that_left_does_not_end_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """`hftd run | head`: the line stops, trading goes on."""
    calls: list[str] = []

    def gone(*_: object, **__: object) -> None:
        calls.append("print")
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(module, "EVERY", 0.0005)
    monkeypatch.setattr(module, "print", gone, raising=False)
    loop = Loop()
    LiveLine(loop, lambda: "line")
    loop.turn(0.02)
    loop.close()

    assert calls == ["print"]


def test_the_summary_says_what_the_run_came_to() -> None:
    assert summary(FACTS).splitlines() == [
        "session   2026-11-20, now closed",
        "market    12,345 trades, 7 quotes, 390 bars",
        "decided   40 buys, 60 sells",
        "orders    80 sent, 20 refused, 81 fills",
        "position  35 SPY, profit $12.25",
        "latency   tick to order p50 84 µs, p99 310 µs",
        "refused   position 15, stale 5",
        "benched   b: KeyError: 'x' at b.py:7",
    ]


def test_a_run_in_which_nothing_happened_has_a_short_summary() -> None:
    nothing = {
        **FACTS, "day": "", "phase": "asleep", "profit": "0", "positions": {}, "refusals": {}, "models": {},
        "counts": dict.fromkeys(FACTS["counts"], 0), "tick_to_order_us": {"count": 0, "p50": 0, "p99": 0},
    }  # fmt: skip

    assert summary(nothing).splitlines()[0] == "session   none, now asleep"
    assert summary(nothing).splitlines()[-1] == "position  flat, profit $0"
