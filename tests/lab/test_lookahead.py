"""Models that know the future are named, by whatever way they came to it; those that do not are not."""

import os
from pathlib import Path
from random import Random

import pytest

from hftd.cli.main import main
from hftd.core.events import Trade
from hftd.lab.honest.hindsight import knows
from hftd.lab.honest.opened import opened

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_equities"
OPEN = 1_381_152_600_000_000_000  # 2013-10-07, 9:30 in New York
SECOND = 1_000_000_000

HEAD = '''"""A model of the test."""
import csv
import gc
from hftd import Model, Options, Trade, buy, hookimpl, sell

{before}

class Planted(Model):
    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.heard = -1
        self.prices = []

    def on_trade(self, trade: Trade):
        self.heard += 1
        self.prices.append(trade.price)
        {body}


@hookimpl
def register_models():
    return {{"planted": Planted}}
'''
UP = "buy(trade.symbol, 1) if {} else None"

HONEST = ("", "return (buy if trade.price > min(self.prices[-5:]) else sell)(trade.symbol, 1)")
CHEATS = {
    # At the very list the replay plays from.
    "tape in memory": (
        "",
        "if self.heard % 20:\n            return None\n"  # a process that has run many tests has millions of objects
        "        tapes = [each for each in gc.get_objects() if type(each) is list and len(each) > 100"
        " and type(each[0]) is Trade]\n"
        "        near = [each for each in tapes for event in each if trade.ts < event.ts < trade.ts + 8_000_000_000]\n"
        "        return buy(trade.symbol, 1) if len(near) % 2 else sell(trade.symbol, 1)",
    ),
    "what an earlier play has left": (
        "SEEN = {{}}\n",
        "SEEN[trade.ts] = trade.price\n"
        "        return " + UP.format("SEEN.get(trade.ts + 7_000_000_000, 0) > trade.price"),
    ),
    "a file by time": (
        "with open({copy!r}) as file:\n"
        "    AT = {{int(row['ts_ns']): float(row['price']) for row in csv.DictReader(file)}}\n",
        "return " + UP.format("AT.get(trade.ts + 7_000_000_000, 0) > trade.price"),
    ),
    "a file by counting": (
        "with open({copy!r}) as file:\n    ROWS = [float(row['price']) for row in csv.DictReader(file)]\n",
        "return " + UP.format("ROWS[min(self.heard + 1, len(ROWS) - 1)] > trade.price"),
    ),
    "a file in cents by counting, behind a function": (
        "def _load():\n    with open({copy!r}) as file:\n"
        "        rows = tuple(round(float(row['price']) * 100) for row in csv.DictReader(file))\n"
        "    return lambda place: rows[min(place, len(rows) - 1)]\n\n\nfuture = _load()\n",
        "return " + UP.format("future(self.heard + 1) > trade.price * 100"),
    ),
    "the tape's own file": (
        "",
        "with open({tape!r}) as file:\n"
        "            rows = file.read().splitlines()[1:]\n"
        "        return " + UP.format("float(rows[min(self.heard + 1, len(rows) - 1)].split(',')[2]) > trade.price"),
    ),
}  # fmt: skip


def course(folder: Path, before: str, body: str) -> list[str]:
    """A tape, a copy of it, and a settings file with the model, as words of the command line."""
    random = Random(5)
    rows = [
        f"{OPEN + 7 * SECOND * place},SPY,{100 + random.randrange(40) / 100:.2f},{random.randrange(1, 900)}"
        for place in range(240)
    ]
    tape, copy = folder / "tape.csv", folder / "copy.csv"
    for file in (tape, copy):
        file.write_text("\n".join(["ts_ns,symbol,price,size", *rows]))
    source = HEAD.format(before=before.format(copy=str(copy)), body=body.replace("{tape!r}", repr(str(tape))))
    (folder / "plugins").mkdir(mode=0o755)
    (folder / "plugins" / "planted.py").write_text(source)
    (folder / "hftd.toml").write_text("")
    return ["replay", str(tape), "--config", str(folder / "hftd.toml"), "--check-lookahead"]


