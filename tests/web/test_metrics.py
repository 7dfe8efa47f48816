"""A page for Prometheus: read by Prometheus' own parser, held against the journal and against what the daemon says."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from processes import HFTD, PATIENCE, journal, process, settings, simulated_venue, until
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hftd.cli.main import main
from hftd.cli.metrics import place
from hftd.core.effects import Bench, Cancel, Refuse, Replace, Submit
from hftd.core.events import FeedUp, Measured
from hftd.core.intents import buy
from hftd.core.orders import Order
from hftd.errors import Refused, Unavailable, to_install
from hftd.runtime.past.journal import FORMAT, Begin, Journal
from hftd.web.metrics import Metrics

DOCS = Path(__file__).parents[2] / "docs"
NOW = 1_795_194_000_000_000_000

FACTS: dict[str, Any] = {
    "counts": {
        "trades": 1200, "quotes": 34, "bars": 5, "outside": 6, "buy_intents": 7, "sell_intents": 8, "orders": 9,
        "refused": 10, "fills": 11,
    },
    "open_orders": ["a", "b"], "positions": {"SPY": {"shares": "-35", "average": "562.1000"}},
    "profit": "-12.30", "cash": "100000.5", "feeds": {"market data": True, "order updates": False},
    "phase": "open", "halted": "", "trouble": "order updates down: mute", "reconciled": True,
    "frozen": {"QQQ": "5"}, "models": {"careful": {"state": "active"}, "broken": {"state": "benched"}},
    "ticks_per_second": 1234.5,
}  # fmt: skip


def order(number: int, side: Any = "buy", model: str = "careful") -> Order:
    return Order(f"20261120-c7ec94-{number:06d}", model, "SPY", side, Decimal(1), None, "day", NOW)


def begun(root: Path, day: str = "2026-11-20") -> Journal:
    return Journal(root / day, Begin(FORMAT, day, "c7ec94", "test", {}))


def silent() -> Mapping[str, Any]:
    raise Unavailable("no daemon answers here")


Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(page: str) -> Samples:
    """Every sample by its name and the values of its labels, sorted by label, as the library's own parser has them."""
    families = list(text_string_to_metric_families(page))
    assert all(family.documentation for family in families)
    every = [sample for family in families for sample in family.samples]
    return {(each.name, tuple(each.labels[name] for name in sorted(each.labels))): each.value for each in every}


def shown(metrics: Metrics) -> Samples:
    metrics.catch_up()
    registry = CollectorRegistry()
    registry.register(metrics)
    return samples(generate_latest(registry).decode())


# ---- what the journal tells -----------------------------------------------------------------------------------------


def test_orders_refusals_and_frames_are_counted_from_the_journal(tmp_path: Path) -> None:
    made = begun(tmp_path)
    for _ in range(3):
        made.frame("market data", NOW, b"[]")
    made.frame("order updates", NOW, b"{}")
    made.effects([Submit(order(1)), Submit(order(2, "sell")), Replace(order(3))])
    made.effects([Refuse("careful", buy("SPY", 1), "position", "x"), Refuse("careful", buy("SPY", 1), "stale", "x")])
    made.effects([Refuse("careful", buy("SPY", 1), "stale", "x"), Cancel("a", "b"), Bench("broken", "it raised")])
    made.close()
    found = shown(Metrics(tmp_path, silent))

    assert found["hftd_up", ()] == 0
    assert {key: found[key] for key in found if key[0].startswith("hftd_frames")} == {
        ("hftd_frames_total", ("market data",)): 3, ("hftd_frames_total", ("order updates",)): 1,
    }  # fmt: skip
    assert found["hftd_orders_total", ("careful", "buy")] == 2
    assert found["hftd_orders_total", ("careful", "sell")] == 1
    assert found["hftd_refusals_total", ("position", "careful")] == 1
    assert found["hftd_refusals_total", ("stale", "careful")] == 2
    assert found["hftd_cancels_total", ()] == found["hftd_benched_total", ("broken",)] == 1
    assert not [name for name, _ in found if name in ("hftd_fills_total", "hftd_profit_dollars")]


