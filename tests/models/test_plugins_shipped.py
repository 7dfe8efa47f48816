"""The models hftd ships, driven by events, against figures reached another way."""

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest

from hftd import Bar, Model, Quote, Trade
from hftd.config.load import load
from hftd.core.intents import Intent, Target
from hftd.errors import PluginError
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import blueprints

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
MINUTE = 60_000_000_000


def recorded(name: str) -> Path:
    """A file of real market data; absent on a user's machine, required where every test must run."""
    if not (DATA / name).exists() and os.environ.get("CI") != "true":
        pytest.skip(f"market data {name} is missing")
    return DATA / name


@pytest.fixture(scope="module")
def plugins() -> Iterator[host.Plugins]:
    loaded = host.load(REPOSITORY / "plugins", entries=())
    yield loaded
    loaded.forget()


def built(plugins: host.Plugins, name: str, **options: Any) -> Any:
    cls = plugins.factory("models", name)
    return cls(cls.Options(**options), Blank())


def trade(size: int) -> Trade:
    return Trade("SPY", 167.42, size, 0, 0)


def bar(close: float, minute: int = 0, span: Any = "minute") -> Bar:
    return Bar("SPY", close, close, close, close, 100, minute * MINUTE, minute * MINUTE, span)


def quote(bid: float, bid_size: int, ask: float, ask_size: int) -> Quote:
    return Quote("SPY", bid, bid_size, ask, ask_size, 0, 0)


def test_the_shipped_settings_run_every_shipped_model(plugins: host.Plugins) -> None:
    """volume_modulo trades, the other two only decide, all on SPY."""
    file = REPOSITORY / "hftd.toml"
    found = blueprints(load(file), plugins, file)

    states = {blueprint.name: blueprint.table.state for blueprint in found}
    assert states == {"ema_cross": "shadow", "quote_imbalance": "shadow", "volume_modulo": "active"}
    assert {blueprint.build(Blank()).symbols for blueprint in found} == {("SPY",)}


def test_every_shipped_plugin_says_what_it_does() -> None:
    """A plugin's docstring is its manual."""
    for path in (REPOSITORY / "plugins").glob("*.py"):
        assert path.read_text().startswith('"""'), path


def test_every_shipped_plugin_has_a_test_on_a_stage() -> None:
    """One that shows, as a user would, what becomes of its wishes."""
    for path in (REPOSITORY / "plugins").glob("*.py"):
        test = Path(__file__).with_name(f"test_{path.stem}.py")
        assert "from hftd.testing import" in test.read_text(), test


# ---- volume_modulo ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "side"),
    [(17, "sell"), (34, "sell"), (1700, "sell"), (31, "buy"), (3100, "buy"), (527, "sell"), (100, None), (1, None)],
)
def test_volume_modulo_sells_seventeens_and_buys_thirty_ones(
    plugins: host.Plugins, size: int, side: str | None
) -> None:
    """Selling comes first: 527 = 17 x 31 is a sale."""
    expected = None if side is None else Intent("SPY", side, Decimal(5))  # type: ignore[arg-type]

    assert built(plugins, "volume_modulo").on_trade(trade(size)) == expected


def test_volume_modulo_trades_as_many_shares_as_it_is_told(plugins: host.Plugins) -> None:
    """`shares` is the size of every order."""
    assert built(plugins, "volume_modulo", shares=7).on_trade(trade(31)).shares == 7


@pytest.mark.data
def test_volume_modulo_counts_of_a_real_day(plugins: host.Plugins) -> None:
    """Buys and sells on every SPY print of 2013-10-07 are those that column arithmetic counts."""
    sizes = polars.read_parquet(recorded("us_equities/spy_trades_20131007.parquet"))["size"]
    sells = int((sizes % 17 == 0).sum())
    buys = int(((sizes % 17 != 0) & (sizes % 31 == 0)).sum())

    model = built(plugins, "volume_modulo")
    sides = [intent.side for size in sizes.to_list() if (intent := model.on_trade(trade(size))) is not None]

    assert (sides.count("sell"), sides.count("buy")) == (sells, buys)
    assert sells > 100
    assert buys > 100


# ---- quote_imbalance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "shares"),
    [
        (quote(167.42, 900, 167.43, 100), 10),  # 0.9 of the size is bid
        (quote(167.42, 100, 167.43, 900), -10),
        (quote(167.42, 800, 167.43, 200), None),  # 0.8 is not above 0.8
        (quote(167.42, 500, 167.43, 500), None),
        (quote(167.42, 900, 167.44, 100), None),  # two cents wide
        (quote(167.43, 900, 167.42, 100), None),  # crossed
        (quote(167.42, 900, 167.42, 100), None),  # locked
        (quote(167.42, 900, 0.0, 0), None),  # nobody offers
        (quote(0.0, 0, 167.42, 900), None),
        (quote(0.57, 900, 0.58, 100), 10),  # 0.58 - 0.57 is a hair more than a cent
    ],
)
def test_quote_imbalance_takes_the_side_of_the_longer_queue(
    plugins: host.Plugins, seen: Quote, shares: int | None
) -> None:
    """Long while the bid is large, short while the offer is, nothing where the quote says nothing."""
    expected = None if shares is None else Target("SPY", Decimal(shares))

    assert built(plugins, "quote_imbalance").on_quote(seen) == expected


