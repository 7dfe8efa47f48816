"""``hftd latency``: a table of what the daemon answered, or its JSON."""

import json
from pathlib import Path

import pytest

from hftd.cli import latency
from hftd.cli.main import main

QUICK = {"count": 1234, "p50": 16.4, "p90": 18.4, "p99": 26.6, "p99.9": 230.0, "max": 1180.0}
NONE = {"count": 0, "p50": 0.0, "p90": 0.0, "p99": 0.0, "p99.9": 0.0, "max": 0.0}
FACTS = {"stages": {"decide": QUICK, "tick_to_order": NONE}, "models": {"volume_modulo": QUICK}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The questions that were put to the daemon."""
    questions: list[object] = []

    def ask(path: Path, question: object) -> object:
        questions.append((path, question))
        return FACTS

    monkeypatch.setattr(latency, "ask", ask)
    return questions


def test_every_stage_and_model_has_a_line(asked: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latency", "--socket", "/run/x"]) == 0
    assert asked == [(Path("/run/x"), {"ask": "latency"})]
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["µs", "count", "p50", "p90", "p99", "p99.9", "max"],
        ["decide", "1,234", "16.4", "18.4", "26.6", "230.0", "1,180.0"],
        ["tick", "to", "order", "0"],
        ["model", "volume_modulo", "1,234", "16.4", "18.4", "26.6", "230.0", "1,180.0"],
    ]


def test_programs_get_what_the_daemon_said(asked: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["latency", "--socket", "/run/x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == FACTS
