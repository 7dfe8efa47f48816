"""``python -m crashproof.swaps``: a model is swapped again and again while it trades, and every print is accounted for.

Each version counts the prints it knows of, rehearsed and heard, and tells the count with its orders: one that is lost
or heard twice shows in all that follow. It also notes how late it hears each. Exit status 0 where nothing is lost,
nothing decided twice, and no more than one decision a swap is late.
"""

import argparse
import os
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from crashproof.samples import quantile
from crashproof.soak import process
from crashproof.steady_venue import SYMBOLS
from crashproof.trial import SETTINGS
from hftd.core.effects import Refuse, Submit
from hftd.core.events import Enter, Trade
from hftd.core.intents import Intent
from hftd.errors import Unavailable
from hftd.plugin.keys import Keys
from hftd.runtime.past.journal import Frame, read
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.sim.greeting import port_of

EVERY = 10
"""One print in so many is answered with an order."""
LATE = 10_000_000
"""Nanoseconds beyond the usual after which a decision is late."""
PATIENCE = 60.0  # seconds a swap may take

MODEL = '''
import os, struct, threading, time
from hftd import Model, Options, buy, hookimpl, sell


class Counting(Model):
    """Version VERSION."""

    class Options(Options):
        symbols: tuple[str, ...] = SYMBOLS

    def start(self):
        self.count = 0

    def on_trade(self, trade):
        self.count += 1
        if threading.current_thread() is threading.main_thread():  # who rehearses hears what is long past
            late = os.open("LATENESS", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(late, struct.pack("q", time.monotonic_ns() - trade.ts))
            os.close(late)
        if self.count % EVERY:
            return None
        told = self.count // EVERY
        return (buy if told % 2 else sell)(trade.symbol, 1, limit=int(trade.price) + told % 100 / 100, tif="ioc")


@hookimpl
def register_models():
    return {"counting": Counting}
'''


class Result(Struct, frozen=True):
    """What a run came to."""

    swaps: int
    prints: int
    orders: int
    lost: int
    """Prints by which counts were short, or orders that told of none they could have answered."""
    twice: int
    """Orders that told what another had told."""
    late: int
    usual: float
    """Milliseconds by which a decision was later than the quickest one, at the middle."""
    slowest: float


def drop(folder: Path, version: int) -> None:
    """Put a version in its place: written beside it, then renamed."""
    source = MODEL.replace("VERSION", str(version)).replace("SYMBOLS", repr(SYMBOLS)).replace("EVERY", str(EVERY))
    new = folder / "plugins" / "counting.new"
    new.write_text(source.replace("LATENESS", str(folder / "lateness")))
    new.replace(folder / "plugins" / "counting.py")


def run(folder: Path, swaps: int, rate: int) -> Result:
    """Let a daemon trade at ``rate`` prints a second while its model is swapped so often. Raises Unavailable."""
    (folder / "plugins").mkdir(mode=0o755)
    drop(folder, 0)
    config = folder / "hftd.toml"
    with process([sys.executable, "-m", "crashproof.steady_venue", str(rate), ""], folder / "venue.txt") as venue:
        port = port_of(venue.stdout.readline() if venue.stdout else "")
        symbols = ", ".join(f'"{each}"' for each in SYMBOLS)
        config.write_text(_settings(port, symbols))
        config.chmod(0o600)
        said = folder / "said.txt"
        with process([sys.executable, "-m", "hftd", "run", "--config", str(config)], said):
            _until(lambda: _count(said, "sent:") > 5, said)
            for version in range(1, swaps + 1):
                drop(folder, version)
                _until(lambda: _count(said, "model counting enters") >= version, said)  # noqa: B023 - it is waited for
            end = _count(said, "sent:")
            _until(lambda: _count(said, "sent:") > end + 5, said)
    return judged(folder)


def judged(folder: Path) -> Result:
    """What the journal and the notes on lateness say of a run in ``folder``."""
    feed = MarketData("ws://x", Keys("", ""), "json", keeps_time=True)
    (day,) = (folder / "state" / "journal").iterdir()
    prints = orders = lost = twice = swaps = 0
    answers: list[int] = []
    told_before = 0
    for record in read(day):
        match record.content:
            case Frame(name, _, data) if name == feed.name:
                heard = sum(isinstance(event, Trade) for event in feed.decode(data, 0))
                answers = [number // EVERY for number in range(prints + 1, prints + heard + 1) if number % EVERY == 0]
                prints += heard
            case Submit(order):
                intent = order.limit
            case Refuse(_, Intent() as wish):
                intent = wish.limit
            case Enter():
                swaps += 1
            case _:
                pass
        if isinstance(record.content, Submit | Refuse):
            told = int((intent or 0) * 100) % 100
            orders += 1
            if answers and answers[0] % 100 == told:
                told_before = answers.pop(0)
            elif told == told_before % 100:
                twice += 1
            else:
                lost += 1
    noted = (folder / "lateness").read_bytes()
    late = [value for (value,) in struct.iter_unpack("q", noted)]
    base = min(late)
    middle = quantile([float(each - base) for each in late], 0.5)
    return Result(
        swaps, prints, orders, lost + abs(prints // EVERY - orders), twice,
        sum(each - base > middle + LATE for each in late), middle / 1e6, (max(late) - base) / 1e6,
    )  # fmt: skip


def _settings(port: int, symbols: str) -> str:
    text = SETTINGS.format(port=port, standing="active", symbols=symbols)
    return text.partition("[models.")[0]


def _count(said: Path, words: str) -> int:
    return said.read_text().count(words)


def _until(condition: Callable[[], bool], said: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise Unavailable(f"{said}: not within {PATIENCE:.0f} s: {said.read_text()[-500:]}")


def main() -> int:
    """Swap, show, judge."""
    parser = argparse.ArgumentParser(prog="python -m crashproof.swaps", description=__doc__)
    parser.add_argument("--swaps", type=int, default=1_000, help="how many (1000)")
    parser.add_argument("--rate", type=int, default=200, help="prints a second (200)")
    given = parser.parse_args()
    began = time.monotonic()
    with TemporaryDirectory(prefix="hftd-swaps-") as folder:
        result = run(Path(folder), given.swaps, given.rate)
    took = time.monotonic() - began
    print(f"{result.swaps} swaps in {took:.0f} s, {result.prints:,} prints, {result.orders:,} orders")
    print(f"prints lost {result.lost}, decided twice {result.twice}")
    print(f"late decisions {result.late} ({result.late / max(1, result.swaps):.2f} a swap), beyond {LATE / 1e6:.0f} ms;"
          f" usual {result.usual:.2f} ms, slowest {result.slowest:.1f} ms")  # fmt: skip
    good = not result.lost and not result.twice and result.late <= result.swaps and result.swaps >= given.swaps
    return os.EX_OK if good else 1


if __name__ == "__main__":
    sys.exit(main())