def test_quote_imbalance_wishes_once_a_change(plugins: host.Plugins) -> None:
    """A stance is kept through quotes between the thresholds, and is not wished for twice."""
    model = built(plugins, "quote_imbalance")
    long, between, short = (quote(167.42, bid, 167.43, 1000 - bid) for bid in (900, 500, 100))

    wishes = [model.on_quote(seen) for seen in (long, long, between, long, short, between, short, long)]

    targets = [None if wish is None else int(wish.shares) for wish in wishes]
    assert targets == [10, None, None, None, -10, None, None, 10]


# ---- ema_cross -------------------------------------------------------------------------------------------------


def crossings(closes: list[float], fast: int, slow: int, shares: int) -> list[tuple[int, int]]:
    """Where pandas' averages cross: (index of the bar, target); the first `period` closes count as their mean."""

    def average(period: int) -> pandas.Series:
        begun = pandas.Series([sum(closes[:period]) / period, *closes[period:]], index=range(period - 1, len(closes)))
        return begun.ewm(span=period, adjust=False).mean()

    gap = (average(fast) - average(slow)).dropna()
    side = gap[gap != 0] > 0
    changed = side[(side != side.shift()) & side.shift().notna()]
    return [(int(index), shares if above else 0) for index, above in changed.items()]


def minutes(name: str) -> list[float]:
    """Closes in dollars of one day's minute bars, 09:30 to 16:00 New York."""
    with zipfile.ZipFile(recorded(name)) as archive:
        rows = csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode()))
        return [int(row[4]) / 10_000 for row in rows if 34_200_000 <= int(row[0]) < 57_600_000]


def decided(model: Model, closes: list[float]) -> list[tuple[int, int]]:
    wishes = [(index, model.on_bar(bar(close, index))) for index, close in enumerate(closes)]  # type: ignore[attr-defined]
    return [(index, int(wish.shares)) for index, wish in wishes if wish is not None]


def test_ema_cross_by_hand(plugins: host.Plugins) -> None:
    """Periods 1 and 2 on 10 10 13 10: slow 10, 12, 10.667; above from the third bar, below from the fourth.

    The slow average begins as the mean of the first two (10) and moves two thirds of the way to each new close.
    At 10 = 10 there is no side, so the third bar makes the first side known and the fourth is the first crossing.
    """
    model = built(plugins, "ema_cross", fast=1, slow=2, shares=3)

    assert decided(model, [10.0, 10.0, 13.0, 10.0, 13.0]) == [(3, 0), (4, 3)]
    assert model.slow[-1] == pytest.approx(12 + 2 / 9)  # 10, 12, 10 2/3, 12 2/9


@pytest.mark.data
@pytest.mark.parametrize("day", ["20131004", "20131007", "20131008", "20131009", "20131010", "20131011"])
def test_ema_cross_on_real_minutes(plugins: host.Plugins, day: str) -> None:
    """Every crossing of a real day of SPY is found on the same minute by pandas."""
    closes = minutes(f"bars/minute_spy/{day}_trade.zip")
    expected = crossings(closes, 10, 30, 100)

    assert decided(built(plugins, "ema_cross"), closes) == expected
    assert len(closes) > 380
    assert expected


@pytest.mark.data
def test_ema_cross_goes_on_for_days_in_the_same_room(plugins: host.Plugins) -> None:
    """Six days in one run cross where pandas says, and the model holds a bounded number of values."""
    days = ("20131004", "20131007", "20131008", "20131009", "20131010", "20131011")
    closes = [close for day in days for close in minutes(f"bars/minute_spy/{day}_trade.zip")]
    model = built(plugins, "ema_cross")

    assert decided(model, closes) == crossings(closes, 10, 30, 100)
    assert len(closes) > 2000
    assert max(len(model.fast.input_values), len(model.slow.input_values), len(model.slow)) <= 90


def test_ema_cross_passes_over_days_and_minutes_sent_again(plugins: host.Plugins) -> None:
    """Only a new minute moves the averages."""
    model = built(plugins, "ema_cross", fast=1, slow=2)

    assert model.on_bar(bar(10.0, span="day")) is None
    assert model.on_bar(bar(10.0, span="updated")) is None
    assert len(model.fast) == 0


def test_ema_cross_refuses_periods_that_cannot_cross(plugins: host.Plugins) -> None:
    """A fast average slower than the slow one is a mistake in the settings, told at the start."""
    config = load(REPOSITORY / "hftd.toml")
    config.models["ema_cross"] |= {"fast": 30, "slow": 10}
    blueprint = next(b for b in blueprints(config, plugins, Path("hftd.toml")) if b.name == "ema_cross")

    with pytest.raises(PluginError, match=r"ValueError: expected 0 < fast < slow, found fast 30, slow 10$"):
        blueprint.build(Blank())
