"""The report for a terminal, 100 columns wide at the most."""

from collections.abc import Sequence

from hftd.lab.report.figures import Account, Figures
from hftd.lab.report.words import clock, money, per_cent, ratio, span

LATEST = 10
"""Trips that are shown; the page shows more of them."""


def text(figures: Figures, zone: str) -> str:
    """The figures, then models, symbols and the last trips as tables; times are of ``zone``."""
    parts = [
        "\n".join(f"{name:22}{value}" for name, value in headline(figures)),
        _accounts("model", figures.models),
        _accounts("symbol", figures.symbols),
    ]
    return "\n\n".join([*parts, _trips(figures, zone)] if figures.trips else parts)


def headline(figures: Figures) -> list[tuple[str, str]]:
    """The figures of the whole, as name and value."""
    every, ratios = figures.everything, figures.ratios
    return [
        ("profit", f"{money(every.pnl)} ({per_cent(figures.total_return)}) on {money(figures.cash)}"),
        ("fees", money(every.fees)),
        ("slippage", f"{money(every.slippage)} ({ratio(every.slippage_bps)} basis points)"),
        ("Sharpe ratio", ratio(ratios.sharpe)),
        ("Sortino ratio", ratio(ratios.sortino)),
        ("volatility of a year", per_cent(ratios.volatility)),
        ("made of", ratios.returns),
        ("largest drawdown", f"{per_cent(ratios.max_drawdown)} ({money(figures.drawdown_dollars)})"),
        ("trips", f"{every.trips:,}, {per_cent(every.hit_rate)} made money" if every.trips else "none"),
        ("profit factor", ratio(every.profit_factor)),
        ("turnover", f"{money(every.turnover)}, {figures.turnover:.2f} times the cash"),
        ("exposure", f"{per_cent(figures.exposure)} on average, {per_cent(figures.max_exposure)} at most"),
        ("in the market", per_cent(figures.in_market)),
    ]


def account_row(account: Account) -> tuple[str, ...]:
    """One line of the tables of models and symbols."""
    return (
        account.name or "(nobody)", money(account.pnl), money(account.fees), money(account.slippage),
        f"{account.fills:,}", money(account.turnover), f"{account.trips:,}", per_cent(account.hit_rate),
        ratio(account.profit_factor),
    )  # fmt: skip


ACCOUNT = ("profit", "fees", "slippage", "fills", "turnover", "trips", "hit rate", "profit factor")
TRIP = ("closed", "model", "symbol", "side", "shares", "in", "out", "held", "profit")


def trip_rows(figures: Figures, zone: str, most: int) -> list[tuple[str, ...]]:
    """The last ``most`` trips, the latest first."""
    at = clock(zone)
    return [
        (
            at(trip.closed), trip.model, trip.symbol, trip.side, f"{trip.shares:,}", f"{trip.entry:,.4f}",
            f"{trip.exit:,.4f}", span(trip.closed - trip.opened), money(float(trip.pnl)),
        )
        for trip in reversed(figures.trips[-most:])
    ]  # fmt: skip


def _accounts(what: str, accounts: Sequence[Account]) -> str:
    return _table((what, *ACCOUNT), [account_row(account) for account in accounts])


def _trips(figures: Figures, zone: str) -> str:
    table = _table(TRIP, trip_rows(figures, zone, LATEST), words=4)
    more = len(figures.trips) - LATEST
    return f"{table}\n… and {more:,} trips before them" if more > 0 else table


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """Columns as wide as they must be; the first ``words`` of them to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )
