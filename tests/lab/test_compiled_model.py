"""Which models are compiled, and in what words the others are left to the engine."""

import sys
from pathlib import Path
from textwrap import dedent, indent

import pytest

from hftd.config.schema import Config
from hftd.errors import HftdError
from hftd.lab.compiled.model import Compiled, compile_model
from hftd.lab.compiled.refusal import NotCompiled
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints

pytest.importorskip("numba")

HEAD = """\
import math
from hftd import Model, Options, Quote, Trade, buy, cancel, hookimpl, sell, target

LIMIT = 300
NAMES = ["a"]


class M(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 5
        name: str = "x"

"""
TAIL = """

@hookimpl
def register_models():
    return {"m": M}
"""
FIRST = len(HEAD.splitlines()) + 1
"""The line the body of the class begins in."""


def plan(tmp_path: Path, body: str) -> Blueprint:
    """A model whose class has this body."""
    file = tmp_path / "m.py"
    file.write_text(HEAD + indent(dedent(body), "    ") + TAIL)
    file.chmod(0o644)
    (made,) = blueprints(Config(), host.load(tmp_path, entries=()), tmp_path / "hftd.toml")
    return made


def compiled(tmp_path: Path, body: str) -> Compiled:
    return compile_model(plan(tmp_path, body))


def test_the_shipped_model_compiles_as_it_stands():
    folder = Path(__file__).parents[2] / "plugins"
    plans = {each.name: each for each in blueprints(Config(), host.load(folder, entries=()), folder / "hftd.toml")}
    made = compile_model(plans["volume_modulo"])
    assert (made.symbol, made.kinds) == ("SPY", ("trade",))
    assert made.figures.options == {"shares": 5}


def test_attributes_are_told_apart_by_whether_a_handler_sets_them(tmp_path):
    made = compiled(
        tmp_path,
        """\
        def start(self):
            self.alpha = 2 / (9 + 1)
            self.mean = 0.0
            self.ring = [0.0] * 4

        def on_trade(self, trade):
            self.mean += self.alpha * (trade.price - self.mean)
            self.ring[trade.size % 4] = self.mean
        """,
    )
    assert made.figures.fixed == {"alpha": 0.2}
    assert made.figures.state == {"mean": 0.0}
    assert made.figures.rows["ring"].tolist() == [0.0] * 4


def test_other_options_of_one_model_share_its_machine_code(tmp_path):
    body = "def on_trade(self, trade):\n    return buy(trade.symbol, self.options.shares)\n"
    first = plan(tmp_path, body)
    second = type(first)(first.name, first.cls, first.cls.Options(shares=9), first.table, first.file, first.digest)
    assert compile_model(first).play is compile_model(second).play


