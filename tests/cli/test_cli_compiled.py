"""``hftd replay --compiled``: compiled where it can be, and in plain words why not."""

import json
from pathlib import Path

import pytest

from hftd.cli.main import main

pytest.importorskip("numba")

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_equities"
TAPE = ROOT / "docs" / "examples" / "trades.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file beside a folder with one model to compile and one that cannot be."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    text = (ROOT / "docs" / "examples" / "my_model.py").read_text()
    (plugins / "my_model.py").write_text(text)
    (plugins / "listed.py").write_text(
        text.replace("return buy(trade.symbol, self.options.shares)", "return [buy(trade.symbol, 1)]")
        .replace('"my_model"', '"listed"')
    )  # fmt: skip
    for file in plugins.iterdir():
        file.chmod(0o644)
    config = tmp_path / "hftd.toml"
    config.write_text("")
    return config


def replay(settings: Path, *words: str) -> int:
    return main(["replay", str(TAPE), "--config", str(settings), *words])


def test_a_model_that_can_be_compiled_is(settings, capsys):
    assert replay(settings, "--model", "my_model", "--compiled", "--json") == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    # The documentation's example: three orders of 20 at 500.02, 499.98 and 500.20, worth 500.20 in the end.
    assert (facts["compiled"], facts["buy_intents"], facts["sell_intents"]) == (True, 3, 0)
    assert facts["checked"] == {"events": 8, "decisions": 3}
    assert (facts["estimate"]["orders"], facts["estimate"]["fills"]) == (3, 3)
    assert err == ""


def test_it_prints_the_decisions_of_a_replay_in_the_engine(settings, capsys):
    replay(settings, "--model", "my_model", "--compiled")
    compiled = capsys.readouterr().out.splitlines()
    replay(settings, "--model", "my_model")
    plain = capsys.readouterr().out.splitlines()
    assert compiled[:2] == plain[:2]
    assert compiled[2] == "checked    8 events in the engine too: 3 decisions, all the same"


def test_options_count(settings, capsys):
    assert replay(settings, "--model", "my_model", "--option", "large=1500", "--compiled", "--json") == 0
    few = json.loads(capsys.readouterr().out)["buy_intents"]
    sizes = [int(row.split(",")[3]) for row in TAPE.read_text().splitlines()[1:]]
    assert few == sum(size >= 1500 for size in sizes)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--model", "listed"), "listed.py:15: on_trade returns a list"),
        ((), "2 models play, expected one --model"),
        (("--model", "my_model", "--fee", "0.01/share"), "a report, fees, slippage and the like need the engine"),
        (("--model", "my_model", "--option", "symbol=IBM"), "the tape has no print and no quote of IBM"),
    ],
)
def test_else_the_engine_plays_and_one_line_says_why(settings, capsys, words, why):
    assert replay(settings, *words, "--compiled", "--json") == 0
    out, err = capsys.readouterr()
    assert "compiled" not in json.loads(out)
    (line,) = err.splitlines()
    assert line.startswith("hftd: not compiled: ")
    assert line.endswith(why)


@pytest.mark.data
def test_a_recorded_day_is_what_the_documentation_shows(settings, capsys):
    if not DATA.is_dir():
        pytest.skip("the folder shared/data/us_equities beside the repository is missing")
    (settings.parent / "plugins" / "volume_modulo.py").write_text((ROOT / "plugins" / "volume_modulo.py").read_text())
    (settings.parent / "plugins" / "volume_modulo.py").chmod(0o644)
    tape = str(DATA / "spy_trades_20131007.parquet")
    assert main(["replay", tape, "--config", str(settings), "--model", "volume_modulo", "--compiled"]) == 0
    shown = (ROOT / "docs" / "use" / "compiled.rst").read_text()
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines[:4] if f"   {line}\n" not in shown] == []
