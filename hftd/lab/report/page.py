"""The report as one HTML file that needs nothing else: no network, no script."""

from collections.abc import Mapping
from importlib.resources import files

from hftd.lab.replay.backtest import Played
from hftd.lab.report import charts
from hftd.lab.report.figures import Figures, needed, running
from hftd.lab.report.text import ACCOUNT, TRIP, account_row, headline, trip_rows
from hftd.lab.report.words import clock, money, per_cent, ratio

TRIPS = 500
"""Of the trips, the latest so many are listed."""


def page(played: Played, figures: Figures, about: Mapping[str, str], zone: str) -> str:
    """The page in HTML. ``about`` are words on what was played, by name; times are of ``zone``.

    Raises HftdError where matplotlib or jinja2 is not installed.
    """
    jinja2, markupsafe = needed("jinja2"), needed("markupsafe")
    samples = running(played.equity)
    pictures = (
        ("Equity and drawdown", charts.equity(samples, zone)),
        ("Positions", charts.exposure(samples, zone)),
        ("Profit by trips", charts.models(figures)),
    )
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        files("hftd.lab.report").joinpath("page.html").read_text("utf-8")
    )
    at = clock(zone)
    return str(template.render(
        title=", ".join(sorted(each.name for each in figures.models if each.name)) or "no model traded",
        began=at(figures.began), ended=at(figures.ended), zone=zone, about=about, tiles=_tiles(figures),
        headline=headline(figures), pictures=[(name, markupsafe.Markup(svg)) for name, svg in pictures if svg],
        accounts=[
            ("model", [account_row(each) for each in figures.models]),
            ("symbol", [account_row(each) for each in figures.symbols]),
        ],
        account=ACCOUNT, trip=TRIP, trips=trip_rows(figures, zone, TRIPS), all_trips=f"{len(figures.trips):,}",
        more=len(figures.trips) > TRIPS,
    ))  # fmt: skip


def _tiles(figures: Figures) -> list[tuple[str, str, str]]:
    """The figures one looks at first: name, value, and whether it is a ``gain`` or a ``loss``."""
    pnl = figures.everything.pnl
    return [
        ("Profit", money(pnl), "gain" if pnl > 0 else "loss" if pnl < 0 else ""),
        ("Return", per_cent(figures.total_return), "gain" if pnl > 0 else "loss" if pnl < 0 else ""),
        ("Sharpe", ratio(figures.ratios.sharpe), ""),
        ("Sortino", ratio(figures.ratios.sortino), ""),
        ("Drawdown", per_cent(figures.ratios.max_drawdown), "loss" if figures.ratios.max_drawdown < 0 else ""),
        ("Hit rate", per_cent(figures.everything.hit_rate), ""),
    ]
