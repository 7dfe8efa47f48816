"""``python -m crashproof.soak``: thousands of messages a second, connections that break, and a look at what grows.

Exit status 0 where memory and descriptors stay within the bounds, every connection came back and the pace was kept.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from crashproof.plants import LEAKS
from crashproof.samples import Sample, children, files, quantile, resident, slope
from crashproof.steady_venue import SYMBOLS
from crashproof.trial import SETTINGS
from hftd.cli.daemon.line import ask
from hftd.errors import Unavailable
from hftd.runtime.past.journal import SEGMENT
from hftd.runtime.people.control import NAME
from hftd.venues.sim.greeting import port_of

WARM_UP = 0.3
"""Share of the samples at the start that no line is drawn through: caches fill, finished orders gather."""
MEMORY = 12 * 1024.0
"""Bytes a second the memory may grow: some eight finished orders a second are kept for late answers, up to 10,000."""
FILES = 0.015
"""Descriptors a second they may grow: a connection breaks every 30 s, and one lost at every other break is 0.017."""
PACE = 0.8
"""Share of the messages that must arrive, over the whole time, breaks of the connection included."""
READY = 30.0  # seconds a start may take


@contextmanager
def process(command: Sequence[str], said: Path, **more: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that does not outlive the block; what it complains of goes to ``said``."""
    with said.open("w") as complaints:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, **more)
        try:
            yield running
        finally:
            running.kill()
            running.communicate()


def soak(folder: Path, seconds: float, rate: int, every: float, chaos: str, plant: str = "") -> list[Sample]:
    """Let a daemon trade for so long; a sample ``every`` so many seconds. Raises Unavailable where it does not."""
    copytree(Path(__file__).parent / "plugins", folder / "plugins", ignore=lambda *_: {"__pycache__"})
    venue_command = [sys.executable, "-m", "crashproof.steady_venue", str(rate), chaos]
    config = folder / "hftd.toml"
    with process(venue_command, folder / "venue.txt") as venue:
        port = port_of(venue.stdout.readline() if venue.stdout else "")
        symbols = ", ".join(f'"{each}"' for each in SYMBOLS)
        config.write_text(SETTINGS.format(port=port, standing="active", symbols=symbols).replace("info", "warning"))
        config.chmod(0o600)
        program = ["crashproof.victim", "--plant", plant, "--segment", str(SEGMENT)] if plant else ["hftd"]
        daemon_command = [sys.executable, "-m", *program, "run", "--config", str(config)]
        with process(daemon_command, folder / "said.txt") as daemon:
            _until_trading(folder, daemon)
            return list(_samples(folder, daemon, seconds, every))


def _until_trading(folder: Path, daemon: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + READY
    while time.monotonic() < end and daemon.poll() is None:
        with suppress(Unavailable):
            if ask(folder / "state" / NAME, {"ask": "status"})["counts"]["fills"]:
                return
        time.sleep(0.1)
    raise Unavailable(f"{folder}: the daemon did not trade within {READY:.0f} s")


def _samples(folder: Path, daemon: "subprocess.Popen[str]", seconds: float, every: float) -> Iterator[Sample]:
    began = time.monotonic()
    heard = -1
    while (now := time.monotonic()) < began + seconds:
        facts = ask(folder / "state" / NAME, {"ask": "status"})
        lag = time.monotonic() - now
        prints = facts["counts"]["trades"] + facts["counts"]["quotes"]
        ticks = (prints - heard) / every if heard >= 0 else float(facts["ticks_per_second"])
        heard = prints
        journal = sum(path.stat().st_size for path in (folder / "state" / "journal").rglob("*.journal"))
        office = sum(resident(child) for child in children(daemon.pid))
        yield Sample(
            now - began, resident(daemon.pid), office, files(daemon.pid), journal, lag, ticks,
            facts["tick_to_order_us"]["p99"],
        )  # fmt: skip
        time.sleep(max(0.0, now + every - time.monotonic()))


def verdict(samples: Sequence[Sample], rate: int) -> tuple[str, list[str]]:
    """The figures as a table, and what is out of bounds, in words."""
    steady = samples[int(len(samples) * WARM_UP) :]
    memory = slope([(each.at, float(each.memory)) for each in steady])
    office = slope([(each.at, float(each.office)) for each in steady])
    opened = slope([(each.at, float(each.files)) for each in steady])
    journal = slope([(each.at, float(each.journal)) for each in steady])
    pace = sum(each.ticks for each in steady) / len(steady)
    last = samples[-1]
    lines = [
        f"{'memory':16} {last.memory / 2**20:9.1f} MiB  {memory / 1024:+9.2f} KiB/s",
        f"{'its back office':16} {last.office / 2**20:9.1f} MiB  {office / 1024:+9.2f} KiB/s",
        f"{'open files':16} {last.files:9}      {opened:+9.3f} /s",
        f"{'journal':16} {last.journal / 2**20:9.1f} MiB  {journal / 1024:+9.2f} KiB/s",
        f"{'messages':16} {pace:9,.0f} /s",
        f"{'answer, p50':16} {1000 * quantile([each.lag for each in steady], 0.5):9.1f} ms",
        f"{'answer, p99':16} {1000 * quantile([each.lag for each in steady], 0.99):9.1f} ms",
        f"{'tick to order':16} {last.p99:9.0f} µs, p99",
    ]
    wrong = [
        f"memory grows by {memory / 1024:.2f} KiB/s, allowed {MEMORY / 1024:.0f}" if memory > MEMORY else "",
        f"the back office grows by {office / 1024:.2f} KiB/s, allowed {MEMORY / 1024:.0f}" if office > MEMORY else "",
        f"open files grow by {opened:.3f} a second, allowed {FILES}" if opened > FILES else "",
        f"{pace:,.0f} messages a second arrived, expected {PACE * rate:,.0f}" if pace < PACE * rate else "",
    ]
    return "\n".join(lines), [each for each in wrong if each]


def main() -> int:
    """Soak, show, judge."""
    parser = argparse.ArgumentParser(prog="python -m crashproof.soak", description=__doc__)
    option = parser.add_argument
    option("--minutes", type=float, default=10.0, help="how long (10)")
    option("--rate", type=int, default=5_000, help="messages a second (5000)")
    option("--every", type=float, default=2.0, help="seconds between two samples (2)")
    option("--chaos", default="cut-feed=30,cut-updates=0.001", help="as of `hftd sim` (a broken stream every 30 s)")
    option("--plant", choices=LEAKS, default="", help="a leak to be found")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="hftd-soak-") as folder:
        samples = soak(Path(folder), 60 * given.minutes, given.rate, given.every, given.chaos, given.plant)
    table, wrong = verdict(samples, given.rate)
    print("\n".join([f"{len(samples)} samples in {samples[-1].at:.0f} s", table, *(wrong or ["nothing grows"])]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
