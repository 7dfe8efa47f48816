"""The report of a backtest: its figures by hand and by a second way, its page whole and without a network."""

import os
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd import Fill
from hftd.cli.main import main
from hftd.core.events import Side
from hftd.core.seat import FLATTEN
from hftd.errors import HftdError
from hftd.lab.replay.diary import Booked, Sample
from hftd.lab.report import figures, write
from hftd.lab.report.figures import ratios, running
from hftd.lab.report.trips import accounts, trips
from hftd.lab.report.words import money, per_cent, ratio, span

D = Decimal
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_equities"


def booked(side: Side, shares: int, price: str, at: int = 0, model: str = "m", fee: str = "0") -> Booked:
    return Booked(Fill("o", f"e{at}", "SPY", side, D(shares), D(price), at, at, "", D(fee)), model, float(price), at)


def sample(place: int, equity: float, day: str = "2013-10-07") -> Sample:
    return Sample(place * 60_000_000_000, day, True, equity, 0.0, 0.0)


# ---- trips -----------------------------------------------------------------------------------------------------


def test_what_was_bought_first_is_sold_first() -> None:
    fills = [booked("buy", 100, "10.00", 1), booked("buy", 100, "11.00", 2), booked("sell", 150, "12.00", 3)]
    (trip,) = trips(accounts(fills))
    # 100 from 10 to 12 make 200 dollars, 50 from 11 to 12 make 50.
    assert (trip.side, trip.shares, trip.exit, trip.pnl) == ("long", D(150), D(12), D(250))
    assert trip.entry == D(1550) / 150
    assert (trip.opened, trip.closed) == (1, 3)


def test_a_fill_through_zero_closes_and_opens() -> None:
    fills = [booked("sell", 10, "10.00", 1), booked("buy", 30, "9.00", 2), booked("sell", 20, "9.50", 3)]
    assert [(trip.side, trip.shares, trip.pnl) for trip in trips(accounts(fills))] == [
        ("short", D(10), D(10)),
        ("long", D(20), D(10)),
    ]


def test_a_trip_pays_the_fees_of_both_its_ways() -> None:
    fills = [booked("buy", 100, "10.00", 1, fee="2"), booked("sell", 50, "11.00", 2, fee="3")]
    (trip,) = trips(accounts(fills))
    assert trip.pnl == D(50) - D(1) - D(3)


def test_what_flattens_is_booked_on_who_held_it() -> None:
    fills = [
        booked("buy", 100, "10.00", 1, "a"), booked("buy", 50, "10.00", 2, "b"),
        booked("sell", 160, "11.00", 3, FLATTEN, fee="16"),
    ]  # fmt: skip
    shares = list(accounts(fills))
    assert [(each.model, each.shares, each.fee) for each in shares[2:]] == [
        ("a", D(-100), D(10)), ("b", D(-50), D(5)), (FLATTEN, D(-10), D(1)),
    ]  # fmt: skip
    assert [(trip.model, trip.pnl) for trip in trips(shares)] == [("a", D(90)), ("b", D(45))]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell"]), st.integers(1, 50), st.integers(900, 1100), st.sampled_from(["a", "b"]),
            st.integers(0, 3),
        ),
        max_size=30,
    )
)
def test_trips_and_what_is_left_make_the_money_that_moved(steps: list[tuple[Side, int, int, str, int]]) -> None:
    fills = [
        booked(side, shares, str(D(cents) / 100), at, model, str(fee))
        for at, (side, shares, cents, model, fee) in enumerate(steps)
    ]
    # Sell everything that is left at ten dollars: then trips are all there is.
    for model in ("a", "b"):
        left = sum(
            int(each.fill.shares) * (1 if each.fill.side == "buy" else -1) for each in fills if each.model == model
        )
        if left:
            fills.append(booked("sell" if left > 0 else "buy", abs(left), "10", 99, model))
    moved = sum(
        (
            each.fill.shares * each.fill.price * (1 if each.fill.side == "sell" else -1) - each.fill.fee
            for each in fills
        ),
        D(0),
    )
    assert float(sum((trip.pnl for trip in trips(accounts(fills))), D(0))) == pytest.approx(float(moved))


# ---- ratios ----------------------------------------------------------------------------------------------------


