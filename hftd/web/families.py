"""The metrics of a daemon, as Prometheus names and shapes them; docs/use/metrics.rst lists every one."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, get_args

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from hftd.core.events import PhaseName
from hftd.runtime.speed.latency import MIDDLES, Latency, floor
from hftd.web.tally import Tally

KINDS = {"trades": "trade", "quotes": "quote", "bars": "bar", "outside": "outside"}
SIDES = {"buy_intents": "buy", "sell_intents": "sell"}

Figures = Iterable[tuple[tuple[str, ...], float]]
"""Values of the labels, and what there is of them."""

SHORTEST, LONGEST = 4 * 10, 4 * 30
"""Buckets of ``Latency`` that the histogram parts durations at, two to each doubling: from 1 µs to 1.1 s."""


def of_journal(tally: Tally) -> Iterator[Metric]:
    """What its journal tells, whether the daemon runs or not."""
    yield _counter("frames", "Frames that came in, by feed.", _by_one(tally.frames), "feed")
    yield _counter("orders", "Orders that left, by model and side.", tally.orders.items(), "model", "side")
    yield _counter("refusals", "Intents refused, by model and check.", tally.refusals.items(), "model", "code")
    yield _counter("cancels", "Withdrawals that were asked of the venue.", [((), tally.cancels)])
    yield _counter("benched", "Times a model was taken out of the game.", _by_one(tally.benched), "model")
    says = "How long each stage of an order's way took; the sum is right within 19 %."
    histogram = HistogramMetricFamily("hftd_latency_seconds", says, labels=["stage"])
    for stage, latency in sorted(tally.stages.items()):
        buckets, total = _buckets(latency)
        histogram.add_metric([stage], buckets, total)
    yield histogram


def of_status(facts: Mapping[str, Any]) -> Iterator[Metric]:
    """What the daemon says of itself."""
    counts = facts["counts"]
    events = _by_one({kind: counts[name] for name, kind in KINDS.items()})
    yield _counter("events", "Market events of this trading day; outside: while it was closed.", events, "kind")
    intents = _by_one({side: counts[name] for name, side in SIDES.items()})
    yield _counter("intents", "Intents of models this trading day, by side.", intents, "side")
    yield _counter("fills", "Executions this trading day.", [((), counts["fills"])])
    yield _gauge("open_orders", "Orders that may still trade.", [((), len(facts["open_orders"]))])
    positions = [((symbol,), float(held["shares"])) for symbol, held in facts["positions"].items()]
    yield _gauge("position_shares", "Signed shares held; a symbol that is flat is absent.", positions, "symbol")
    yield _gauge("profit_dollars", "The day's profit, at the market.", [((), float(facts["profit"]))])
    yield _gauge("cash_dollars", "Cash of the account.", [((), float(facts["cash"]))])
    yield _gauge("feed_up", "Whether a stream is logged in and subscribed.", _by_one(facts["feeds"]), "feed")
    phases = [((phase,), phase == facts["phase"]) for phase in get_args(PhaseName)]
    yield _gauge("session_phase", "1 for the phase the trading day is in, 0 for the others.", phases, "phase")
    yield _gauge("halted", "Whether the kill switch is thrown.", [((), bool(facts["halted"]))])
    yield _gauge("trouble", "Whether something is wrong that the status line names.", [((), bool(facts["trouble"]))])
    yield _gauge("reconciled", "Whether the account is settled with the venue.", [((), facts["reconciled"])])
    frozen = [((symbol,), 1) for symbol in facts["frozen"]]
    yield _gauge("frozen", "1 for each symbol whose position does not add up.", frozen, "symbol")
    models = [((name, model["state"]), 1) for name, model in facts["models"].items()]
    yield _gauge("model", "1 for each model, with where it stands.", models, "model", "state")
    yield _gauge("ticks_per_second", "Market events a second, over the last one.", [((), facts["ticks_per_second"])])


def up(answers: bool) -> Metric:
    """Whether the daemon answers."""
    return _gauge("up", "Whether the daemon answers on its control socket.", [((), answers)])


def _by_one(counts: Mapping[str, float]) -> Figures:
    return [((value,), count) for value, count in counts.items()]


def _counter(name: str, says: str, counts: Figures, *labels: str) -> Metric:
    family = CounterMetricFamily(f"hftd_{name}", says, labels=labels)
    for values, count in sorted(counts):
        family.add_metric(values, count)
    return family


def _gauge(name: str, says: str, figures: Figures, *labels: str) -> Metric:
    family = GaugeMetricFamily(f"hftd_{name}", says, labels=labels)
    for values, figure in sorted(figures):
        family.add_metric(values, float(figure))
    return family


def _buckets(latency: Latency) -> tuple[list[tuple[str, float]], float]:
    """What was counted below each edge, and the sum of all in seconds, each taken to be in the middle of its bucket."""
    counts = latency.counts()
    below = list(accumulate(counts.get(bucket, 0) for bucket in range(LONGEST)))
    edges = [(repr(floor(edge) / 1e9), float(below[edge - 1])) for edge in range(SHORTEST, LONGEST + 1, 2)]
    total = sum(count * MIDDLES[bucket] / 1e9 for bucket, count in counts.items())
    return [*edges, ("+Inf", float(latency.count))], total
