"""Days on which models came and went: nothing lost by a swap, nor by a death after it; files that need each other."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from processes import journal, process, settings, simulated_venue, until

from hftd.core.effects import Bench, Stand, Submit
from hftd.core.events import Command, Enter, Event, FeedDown, Trade
from hftd.plugin.keys import Keys
from hftd.runtime.past.journal import Frame, Lived, read
from hftd.venues.alpaca.market_data import MarketData

FREELY = "[risk]\norders_per_minute = 100000\norders_per_second = 1000\nsame_order_per_second = 1000\n"

# What it has counted is in the cents of its price, who it is in its shares: an order tells what it knew.
COUNTING = '''
from hftd import Model, Options, buy, hookimpl, sell


class Counting(Model):
    """Counts prints, and tells the count with every order."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.count = 0

    def on_trade(self, trade):
        self.count += 1
        side = buy if self.count % 2 else sell
        return side(trade.symbol, VERSION, limit=int(trade.price) + self.count % 100 / 100, tif="ioc")


@hookimpl
def register_models():
    return {"counting": Counting}
'''

SHARED = '''
import _shares
from hftd import Model, Options, buy, hookimpl, sell


class Shared(Model):
    class Options(Options):
        symbol: str = "SYMBOL"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        return (buy if self.turn % 2 else sell)(trade.symbol, _shares.SHARES, tif="ioc")


@hookimpl
def register_models():
    return {"NAME": Shared}
'''

HOLDING = '''
import time
from hftd import Model, Options, buy, hookimpl


class Holding(Model):
    """Buys five shares, and takes its time over everything."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.done = False

    def on_trade(self, trade):
        time.sleep(0.0005)
        if not self.done:
            self.done = True
            return buy(trade.symbol, 5)


@hookimpl
def register_models():
    return {"holding": Holding}
'''


def drop(folder: Path, name: str, source: str) -> None:
    """Put a file in its place as careful programs do: written beside it, then renamed."""
    (folder / "plugins" / f"{name}.new").write_text(source)
    os.replace(folder / "plugins" / f"{name}.new", folder / "plugins" / f"{name}.py")


def sent(folder: Path, model: str) -> list[Submit]:
    return [each for each in journal(folder, Submit) if each.order.model == model]


def count(folder: Path, words: str) -> int:
    """How often the daemon's log has these words."""
    return (folder / "log").read_text().count(words)


@contextmanager
def daemon(folder: Path) -> Iterator[int]:
    """A daemon's process number, once it trades."""
    with process("run", "--config", str(folder / "hftd.toml"), "--verbose", said=folder / "log") as running:
        until(lambda: running.poll() is not None or count(folder, "sent:") > 0, "an order")
        assert running.poll() is None, (folder / "log").read_text()
        yield running.pid


def misheard(folder: Path) -> tuple[int, list[str]]:
    """How many orders told a count, and those that told none of the frame they answer, or one that was told before.

    Of a frame a killed daemon was in the midst of, only what it lived counts.
    """
    feed = MarketData("ws://x", Keys("", ""), "json", keeps_time=True)
    (day,) = (folder / "state" / "journal").iterdir()
    orders, wrong, prints = 0, [], 0
    events: Sequence[Event] = ()
    lived: list[bool] = []
    counts: list[int] = []
    for record in read(day):
        match record.content:
            case Frame(name, _, data):
                prints += sum(lived)
                events = feed.decode(data, 0) if name == feed.name else ()
                lived = [isinstance(event, Trade) and event.size > 0 for event in events]
                counts = [(prints + number) % 100 for number in range(1, sum(lived) + 1)]
            case Lived(so_far):
                lived = [isinstance(event, Trade) and event.size > 0 for event in events[:so_far]]
            case Submit(order) if order.model == "counting":
                orders += 1
                told = int((order.limit or 0) * 100) % 100
                if told not in counts:
                    wrong.append(f"{order.id} of {order.shares} tells {told}, expected one of {counts}")
                else:
                    counts.remove(told)
            case _:
                pass
    return orders, wrong


def test_no_print_is_lost_or_heard_twice_by_swaps_nor_by_a_death_after_them(tmp_path: Path) -> None:
    """Each version comes in knowing the count, and so does the model of the daemon that follows a killed one."""
    with simulated_venue(rate=25) as port:
        settings(tmp_path, port, FREELY, counting=COUNTING.replace("VERSION", "1"))
        with daemon(tmp_path) as number:
            for version in range(2, 7):
                drop(tmp_path, "counting", COUNTING.replace("VERSION", str(version)))
                until(lambda: count(tmp_path, f" {version} SPY limit") > 3, f"orders of version {version}")  # noqa: B023
            os.kill(number, signal.SIGKILL)
        before = len(sent(tmp_path, "counting"))
        with daemon(tmp_path):
            until(lambda: count(tmp_path, "sent:") > 10, "orders after the restart")

    assert len(journal(tmp_path, Enter)) == 5
    orders, wrong = misheard(tmp_path)
    assert orders > before
    assert wrong == []
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_files_that_need_each_other_or_are_in_each_others_way(tmp_path: Path) -> None:
    """A helper's change is its models' change; a name is one file's; a symbol nobody asked for before is heard."""
    with simulated_venue("--symbols", "SPY,QQQ", rate=15) as port:
        helper = "SHARES = 1\n"
        one = SHARED.replace("NAME", "one").replace("SYMBOL", "SPY")
        settings(tmp_path, port, FREELY, _shares=helper, one=one)
        with daemon(tmp_path):
            drop(tmp_path, "two", SHARED.replace("NAME", "two").replace("SYMBOL", "QQQ"))
            until(lambda: sent(tmp_path, "two"), "orders in a symbol nobody had asked for")

            drop(tmp_path, "_shares", "SHARES = 3\n")
            until(lambda: sent(tmp_path, "one")[-1].order.shares == 3, "the helper's change in one")
            until(lambda: sent(tmp_path, "two")[-1].order.shares == 3, "the helper's change in two")

            drop(tmp_path, "three", one)
            log = tmp_path / "log"
            until(lambda: "three.py: one is among the models of" in log.read_text(), "that the name is taken")

            drop(tmp_path, "_shares", "SHARES = \n")
            until(lambda: log.read_text().count("_shares.py") + log.read_text().count("SyntaxError") >= 2, "the fault")
            count = len(sent(tmp_path, "one"))
            until(lambda: len(sent(tmp_path, "one")) > count + 3, "orders after that")
            assert {int(each.order.shares) for each in sent(tmp_path, "one")[count:]} == {3}

    assert journal(tmp_path, FeedDown) == []
    assert [enter.model for enter in journal(tmp_path, Enter)] == ["two", "one", "two"]


def test_a_slow_model_is_benched_and_one_that_is_removed_is_flattened(tmp_path: Path) -> None:
    with simulated_venue(rate=60) as port:
        more = FREELY + "[models.holding]\nwhen_removed = 'flatten'\nbudget_us = 100\n"
        settings(tmp_path, port, more, holding=HOLDING)
        with daemon(tmp_path):
            (bench,) = until(lambda: journal(tmp_path, Bench), "that it is benched")
            (tmp_path / "plugins" / "holding.py").unlink()
            until(lambda: len(sent(tmp_path, "holding")) == 2, "the order that trades away what it held")

    assert "µs to decide at the 99th of 100, and budget_us allows 100" in bench.reason
    assert [(each.name, each.by) for each in journal(tmp_path, Command)] == [("bench", "hftd")]
    orders = [(each.order.side, int(each.order.shares)) for each in sent(tmp_path, "holding")]
    assert orders == [("buy", 5), ("sell", 5)]
    assert [(each.model, each.standing) for each in journal(tmp_path, Stand)] == [("holding", "retired")]


def test_a_canary_that_is_too_slow_is_benched_before_it_sends_anything(tmp_path: Path) -> None:
    """Three decisions are far fewer than a model that plays is judged by; one that keeps its budget is not benched."""
    table = "state = 'shadow'\ncanary = 3\nbudget_us = "
    more = f"{FREELY}[models.slow]\n{table}100\n[models.patient]\n{table}900000\n"
    slow = COUNTING.replace('"counting"', '"slow"').replace("VERSION", "1").replace(
        "self.count += 1", "self.count += 1; __import__('time').sleep(0.001)"
    )  # fmt: skip
    with simulated_venue(rate=60) as port:
        settings(tmp_path, port, more, slow=slow, patient=slow.replace('"slow"', '"patient"'))
        with daemon(tmp_path):
            until(lambda: len(sent(tmp_path, "patient")) > 3 and journal(tmp_path, Bench), "both verdicts")

    (bench,) = journal(tmp_path, Bench)
    assert (bench.model, sent(tmp_path, "slow")) == ("slow", [])
    assert "budget_us allows 100" in bench.reason
    assert {(each.model, each.standing) for each in journal(tmp_path, Stand)} == {
        ("slow", "active"), ("patient", "active"),
    }  # fmt: skip


def test_nothing_is_taken_from_a_folder_that_was_opened_to_others_meanwhile(tmp_path: Path) -> None:
    with simulated_venue(rate=60) as port:
        settings(tmp_path, port, FREELY, counting=COUNTING.replace("VERSION", "1"))
        with daemon(tmp_path):
            (tmp_path / "plugins").chmod(0o775)
            drop(tmp_path, "counting", COUNTING.replace("VERSION", "2"))
            refused = f"not taken: {tmp_path}/plugins: mode 0775, expected no write by group or others"
            until(lambda: count(tmp_path, refused), "the refusal")
            before = len(sent(tmp_path, "counting"))
            until(lambda: len(sent(tmp_path, "counting")) > before + 3, "orders after that")
            assert {int(each.order.shares) for each in sent(tmp_path, "counting")} == {1}

            (tmp_path / "plugins").chmod(0o755)
            drop(tmp_path, "counting", COUNTING.replace("VERSION", "3"))
            until(lambda: sent(tmp_path, "counting")[-1].order.shares == 3, "the version after that")