def test_ratios_of_minutes_are_those_of_their_formulas() -> None:
    worth = [100.0, 101.0, 100.5, 102.0, 101.0]
    made = ratios([sample(place, each) for place, each in enumerate(worth)])
    returns = np.diff(worth) / np.array(worth[:-1])
    year = 252 * 390
    assert made.returns == "4 returns of a minute"
    assert made.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(year))
    downside = np.sqrt((np.minimum(returns, 0) ** 2).mean())
    assert made.sortino == pytest.approx(returns.mean() / downside * np.sqrt(year))
    assert made.volatility == pytest.approx(returns.std(ddof=1) * np.sqrt(year))
    assert made.max_drawdown == pytest.approx(101 / 102 - 1)


def test_ratios_of_a_month_are_made_of_days() -> None:
    days = [f"2013-10-{day:02}" for day in range(1, 26)]
    worth = [100 + (place % 4) - place / 10 for place in range(25)]
    samples = [sample(0, 100.0, "")]
    for place, day in enumerate(days):
        samples += [sample(2 * place + 1, 1_000.0, day), sample(2 * place + 2, worth[place], day)]
    made = ratios(samples)
    returns = np.diff([100.0, *worth]) / np.array([100.0, *worth[:-1]])
    assert made.returns == "25 returns of a day"
    assert made.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(252))
    # The drawdown is that of every moment.
    assert made.max_drawdown == pytest.approx(min(worth) / 1_000 - 1)


def test_what_cannot_be_told_is_none() -> None:
    still = ratios([sample(place, 100.0) for place in range(9)])
    assert (still.sharpe, still.sortino, still.max_drawdown) == (None, None, 0.0)
    assert ratios([sample(0, 100.0)]).sharpe is None
    assert ratios([sample(place, 10.0 - place) for place in range(20)]).sharpe is None


def test_nights_are_no_samples_of_a_session() -> None:
    night = Sample(1, "", False, 1.0, 0.0, 0.0)
    assert running([night, night, sample(1, 2.0), night, sample(2, 3.0), night, night]) == [
        night, sample(1, 2.0), sample(2, 3.0), night,
    ]  # fmt: skip


def test_figures_are_written_as_a_trader_reads_them() -> None:
    assert [money(each) for each in (1234.5, -0.5, 0.0, -0.001)] == ["$1,234.50", "-$0.50", "$0.00", "$0.00"]
    assert [per_cent(None), per_cent(0.0123)] == ["–", "1.23%"]
    assert [ratio(None), ratio(-0.001), ratio(1.005)] == ["–", "0.00", f"{1.005:.2f}"]
    assert [span(1_500_000_000), span(61_000_000_000), span(3_661_000_000_000)] == ["1.5 s", "1:01", "1:01:01"]


# ---- a whole report --------------------------------------------------------------------------------------------


@pytest.fixture
def day(tmp_path: Path) -> list[str]:
    """A model that trades a made-up day up and down, as words of the command line."""
    plugins = tmp_path / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / "turns.py").write_text(
        '"""By turns."""\nfrom hftd import Model, Options, Trade, hookimpl, target\n\n\nclass Turns(Model):\n'
        '    class Options(Options):\n        symbol: str = "SPY"\n\n    def start(self):\n        self.heard = 0\n\n'
        "    def on_trade(self, trade: Trade):\n        self.heard += 1\n"
        "        return target(trade.symbol, 10 * (self.heard % 3 - 1))\n\n\n"
        '@hookimpl\ndef register_models():\n    return {"turns": Turns}\n'
    )
    (tmp_path / "hftd.toml").write_text("")
    first = 1_381_152_600_000_000_000  # 2013-10-07, 9:30 in New York
    prints = [(first + 7_000_000_000 * place, 100 + (place * 7 % 13) / 100) for place in range(1_500)]
    rows = [f"{at},SPY,{price:.2f},100" for at, price in prints]
    (tmp_path / "tape.csv").write_text("\n".join(["ts_ns,symbol,price,size", *rows]))
    return [
        "replay", str(tmp_path / "tape.csv"), "--config", str(tmp_path / "hftd.toml"), "--fee", "0.01/share",
    ]  # fmt: skip


