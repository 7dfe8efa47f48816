"""`hftd chaos`: a model against a venue that misbehaves, graded from the journal and the venue's own books."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hftd.cli.main import main
from hftd.core.effects import Bench, Submit
from hftd.core.orders import Order
from hftd.lab.evidence.report_card import grade
from hftd.runtime.past.journal import Begin, Journal

D = Decimal
PLUGIN = '''
from hftd import Model, Options, buy, hookimpl, sell


class Sevens(Model):
    """Trades on prints whose size divides by seven."""

    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        if trade.size % 7 == 0:
            return buy(trade.symbol, 1) if trade.size % 2 else sell(trade.symbol, 1)


@hookimpl
def register_models():
    return {"sevens": Sevens}
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "plugins" / "sevens.py").write_text(PLUGIN)
    (tmp_path / "hftd.toml").write_text("[risk]\nmax_position = 50\n")
    return tmp_path / "hftd.toml"


def sent(number: int) -> Submit:
    return Submit(Order(f"20261120-abc-{number:06d}", "m", "SPY", "buy", D(5), None, "day", 1))


def at_venue(number: int, status: str = "filled", run: str = "20261120-abc") -> dict[str, Any]:
    return {"client_order_id": f"{run}-{number:06d}", "status": status, "executions": [{"qty": "5", "price": "1"}]}


def journal(folder: Path, *effects: object) -> Path:
    book = Journal(folder / "day", Begin(2, "2026-11-20", "abc", "0", {}))
    book.effects(effects)  # type: ignore[arg-type]
    book.close()
    return folder / "day"


def test_a_card_finds_what_is_wrong(tmp_path: Path) -> None:
    """One order twice, one nobody sent, one still open, five shares too many; a stranger's do not count."""
    folder = journal(tmp_path, sent(1), sent(2), Bench("m", "ValueError: no"))
    orders = [at_venue(1), at_venue(1), at_venue(2, "new"), at_venue(9), at_venue(1, run="by-hand")]

    card = grade("x", 0, folder, {"SPY": D(10)}, {"orders": orders, "positions": {"SPY": {"qty": "15"}}})

    assert (card.doubled, card.orphans, card.left_open, card.differing) == (1, 1, 1, 1)
    assert (card.orders, card.executions, card.benched, card.passed) == (2, 4, "ValueError: no", False)


def test_a_card_without_a_fault_is_passed(tmp_path: Path) -> None:
    folder = journal(tmp_path, sent(1))

    assert grade("x", 0, folder, {"SPY": D(5)}, {"orders": [at_venue(1)], "positions": {"SPY": {"qty": "5"}}}).passed


def test_a_model_lives_through_lost_replies(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hftd", "chaos", "sevens", "--config", str(file), "--scenario", "lost-reply",
         "--for", "3s", "--rate", "40", "--json"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    (card,) = json.loads(done.stdout)
    assert (card["scenario"], card["passed"], done.returncode) == ("lost-reply", True, 0)
    assert card["orders"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [(["eights"], "eights: no such model, known: sevens"), (["sevens", "--scenario", "rain"], "no such scenario")],
)
def test_what_is_not_there_is_named(
    words: list[str], says: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chaos", *words, "--config", str(file)]) == 78
    assert says in capsys.readouterr().err
