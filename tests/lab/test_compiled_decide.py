"""A compiled model decides what it decides in the engine: models of every kind that compiles, on made-up tapes."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.config.schema import Config, Session
from hftd.core.events import Quote, Trade
from hftd.core.session import Day, Phase, Schedule
from hftd.lab.compiled import check
from hftd.lab.compiled.by_engine import Told, tell
from hftd.lab.compiled.columns import Columns, of_events
from hftd.lab.compiled.decide import decide
from hftd.lab.compiled.model import Compiled, compile_model
from hftd.lab.compiled.refusal import NotCompiled
from hftd.lab.compiled.sample import Window
from hftd.lab.compiled.sessions import Stretch, stretches
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.office.day_table import make_schedule

pytest.importorskip("numba")

MINUTE = 60_000_000_000
OPEN = 1_767_623_400_000_000_000  # 2026-01-05 09:30 in New York
DAY = 1_440 * MINUTE
DAYS = tuple(
    Day(f"2026-01-0{5 + number}", (Phase("regular", OPEN + number * DAY, OPEN + number * DAY + 10 * MINUTE),))
    for number in range(2)
)

MODELS = {
    "modulo": """
        def on_trade(self, trade):
            if trade.size % 17 == 0:
                return sell(trade.symbol, self.options.shares)
            if trade.size % 31 == 0:
                return buy(self.options.symbol, shares=self.options.shares)
    """,
    "average": """
        def start(self):
            self.alpha = 2 / (4 + 1)
            self.mean = 0
            self.above = False

        def on_trade(self, trade: Trade):
            self.mean = self.mean + self.alpha * (trade.price - self.mean) if self.mean else trade.price
            before, self.above = self.above, trade.price > self.mean
            if before is_not self.above:
                return target(trade.symbol, self.options.shares if self.above else -self.options.shares)
            return None
    """.replace("is_not", "!="),
    "window": """
        def start(self):
            self.ring = [0.0] * 5
            self.count = 0

        def on_trade(self, trade):
            self.ring[self.count % len(self.ring)] = trade.price
            self.count += 1
            if self.count < len(self.ring) or trade.price >= FAR or trade.price == NOWHERE:
                return
            low = high = self.ring[0]
            for number in range(1, len(self.ring)):
                low, high = min(low, self.ring[number]), max(high, self.ring[number])
            if trade.price == high and high >= low + STEP:
                return buy(trade.symbol, min(trade.size // 10 + 1, 50))
            return sell(trade.symbol, 1.5) if trade.price == low else None
    """,
    "both": """
        def start(self):
            self.bid = self.ask = 0.0
            self.side = 0

        def on_quote(self, quote):
            self.bid, self.ask = quote.bid, quote.ask
            self.lean(quote.bid_size, quote.ask_size)

        def lean(self, bids, asks):
            if bids in (0, 1) or not asks:
                return
            share = bids / (bids + asks)
            self.side = (share > 0.7) - (share < 0.3)

        def middle(self):
            return round((self.bid + self.ask) / 2, 2)

        def on_trade(self, trade):
            if self.bid and self.ask and self.side:
                if self.side > 0 and trade.price >= self.middle():
                    self.side = 0
                    return buy(trade.symbol, 10)
                elif self.side < 0 and abs(trade.price - self.middle()) < 0.02:
                    return sell(trade.symbol, int(trade.price) % 7 + 1)
    """,
    "methods": """
        def start(self):
            self.count = self.last = 0
            self.seen = [0] * 3

        def take(self, trade, more):
            self.count += more
            return trade.size + self.count

        def half(self, size):
            return size // 2 if size > 50 else size

        def on_trade(self, trade):
            self.last = self.take(trade, 1)
            self.count = self.take(trade, 2)
            self.seen[self.count % 3] = self.take(trade, self.half(trade.size))
            self.take(trade, -1)
            if self.count % 5 == 0 or self.seen[0] < self.seen[1]:
                return buy(trade.symbol, self.half(self.last) + 1)
    """,
    "clock": """
        def start(self):
            self.last = 0

        def on_trade(self, trade):
            rested, self.last = trade.seen - self.last, trade.ts
            if rested < 2_000_000_000 <= rested * 5 and trade.symbol == self.options.symbol:
                return target(trade.symbol, math.floor(trade.price) - 100 + (trade.size & 3))
    """,
}


def load(tmp_path: Path, body: str) -> Compiled:
    text = "import math\nfrom hftd import Model, Options, Quote, Trade, buy, hookimpl, sell, target\n"
    text += "FAR, NOWHERE, STEP = float('inf'), float('nan'), 0.01\n\n\n"
    text += "class M(Model):\n    class Options(Options):\n        symbol: str = 'SPY'\n        shares: int = 5\n\n"
    text += "".join(f"    {line}\n" for line in dedent(body).splitlines())
    text += "\n\n@hookimpl\ndef register_models():\n    return {'m': M}\n"
    file = tmp_path / "m.py"
    file.write_text(text)
    file.chmod(0o644)
    (plan,) = blueprints(Config(), host.load(tmp_path, entries=()), tmp_path / "hftd.toml")
    return compile_model(plan)


def schedule() -> Schedule:
    return make_schedule(DAYS, Session(calendar="NYSE"))


SESSIONS: tuple[Stretch, ...] = tuple(stretches(schedule()))

def tape_of(seed: int) -> list[Trade | Quote]:
    """A tape of two days that begins just before an open; venue times lag a millisecond behind."""
    random = Random(seed)
    now, cents, made = OPEN - 2_000_000_000, 10_000, []
    for _ in range(random.randrange(50, 300)):
        now += random.choices((0, random.randrange(3_000_000_000), 2 * MINUTE, DAY // 2), (300, 600, 8, 6))[0]
        cents += random.randrange(-3, 4)
        if random.random() < 0.5:
            size = random.choice((0, 17, 34, 62, random.randrange(1, 120)))
            made.append(Trade("SPY", cents / 100, size, now - 1_000_000, now))
        else:
            bid, ask = (cents + more if random.random() < 0.9 else 0 for more in (0, random.randrange(4)))
            sizes = random.randrange(9) if bid else 0, random.randrange(9) if ask else 0
            made.append(Quote("SPY", bid / 100, sizes[0], ask / 100, sizes[1], now - 1_000_000, now))
    return made


def compare(compiled: Compiled, tape: list[Trade | Quote], cut: int) -> check.Checked:
    """Both on the whole tape and on its end by itself, which begins with what the model knows by then."""
    columns = of_events("SPY", tape)
    windows = [Window(0, len(tape)), Window(cut, len(tape))]
    decisions = decide(compiled, columns, SESSIONS, check.places(compiled, columns, windows))
    return check.check(compiled, columns, decisions, windows, schedule)


@pytest.mark.parametrize("name", MODELS)
def test_compiled_and_in_the_engine_it_decides_the_same(name, tmp_path):
    compiled = load(tmp_path, MODELS[name])
    decided = []

    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32), st.integers(0, 300))
    def hold(seed, cut):
        tape = tape_of(seed)
        checked = compare(compiled, tape, min(cut, len(tape)))
        assert checked.difference == ""
        decided.append(checked.decisions)

    hold()
    assert sum(decided) > 50  # else nothing was compared


def columns_and_decisions(compiled: Compiled, sizes: Sequence[int]) -> tuple[Columns, list[tuple[int, int, float]]]:
    tape = [Trade("SPY", 100.0, size, OPEN + number, OPEN + number) for number, size in enumerate(sizes)]
    columns = of_events("SPY", tape)
    made = decide(compiled, columns, SESSIONS)
    return columns, list(zip(made.places.tolist(), made.codes.tolist(), made.shares.tolist(), strict=True))


def test_decisions_are_those_of_the_rule(tmp_path):
    # By hand: 34 = 2 * 17 sells, 62 = 2 * 31 buys, 527 = 17 * 31 sells, a print of no shares is no signal.
    _, decided = columns_and_decisions(load(tmp_path, MODELS["modulo"]), [34, 100, 62, 0, 527, 18])
    assert decided == [(0, 2, 5.0), (2, 1, 5.0), (4, 2, 5.0)]


def test_many_steps_are_one_pass(tmp_path, monkeypatch):
    compiled = load(tmp_path, MODELS["window"])
    sizes = [number * 7 % 90 for number in range(300)]
    _, whole = columns_and_decisions(compiled, sizes)
    monkeypatch.setattr("hftd.lab.compiled.decide.STEP", 11)
    assert columns_and_decisions(compiled, sizes)[1] == whole
    assert whole


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("if trade.price / (trade.size - 7) > 50:\n    return buy(trade.symbol, 1)", "ZeroDivisionError"),
        ("if self.ring[trade.size] > 50:\n    return buy(trade.symbol, 1)", "IndexError"),
        ("if math.sqrt(trade.size - 50) > 50:\n    return buy(trade.symbol, 1)", "ValueError"),
        ("if trade.size == 7:\n    return buy(trade.symbol, 1e308 * trade.price * 10)", "shares that are no number"),
        ("self.ring[0] = trade.price\nself.whole[0] = trade.price", "that begins as whole numbers is set to another"),
    ],
)
def test_where_the_model_would_raise_the_engine_is_asked(tmp_path, body, why):
    start = "def start(self):\n    self.ring = [0.0] * 3\n    self.whole = [0] * 3\n\ndef on_trade(self, trade):\n"
    compiled = load(tmp_path, start + "".join(f"    {line}\n" for line in body.splitlines()))
    with pytest.raises(NotCompiled, match=why) as refused:
        columns_and_decisions(compiled, [7])
    assert "\n" not in str(refused.value)


def test_a_model_the_engine_benches_is_a_difference(tmp_path):
    columns, _ = columns_and_decisions(load(tmp_path, MODELS["modulo"]), [34])
    told = Told([], 1, {}, "TypeError at m.py:3")
    assert check.difference(columns, Window(0, 1), told, [], {}) == "the engine benches it: TypeError at m.py:3"


def test_the_engine_says_why_it_benched_a_model(tmp_path):
    rule = "def on_trade(self, trade):\n    if trade.price / (trade.size - 7) > 50:\n        return buy('SPY', 1)\n"
    told = tell(load(tmp_path, rule).plan, schedule(), [Trade("SPY", 100.0, 7, OPEN, OPEN)], "SPY", {})
    assert told.benched == "ZeroDivisionError: float division by zero at m.py:12"


def test_a_planted_difference_is_found_and_named(tmp_path):
    """The tape that is compiled says 62 where the file says 61."""
    compiled = load(tmp_path, MODELS["modulo"])
    columns, _ = columns_and_decisions(compiled, [100, 62, 34])
    file = tmp_path / "tape.csv"
    rows = "".join(f"{OPEN + number},SPY,100.0,{size}\n" for number, size in enumerate((100, 61, 34)))
    file.write_text("ts_ns,symbol,price,size\n" + rows)
    windows = [Window(0, 3)]
    decisions = decide(compiled, columns, SESSIONS, check.places(compiled, columns, windows))
    found = check.check(compiled, columns, decisions, windows, schedule, [file])
    assert found.difference == (
        "at event 2 (2026-01-05 14:30:00.000+00:00) the model decides nothing in the engine, buy 5 compiled"
    )


def test_a_planted_difference_of_what_a_model_knows_is_found(tmp_path):
    compiled = load(tmp_path, MODELS["window"])
    columns, _ = columns_and_decisions(compiled, [1, 2, 3])
    decisions = decide(compiled, columns, SESSIONS, (0, 3))
    decisions.kept[3]["count"] = 4
    found = check.check(compiled, columns, decisions, [Window(0, 3)], schedule)
    assert found.difference == "before event 4 self.count is 3 in the engine, 4 compiled"