class Tags(HTMLParser):
    """Every tag with its attributes, and whether they close as they open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_by_itself(day: list[str], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert main([*day, "--report", str(file)]) == 0
    page = file.read_text()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert page.count("<svg ") == 3
    loads = [value for name, value in tags.attributes if name in ("src", "href") and not value.startswith("#")]
    assert loads == []
    assert not re.search(r"https?://|url\((?!#)|<script|@import", page)
    assert "<h1>turns</h1>" in page


def test_where_nothing_was_closed_there_are_no_trips(
    day: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no table with a head alone."""
    file = tmp_path / "report.html"
    model = tmp_path / "plugins" / "turns.py"
    model.write_text(model.read_text().replace("10 * (self.heard % 3 - 1)", "10"))
    assert main([*day, "--report"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^trips +none$", text, re.MULTILINE)
    assert "closed" not in text
    assert main([*day, "--report", str(file)]) == 0
    assert "trips</h2>" not in file.read_text()


def test_text_json_and_page_tell_the_same(day: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, page = tmp_path / "report.json", tmp_path / "report.html"
    assert main([*day, "--report", str(file), "--json"]) == 0
    facts = msgspec.json.decode(capsys.readouterr().out)
    told = msgspec.json.decode(file.read_bytes())
    assert told["facts"]["orders"] == facts["orders"] > 100
    made = told["figures"]
    assert made["everything"]["pnl"] == pytest.approx(float(facts["pnl"]), abs=0.005)
    assert made["cash"] * made["total_return"] == pytest.approx(made["everything"]["pnl"])
    assert made["everything"]["fees"] == pytest.approx(made["everything"]["shares"] / 100)
    assert sum(trip["pnl"] > "0" for trip in made["trips"]) == pytest.approx(
        made["everything"]["hit_rate"] * len(made["trips"])
    )
    assert main([*day, "--report"]) == 0
    text = capsys.readouterr().out
    assert main([*day, "--report", str(page)]) == 0
    for figure in (money(made["everything"]["pnl"]), per_cent(made["ratios"]["max_drawdown"])):
        assert figure in text
        assert figure in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "x.pdf"], "--report x.pdf: expected a file ending in .html or .json"),
        (["--report", "/nowhere/x.html"], "no such folder /nowhere"),
        (["--latency", "5"], "--latency 5: expected a time such as 500us"),
        (["--latency", "5ms/"], "--latency 5ms/: expected a time"),
        (["--fee", "1"], "--fee 1: expected dollars as 0.005/share"),
        (["--fee", "1/share"], "--fee 1/share: a fee of this kind was given already"),
        (["--slippage", "mid"], "--slippage mid: expected quote, print"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(
    day: list[str], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*day, *words]) != 0
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_wrong_option_is_not_blamed_on_the_settings_alone(
    day: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*day, "--model", "turns", "--option", "symbl=IBM"]) == 78
    said = capsys.readouterr().err
    assert said.endswith("/hftd.toml with --option: [models.turns] symbl: no such key, nearest is symbol\n")


def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(figures, "import_module", gone)
    with pytest.raises(HftdError, match=r"a report needs matplotlib: \S+/bin/pip install 'hftd\[lab\]'"):
        figures.needed("matplotlib")
    with pytest.raises(HftdError, match="empyrical"):
        write.check(None)


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here")
def test_a_real_day_adds_up(tmp_path: Path) -> None:
    """Models, symbols and the whole agree, and so do the account's worth and the fills."""
    file = tmp_path / "report.json"
    tape = [str(DATA / f"ibm_{kind}_20131007.parquet") for kind in ("trades", "quotes")]
    words = ["--config", str(ROOT / "hftd.toml"), "--model", "volume_modulo", "--option", "symbol=IBM"]
    assert main(["replay", *tape, *words, "--report", str(file), "--fee", "1bps"]) == 0
    made = msgspec.json.decode(file.read_bytes())["figures"]
    whole = made["everything"]
    assert whole["fills"] > 50
    assert whole["fees"] == pytest.approx(whole["turnover"] / 10_000)
    for part in ("models", "symbols"):
        for figure in ("pnl", "fees", "turnover", "fills", "trips", "slippage"):
            assert sum(each[figure] for each in made[part]) == pytest.approx(whole[figure])
    assert made["equity"] - made["cash"] == pytest.approx(whole["pnl"])
    # A taker who crosses the spread loses about half of it with each share.
    assert whole["slippage"] > 0