def test_what_was_measured_is_a_histogram_of_seconds(tmp_path: Path) -> None:
    """Bucket 4n + q begins at (4 + q) * 2**n / 4 ns: two in [4096, 5120), one from 49,152 ns, one from 2**39 ns on."""
    made = begun(tmp_path)
    made.event(Measured({"decide": {48: 1}, "send": {59: 5}}, NOW))
    made.event(Measured({"decide": {48: 1, 62: 1, 156: 1}}, NOW))
    made.close()
    found = shown(Metrics(tmp_path, silent))
    bucket = "hftd_latency_seconds_bucket"

    assert found[bucket, ("4.096e-06", "decide")] == 0
    assert found[bucket, ("6.144e-06", "decide")] == 2
    assert found[bucket, ("4.9152e-05", "decide")] == 2
    assert found[bucket, ("6.5536e-05", "decide")] == 3
    assert found[bucket, ("1.073741824", "decide")] == 3
    assert found[bucket, ("+Inf", "decide")] == found["hftd_latency_seconds_count", ("decide",)] == 4
    assert found["hftd_latency_seconds_sum", ("decide",)] == pytest.approx(2 * 4.608e-6 + 53e-6 + 618, rel=0.19)
    edges = [float(labels[0]) for name, labels in found if name == bucket and labels[1] == "send"]
    assert edges == sorted(edges)
    assert edges[0] == pytest.approx(1e-6, rel=0.1)


def test_what_is_written_later_is_added_and_nothing_counts_twice(tmp_path: Path) -> None:
    made = begun(tmp_path)
    made.effects([Submit(order(1))])
    made.write()
    metrics = Metrics(tmp_path, silent)
    assert shown(metrics)["hftd_orders_total", ("careful", "buy")] == 1
    made.effects([Submit(order(2)), Submit(order(3))])
    made.close()

    assert shown(metrics)["hftd_orders_total", ("careful", "buy")] == 3
    assert shown(metrics)["hftd_orders_total", ("careful", "buy")] == 3


def test_counting_goes_on_over_the_turn_of_a_day(tmp_path: Path) -> None:
    """It begins with the latest day there is; what a day's journal got last is not lost."""
    begun(tmp_path, "2026-11-18").close()
    first = begun(tmp_path, "2026-11-19")
    first.effects([Submit(order(1))])
    first.write()
    metrics = Metrics(tmp_path, silent)
    shown(metrics)
    first.effects([Submit(order(2))])
    first.close()
    for day in ("2026-11-20", "2026-11-23"):
        later = begun(tmp_path, day)
        later.effects([Submit(order(1))])
        later.close()

    assert shown(metrics)["hftd_orders_total", ("careful", "buy")] == 4


def test_a_day_that_is_begun_again_is_read_from_its_beginning(tmp_path: Path) -> None:
    """A simulated venue may play a day twice; the first journal of it is put aside."""
    first = begun(tmp_path)
    first.effects([Submit(order(number)) for number in range(50)])
    first.close()
    metrics = Metrics(tmp_path, silent)
    shown(metrics)
    (tmp_path / "2026-11-20").rename(tmp_path / "2026-11-20.1")
    again = begun(tmp_path)
    again.effects([Submit(order(1))])
    again.close()

    assert shown(metrics)["hftd_orders_total", ("careful", "buy")] == 51


def test_before_the_first_session_nothing_is_counted(tmp_path: Path) -> None:
    assert shown(Metrics(tmp_path / "journal", silent))["hftd_cancels_total", ()] == 0


def test_other_events_count_as_nothing(tmp_path: Path) -> None:
    made = begun(tmp_path)
    made.event(FeedUp("market data", NOW))
    made.close()

    assert sum(shown(Metrics(tmp_path, silent)).values()) == 0


# ---- what the daemon says -------------------------------------------------------------------------------------------


def test_what_the_daemon_says_is_shown(tmp_path: Path) -> None:
    found = shown(Metrics(tmp_path, lambda: FACTS))

    assert found["hftd_up", ()] == 1
    kinds = ("trade", "quote", "bar", "outside")
    assert [found["hftd_events_total", (kind,)] for kind in kinds] == [1200, 34, 5, 6]
    assert [found["hftd_intents_total", (side,)] for side in ("buy", "sell")] == [7, 8]
    assert (found["hftd_fills_total", ()], found["hftd_open_orders", ()]) == (11, 2)
    assert found["hftd_position_shares", ("SPY",)] == -35
    assert (found["hftd_profit_dollars", ()], found["hftd_cash_dollars", ()]) == (-12.3, 100000.5)
    assert (found["hftd_feed_up", ("market data",)], found["hftd_feed_up", ("order updates",)]) == (1, 0)
    phases = {labels[0]: value for (name, labels), value in found.items() if name == "hftd_session_phase"}
    assert phases == {"asleep": 0, "warmup": 0, "open": 1, "closing": 0, "closed": 0}
    assert (found["hftd_halted", ()], found["hftd_trouble", ()], found["hftd_reconciled", ()]) == (0, 1, 1)
    assert found["hftd_frozen", ("QQQ",)] == 1
    assert found["hftd_model", ("careful", "active")] == found["hftd_model", ("broken", "benched")] == 1
    assert found["hftd_ticks_per_second", ()] == 1234.5


