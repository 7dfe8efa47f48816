"""The pictures of the report, as SVG that takes its letters and colours from the page it stands in."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

from hftd.lab.replay.diary import Sample
from hftd.lab.report.figures import Figures, needed
from hftd.lab.report.words import clock

WIDE = 9.6
"""Inches; the page scales it."""
INK, FAINT, GAIN, LOSS = "#24313f", "#d9dfe5", "#0b7a75", "#c0392b"
MODELS = ("#0b7a75", "#b8741a", "#5b4b9a", "#2f6db5")


def equity(samples: Sequence[Sample], zone: str) -> str:
    """The account's worth, and below it how far it was under its highest."""
    figure, (upper, lower) = _figure(3.6, (3, 1))
    worth = [each.equity for each in samples]
    peaks = list(_highest(worth))
    under = [(each / peak - 1) * 100 if peak else 0.0 for each, peak in zip(worth, peaks, strict=True)]
    places = range(len(samples))
    colour = GAIN if worth[-1] >= worth[0] else LOSS
    upper.axhline(worth[0], color=FAINT, linewidth=1)
    upper.fill_between(places, worth[0], worth, color=colour, alpha=0.10, linewidth=0)
    upper.plot(places, worth, color=colour, linewidth=1.5)
    _dollars(upper)
    lower.fill_between(places, 0, under, color=LOSS, alpha=0.30, linewidth=0)
    lower.plot(places, under, color=LOSS, linewidth=0.8)
    lower.yaxis.set_major_formatter(lambda value, _: f"{value:.2g} %")
    _times(lower, samples, zone)
    return _svg(figure, "The account's worth, and its drawdown below")


def exposure(samples: Sequence[Sample], zone: str) -> str:
    """What was held: with its sign as an area, without it as a line."""
    figure, (axes,) = _figure(1.7, (1,))
    places = range(len(samples))
    net = [each.net for each in samples]
    axes.axhline(0, color=FAINT, linewidth=1)
    for colour, part in ((GAIN, [max(each, 0.0) for each in net]), (LOSS, [min(each, 0.0) for each in net])):
        axes.fill_between(places, 0, part, color=colour, alpha=0.25, linewidth=0, step="post")
    axes.step(places, [each.gross for each in samples], color=INK, linewidth=0.9, where="post")
    _dollars(axes)
    _times(axes, samples, zone)
    return _svg(figure, "Positions: with their signs as areas, without them as a line")


def models(figures: Figures) -> str:
    """What each model's trips have made up to each of them; empty where no trip was made."""
    if not figures.trips:
        return ""
    figure, (axes,) = _figure(1.9, (1,))
    axes.axhline(0, color=FAINT, linewidth=1)
    for place, name in enumerate(sorted({trip.model for trip in figures.trips})):
        made, steps = 0.0, [0.0]
        numbers = [0]
        for number, trip in enumerate(figures.trips, 1):
            if trip.model == name:
                made += float(trip.pnl)
                steps.append(made)
                numbers.append(number)
        axes.step(numbers, steps, where="post", color=MODELS[place % len(MODELS)], linewidth=1.3, label=name)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=8, labelcolor=INK)
    axes.set_xlabel("trips", color=INK, fontsize=8)
    _dollars(axes)
    return _svg(figure, "Profit of each model's trips, after fees")


def _highest(worth: Sequence[float]) -> Sequence[float]:
    peaks: list[float] = []
    for each in worth:
        peaks.append(max(each, peaks[-1]) if peaks else each)
    return peaks


def _figure(high: float, parts: Sequence[int]) -> tuple[Any, Sequence[Any]]:
    # Not pyplot: it keeps every figure and looks for a screen.
    figure = needed("matplotlib.figure").Figure(figsize=(WIDE, high), layout="constrained")
    axes = figure.subplots(len(parts), 1, sharex=True, height_ratios=parts, squeeze=False)[:, 0]
    for each in axes:
        each.spines[:].set_visible(False)
        each.grid(axis="y", color=FAINT, linewidth=0.6)
        each.set_axisbelow(True)
        each.tick_params(length=0, labelsize=8, labelcolor=INK)
        each.margins(x=0)
    return figure, axes


def _dollars(axes: Any) -> None:
    low, high = axes.get_ylim()
    cents = 0 if high - low >= 5 else 2  # five ticks closer than a dollar would bear the same figures
    axes.yaxis.set_major_formatter(lambda value, _: f"{'−' if value < 0 else ''}${abs(value):,.{cents}f}")
    axes.yaxis.set_major_locator(needed("matplotlib.ticker").MaxNLocator(5))


def _times(axes: Any, samples: Sequence[Sample], zone: str) -> None:
    """Hours below one day, days below several; nights take no room."""
    at = clock(zone)
    days = sorted({each.day for each in samples if each.day})
    labels = [each.day if len(days) > 1 else f"{at(each.at)[11:13]}:00" for each in samples]
    starts = [place for place in range(1, len(labels) - 1) if labels[place] != labels[place - 1]]
    if len(days) > 1:
        starts = [0, *starts]
    shown = starts[:: max(1, len(starts) // 8)]
    axes.set_xticks(shown, [labels[place] for place in shown])


def _svg(figure: Any, title: str) -> str:
    matplotlib = needed("matplotlib")
    out = StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Letters are the page's; only their size stays.
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    head = rf'<svg viewBox="\1" role="img" aria-label="{title}">'
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', head, svg, count=1)
    return svg.replace("xlink:href", "href")
