"""What a worker of a sweep does: a trial is a backtest, and what a worker has not got it does not play."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from hftd.config.load import load
from hftd.core.matching import Fees, Terms
from hftd.errors import HftdError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import backtest
from hftd.lab.report.figures import figures
from hftd.lab.sweep.job import Job
from hftd.lab.sweep.objective import OBJECTIVES, worth
from hftd.lab.sweep.play import play
from hftd.lab.sweep.setting import Asked, setting
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.tape import open_tape
from hftd.venues.shipped import SHIPPED

ROOT = Path(__file__).parents[2]
TAPE = ROOT / "docs" / "examples" / "trades.csv"
CASH = Decimal(100_000)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """A sweep over one model of a folder."""
    model = tmp_path / "plugins" / "my_model.py"
    model.parent.mkdir()
    model.write_text((ROOT / "docs" / "examples" / "my_model.py").read_text())
    model.chmod(0o644)
    (tmp_path / "hftd.toml").write_text('[models.my_model]\nstate = "shadow"\n')
    return Asked(
        tmp_path / "hftd.toml", "my_model", {}, ["large=200,1000"], [TAPE], "pnl", "grid", None, 0, CASH, Assumptions(),
        0, 0, "days", True,
    )  # fmt: skip


def job(asked: Asked, objective: str = "pnl") -> Job:
    return replace(setting(replace(asked, objective="pnl")).job, objective=objective)


def test_a_trial_is_a_backtest_of_the_model_made_active(asked: Asked) -> None:
    fees = Assumptions(terms=Terms(fees=Fees(Decimal("0.01"))))
    config, plugins = load(asked.settings), host.load(asked.settings.parent / "plugins", SHIPPED)
    active = replace(config, models={"my_model": {"large": 1000, "shares": 20}})
    plans = blueprints(active, plugins, asked.settings)
    played = backtest(active, plugins, plans, open_tape([TAPE]), cash=CASH, assumptions=fees)
    made = figures(played)
    found = play(
        replace(job(asked, "sharpe"), assumptions=fees, options={"shares": 20}).packed(), {"large": 1000}
    )  # fmt: skip
    assert found.why == ""
    assert found.figures["fills"] == made.everything.fills == 3
    assert found.figures["pnl"] == pytest.approx(8.00 - 0.60)
    assert found.figures["drawdown"] == pytest.approx(made.drawdown_dollars)
    assert found.figures["turnover"] == pytest.approx(made.everything.turnover)
    assert found.value == found.figures["sharpe"] == made.ratios.sharpe is not None


@pytest.mark.parametrize("objective", ["pnl", "drawdown"])
def test_dollars_need_no_ratios(asked: Asked, objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hftd.lab.sweep.objective.figures", None)
    assert play(job(asked, objective).packed(), {"large": 200}).value is not None


def test_every_objective_is_the_larger_the_better() -> None:
    poor = {"pnl": 1.0, "sharpe": 0.1, "sortino": 0.1, "drawdown": 90.0, "profit_factor": 0.5, "hit_rate": 0.2}
    rich = {"pnl": 2.0, "sharpe": 0.2, "sortino": 0.3, "drawdown": 10.0, "profit_factor": 1.5, "hit_rate": 0.6}
    assert len(OBJECTIVES) == 6
    for each in OBJECTIVES:
        better, worse = worth(rich, each), worth(poor, each)
        assert better is not None
        assert worse is not None
        assert better > worse
    assert worth({"sharpe": None}, "sharpe") is None


def test_too_few_fills_are_worth_nothing(asked: Asked) -> None:
    found = play(replace(job(asked), least_fills=4).packed(), {"large": 1000})
    assert (found.value, found.why) == (None, "3 fills, expected at least 4")


def test_what_the_options_cannot_be_is_worth_nothing(asked: Asked) -> None:
    found = play(job(asked).packed(), {"large": "many"})
    assert found.value is None
    assert found.why.endswith('large: expected a whole number, found "many"')


def test_another_version_of_the_model_is_not_played(asked: Asked) -> None:
    wanted = job(asked)
    model = asked.settings.parent / "plugins" / "my_model.py"
    model.write_text(model.read_text() + "\n")
    with pytest.raises(HftdError, match=r"model my_model on .*: expected version \w{12}, found \w{12}"):
        play(wanted.packed(), {"large": 1000})


def test_the_tape_is_read_once(asked: Asked, tmp_path: Path) -> None:
    tape = tmp_path / "trades.csv"
    tape.write_bytes(TAPE.read_bytes())
    packed = job(replace(asked, tapes=[tape])).packed()
    first = play(packed, {"large": 1000})
    tape.unlink()
    assert play(packed, {"large": 1000}).figures == first.figures


def test_only_events_of_the_span_are_played(asked: Asked) -> None:
    # From the fourth print on: 1,500 fills at 499.98 and 1,000 at 500.20, the last price.
    found = play(job(asked).packed(), {"large": 1000}, (1795185003400000000, 2**62))
    assert found.figures["fills"] == 2
    assert found.value == pytest.approx(10 * 0.22)