def test_however_often_it_is_scraped_the_daemon_is_asked_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    metrics = Metrics(tmp_path, lambda: asked.append(clock[0]) or FACTS)  # type: ignore[func-returns-value]
    for moment in (100.0, 100.2, 100.9, 101.1, 101.2):
        clock[0] = moment
        assert shown(metrics)["hftd_up", ()] == 1

    assert asked == [100.0, 101.1]


def test_a_daemon_that_answers_no_more_is_down_and_what_it_said_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    answers: list[Any] = [FACTS]

    def ask() -> Mapping[str, Any]:
        if not answers:
            raise Refused("no more")
        return answers.pop()

    metrics = Metrics(tmp_path, ask)
    assert shown(metrics)["hftd_up", ()] == 1
    clock[0] += 2
    found = shown(metrics)
    assert found["hftd_up", ()] == 0
    assert ("hftd_profit_dollars", ()) not in found


def test_every_metric_is_on_its_page_of_the_documentation(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(Metrics(tmp_path, lambda: FACTS))
    page = (DOCS / "use" / "metrics.rst").read_text()
    names = [
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(generate_latest(registry).decode())
    ]
    assert len(names) > 20
    assert [name for name in names if f"``{name}``" not in page] == []


# ---- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:0", ("::1", 0)), ("box.example:80", ("box.example", 80))],
)
def test_an_address_and_its_port(text: str, expected: tuple[str, int]) -> None:
    assert place(text) == expected


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "::1:9464", ":9464", ""])
def test_what_is_no_address_is_said_in_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["metrics", "--listen", text])

    assert ended.value.code == 2
    assert f"{text!r} is no address and port, expected one such as 127.0.0.1:9464" in capsys.readouterr().err


def test_without_the_library_one_line_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "hftd.web.metrics")
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    assert main(["metrics"]) == 1
    assert capsys.readouterr().err == f"hftd: metrics need prometheus_client: {to_install('metrics')}\n"


def test_an_address_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        argv = [*HFTD, "metrics", "--listen", listen, "--config", str(settings(tmp_path, 1))]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE)

    assert (done.returncode, done.stderr) == (1, f"hftd: {listen}: cannot be listened on: Address already in use\n")


BUYER = '''
from hftd import Model, Options, buy, hookimpl


class Buyer(Model):
    """Buys three shares at each of the first two prints, and asks for far too many once."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.asked = 0

    def on_trade(self, trade):
        self.asked += 1
        if self.asked <= 3:
            return buy("SPY", 3 if self.asked < 3 else 1_000_000)


@hookimpl
def register_models():
    return {"buyer": Buyer}
'''


def status(file: Path) -> dict[str, Any]:
    argv = [*HFTD, "status", "--config", str(file), "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def test_a_daemon_that_trades_is_shown_and_so_is_its_end(tmp_path: Path) -> None:
    with simulated_venue() as port:
        file = settings(tmp_path, port, "[risk]\ncollar = 0.5\n", buyer=BUYER)
        with process("run", "--config", str(file)) as daemon:
            until(lambda: status(file).get("counts", {}).get("fills", 0) >= 2, "two fills")
            with process("metrics", "--listen", "127.0.0.1:0", "--config", str(file)) as metrics:
                assert metrics.stdout is not None
                where = metrics.stdout.readline().strip()

                def page() -> Samples:
                    with urlopen(where, timeout=PATIENCE) as answer:
                        assert answer.headers["Content-Type"].startswith("text/plain; version=")
                        return samples(answer.read().decode())

                def counted(name: str, *labels: str) -> bool:
                    return (name, labels) in page()

                until(lambda: counted("hftd_orders_total", "buyer", "buy"), "orders")
                trading, said = page(), status(file)
                daemon.send_signal(signal.SIGTERM)
                assert daemon.wait(PATIENCE) == 0
                until(lambda: not page()["hftd_up", ()], "the daemon's end")
                until(lambda: counted("hftd_latency_seconds_count", "tick_to_order"), "what was measured")
                over = page()
                metrics.send_signal(signal.SIGTERM)
                assert metrics.wait(PATIENCE) == 0

    assert trading["hftd_up", ()] == 1
    assert trading["hftd_fills_total", ()] == said["counts"]["fills"]
    assert trading["hftd_position_shares", ("SPY",)] == float(said["positions"]["SPY"]["shares"]) == 6
    assert trading["hftd_session_phase", ("open",)] == 1
    assert trading["hftd_intents_total", ("buy",)] == 3
    assert trading["hftd_model", ("buyer", "active")] == 1
    assert over["hftd_orders_total", ("buyer", "buy")] == len(journal(tmp_path, Submit)) == 2
    (refused,) = journal(tmp_path, Refuse)
    assert over["hftd_refusals_total", (refused.code, "buyer")] == 1
    assert over["hftd_latency_seconds_count", ("tick_to_order",)] == 2
    assert ("hftd_fills_total", ()) not in over