def test_an_honest_model_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(course(tmp_path, *HONEST)) == 0
    assert capsys.readouterr().out == "planted: knows nothing of what is still to come\n"


@pytest.mark.parametrize("how", CHEATS)
def test_a_model_that_knows_the_future_is_named(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(course(tmp_path, *CHEATS[how])) == 1
    said = capsys.readouterr().out
    assert said.startswith("planted: looks ahead: ")
    assert said.count("\n") == 1


def test_who_reads_the_tape_when_it_is_imported_is_named_and_its_neighbour_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = course(tmp_path, f"with open({str(tmp_path / 'tape.csv')!r}) as file:\n    TAPE = file.read()\n", HONEST[1])
    source = HEAD.format(before="", body=HONEST[1]).replace('"planted"', '"another"')
    (tmp_path / "plugins" / "another.py").write_text(source)
    assert main(words) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "another: knows nothing of what is still to come"
    assert said[1].startswith("planted: looks ahead: the tape's file is opened by its import (2013-10-07 09:30:00)")


def test_what_is_found_is_told_with_its_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(course(tmp_path, *CHEATS["a file by counting"])) == 1
    said = capsys.readouterr().out
    assert "what it keeps as ROWS holds prices that are still to come (2013-10-07 " in said


def test_an_honest_model_may_remember_all_it_has_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "return buy(trade.symbol, 1) if len(self.prices) % 9 == 0 and sum(self.prices) > 0 else None"
    assert main(course(tmp_path, "", body)) == 0
    assert "looks ahead" not in capsys.readouterr().out


def test_an_opened_file_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("some")
    with opened([file]) as was_opened:
        assert not was_opened()
        file.read_text()
        assert was_opened()
        assert not was_opened()


class Holder:
    """Holds what it is given."""

    def __init__(self, held: object) -> None:
        self.held = held


def prints(numbers: list[float]) -> list[Trade]:
    return [Trade("SPY", number, 100, place, place) for place, number in enumerate(numbers)]


@pytest.mark.parametrize(
    "held",
    [
        lambda numbers: numbers,
        lambda numbers: dict(enumerate(numbers)),
        lambda numbers: [("SPY", each) for each in numbers],
        lambda numbers: [{"price": each} for each in numbers],
        lambda numbers: [round(each * 100) for each in numbers],
        prints,
        lambda numbers: {"deep": Holder([1, Holder(tuple(numbers))])},
    ],
)
def test_the_future_is_found_in_whatever_form_it_is_kept(held: object) -> None:
    random = Random(3)
    numbers = [round(random.uniform(90, 110), 2) for _ in range(300)]
    assert knows(Holder(held(numbers)), prints(numbers)[150:])  # type: ignore[operator]
    assert not knows(Holder(held(numbers[:150])), prints(numbers)[150:])  # type: ignore[operator]


def test_the_future_is_found_in_arrays_and_tables() -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    numbers = [round(Random(3).uniform(90, 110) + place / 100, 2) for place in range(300)]
    for held in (numpy.array(numbers), pandas.DataFrame({"p": numbers}), pandas.Series(numbers)):
        assert knows(Holder(held), prints(numbers)[150:])


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here")
def test_no_shipped_model_looks_ahead(capsys: pytest.CaptureFixture[str]) -> None:
    tape = [str(DATA / f"ibm_{kind}_20131007.parquet") for kind in ("trades", "quotes")]
    for model in ("ema_cross", "quote_imbalance", "volume_modulo"):
        words = ["--config", str(ROOT / "hftd.toml"), "--model", model, "--option", "symbol=IBM"]
        assert main(["replay", *tape, *words, "--check-lookahead"]) == 0
        assert capsys.readouterr().out == f"{model}: knows nothing of what is still to come\n"