REFUSED = [
    ("return [buy(trade.symbol, 1)]", "on_trade returns a list"),
    ("return buy(trade.symbol, 1), sell(trade.symbol, 1)", "on_trade returns a tuple"),
    ("if self.view.position(trade.symbol):\n    return None", "uses self.view, which the engine alone can answer"),
    ("return cancel()", "on_trade returns cancel(), expected buy(), sell(), target() or None"),
    ("return buy(trade.symbol, 1, limit=10)", "buy() with limit, expected symbol and shares"),
    ("return buy('IBM', 1)", "buy() of `'IBM'`, expected the symbol SPY"),
    ("return 3", "on_trade returns `3`, expected buy(), sell(), target() or None"),
    ("print(trade.size)", "`print(trade.size)` is not understood"),
    ("if 'F' in trade.conditions:\n    return None", "`'F' in trade.conditions` is not understood"),
    ("x = trade.exchange", "uses trade.exchange, which is no number of a tape"),
    ("x = trade", "uses the whole trade, expected one of its fields"),
    ("x = trade.size ** 2", "`trade.size ** 2` is not understood"),
    ("x = self.options.name", "uses self.options.name, which is no number"),
    ("x = NAMES", "uses NAMES, which is no number"),
    ("if trade.size > 100:\n    x = 1\nreturn buy(trade.symbol, x)", "x may have no value here"),
    ("while trade.size > 100:\n    pass", "`while trade.size > 100:` is not understood"),
    ("for x in NAMES:\n    pass", "a loop over something else than range()"),
    ("x = math.gcd(trade.size, 3)", "calls math.gcd(), which is not compiled"),
    ("x = max([trade.size])", "calls max() of a list, expected two numbers or more"),
    ("try:\n    x = 1\nexcept ValueError:\n    x = 2", "`try:` is not understood"),
    ("x = lambda: 1", "`lambda: 1` is not understood"),
    ("self.seen = trade.size", "self.seen begins as None, expected a number"),
    ("x = self.words", "self.words begins as a dict, expected a number"),
    ("self.ring = 3", "self.ring is a row of numbers and is set as a whole"),
    ("x = self.twice(trade) + 1", "self.twice() sets attributes and is called inside an expression"),
    ("x = self.silent(trade)", "self.silent() gives no number"),
    ("x = self.mixed(trade)", "mixed gives a number on some ways and nothing on others"),
    ("x = self.endless(trade)", "endless calls itself"),
    ("x = self.ring[0] + self.again[0]", "self.ring and self.again are one row of numbers"),
    ("x = self.half", "self.half begins as a property, expected a number"),
]
OWN = """\
def start(self):
    self.seen = None
    self.words = {}
    self.ring = self.again = [0.0]
    self.count = 0

@property
def half(self):
    return 1

def twice(self, trade):
    self.count += 2
    return trade.size

def silent(self, trade):
    self.count = trade.size

def mixed(self, trade):
    if trade.size > 3:
        return 1

def endless(self, trade):
    return self.endless(trade)

def on_trade(self, trade):
"""


@pytest.mark.parametrize(("body", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_is_not_understood_is_named_with_its_line(tmp_path, body, why):
    with pytest.raises(NotCompiled) as refused:
        compiled(tmp_path, OWN + indent(body, "    ") + "\n")
    place, _, said = str(refused.value).partition(": ")
    assert said == why
    file, _, line = place.rpartition(":")
    assert file == str(tmp_path / "m.py")
    assert FIRST <= int(line) < FIRST + len((OWN + body).splitlines())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("def on_trade(self, trade): pass\ndef on_fill(self, fill): pass", "has on_fill"),
        ("def on_bar(self, bar): pass\ndef on_trade(self, trade): pass", "has on_bar"),
        ("def on_gap(self, gap): pass", "has neither on_trade nor on_quote"),
        ("symbols = ('SPY', 'IBM')\ndef on_trade(self, trade): pass", "trades 2 symbols, expected one"),
        ("on_trade = lambda self, trade: None", "<lambda> is no `def`"),
        ("def on_trade(self, trade, *rest): pass", "on_trade takes other parameters than plain ones"),
    ],
)
def test_a_model_of_another_kind_is_named_with_the_reason(tmp_path, body, why):
    with pytest.raises(NotCompiled, match=r"m\.py") as refused:
        compiled(tmp_path, body)
    assert why in str(refused.value)


def test_a_file_that_has_changed_since_it_was_loaded_is_not_believed(tmp_path):
    made = plan(tmp_path, "def on_trade(self, trade):\n    return buy(trade.symbol, 1)\n")
    file = tmp_path / "m.py"
    file.write_text(file.read_text().replace("buy(trade.symbol, 1)", "buy(trade.symbol, 2)"))
    with pytest.raises(NotCompiled, match="on_trade is not what was loaded, the file has changed"):
        compile_model(made)


def test_without_numba_the_extra_to_install_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(HftdError, match=r"needs numba: \S+/bin/pip install 'hftd\[research\]'"):
        compiled(tmp_path, "def on_trade(self, trade):\n    if trade.size == 4711:\n        return buy('SPY', 1)\n")
