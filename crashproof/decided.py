"""``python -m crashproof.decided``: a tape at full speed through a daemon that is swapped, cut off and killed.

Then it is audited: every decision the daemon took in all its lives must be taken again, byte by byte. Exit status 0
where none differs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hftd.cli.audit import show, stores
from hftd.config.load import load
from hftd.core.effects import Refuse, Submit
from hftd.core.events import Enter
from hftd.errors import OK, Unavailable
from hftd.lab.evidence.audit import Audit, Audited
from hftd.lab.tapes.seal import begun
from hftd.runtime.past.journal import read
from hftd.runtime.past.tail import Tail
from hftd.venues.sim.greeting import port_of

HFTD = [sys.executable, "-m", "hftd"]
PLUGINS = Path(__file__).parents[1] / "plugins"
CHAOS = "cut-feed=20,all-orders"
PATIENCE = 600.0  # seconds a life may take
LOOK = 0.05  # seconds between two looks at the journal

SETTINGS = """\
[venue]
port = {port}

[session]
when_closed = "exit"
wake_before_seconds = 60

[risk]
orders_per_minute = 50000

[models.volume_modulo]
symbol = "{symbol}"

[models.timed]
symbol = "{symbol}"
state = "shadow"
canary = 20
"""

TIMED = '''
from hftd import Model, Options, buy, cancel, hookimpl, target, wake


class Timed(Model):
    """Rests orders, asks for timers, moves to targets and withdraws."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.seen = 0

    def on_trade(self, trade):
        self.seen += 1
        if self.seen % 50 == 1:
            yield wake(self.view.now + 700_000_000, str(self.seen))
        if self.seen % 70 == 0:
            yield buy(trade.symbol, 2, limit=round(trade.price * 0.995, 2))

    def on_timer(self, timer):
        shares = 4 if int(timer.key) % 100 == 1 else -4
        return [target(self.options.symbol, shares), cancel(symbol=self.options.symbol)]


@hookimpl
def register_models():
    return {"timed": Timed}
'''


class Following:
    """The day's journal while it grows: how many decisions and entrances it has."""

    def __init__(self, state: Path) -> None:
        self._state = state / "journal"
        self._tail: Tail | None = None
        self.decisions = self.entrances = 0

    def look(self) -> None:
        """Read what was written since."""
        if self._tail is None:
            days = sorted(self._state.glob("????-??-??")) if self._state.is_dir() else []
            if not days:
                return
            self._tail = Tail(days[-1])
        for record in self._tail.records():
            self.decisions += isinstance(record.content, Submit | Refuse)
            self.entrances += isinstance(record.content, Enter)


def prove(
    folder: Path, tape: Sequence[Path], symbol: str, *, kills: int, between: int, speed: str, chaos: str, seed: int
) -> Audit:
    """Live ``kills`` deaths, one every ``between`` decisions, a swap in the midst of each life; the audit to be run.

    ``folder`` takes settings and state. Raises Unavailable where a life does not come that far.
    """
    (folder / "plugins").mkdir(mode=0o755)
    options = ["--speed", speed, "--chaos-seed", str(seed), *(["--chaos", chaos] if chaos else [])]
    sim = [*HFTD, "sim", "--port", "0", "--die-with-parent", "--tape", *map(str, tape), *options]
    with subprocess.Popen(sim, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as venue:
        assert venue.stdout is not None
        port = port_of(venue.stdout.readline())
        file = folder / "hftd.toml"
        file.write_text(SETTINGS.format(port=port, symbol=symbol))
        _write(folder, 0)
        following = Following(folder / "state")
        for death in range(kills):
            _live(folder, file, following, between, 2 * death + 1, entering=speed != "max")
        _live(folder, file, following, 0, 2 * kills + 1, entering=False)
        venue.terminate()
    config = load(file)
    (journal,) = (folder / "state" / "journal").glob("????-??-??")
    return Audit(journal, stores(config, file, journal).of(begun(journal).plugins))


def _live(folder: Path, file: Path, following: Following, between: int, version: int, *, entering: bool) -> None:
    """One life: other models halfway, and death, ``entering``: not before they play.

    With ``between`` 0 it may live to the end of the day.
    """
    with (folder / "said").open("ab") as said:
        daemon = subprocess.Popen([*HFTD, "run", "--config", str(file)], stdout=said, stderr=said)
    try:
        before = following.decisions
        if between:
            _until(daemon, following, lambda: following.decisions >= before + between // 2)
            entrances = following.entrances
            _write(folder, version)
            if entering:
                _until(daemon, following, lambda: following.entrances > entrances)
            _until(daemon, following, lambda: following.decisions >= before + between)
            daemon.kill()
            _write(folder, version + 1)  # what is found at the next start is other again
        daemon.wait(PATIENCE)
    finally:
        daemon.kill()
        daemon.wait()


def _until(daemon: "subprocess.Popen[bytes]", following: Following, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if daemon.poll() is not None or time.monotonic() > end:
            raise Unavailable("the daemon did not get as far as it should")
        time.sleep(LOOK)
        following.look()


def _write(folder: Path, version: int) -> None:
    """Put a version of every model in its place, as careful programs do."""
    modulo = (PLUGINS / "volume_modulo.py").read_text()
    for name, source in (("volume_modulo", modulo), ("timed", TIMED)):
        beside = folder / "plugins" / f"{name}.new"
        beside.write_text(f"{source}\n# version {version}\n")
        os.replace(beside, folder / "plugins" / f"{name}.py")


def main(words: Sequence[str] | None = None) -> int:
    """Prove it and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m crashproof.decided", description=__doc__)
    option = parser.add_argument
    option("tape", nargs="+", type=Path, metavar="TAPE", help="a recorded day")
    option("--symbol", default="SPY", help="to trade (SPY)")
    option("--kills", type=int, default=5, metavar="N", help="deaths (5)")
    option("--between", type=int, default=200, metavar="N", help="decisions between two deaths (200)")
    option("--speed", default="300", help="times real time, or max, which no swap keeps up with (300)")
    option("--chaos", default=CHAOS, help=f"as of `hftd sim`, empty for none ({CHAOS})")
    option("--seed", type=int, default=7, help="of what goes wrong (7)")
    option("--keep", type=Path, metavar="DIR", help="keep settings, journal and words in DIR")
    given = parser.parse_args(words)
    with TemporaryDirectory(prefix="hftd-decided-") as place:
        began = time.monotonic()
        audit = prove(
            Path(place), given.tape, given.symbol,
            kills=given.kills, between=given.between, speed=given.speed, chaos=given.chaos, seed=given.seed,
        )  # fmt: skip
        lived = time.monotonic()
        made: Audited = audit.run()
        entered = sum(isinstance(record.content, Enter) for record in read(audit.journal))
        print(f"{given.kills} kills, {entered} models entered; lived in {lived - began:.0f} s,", end=" ")
        print(f"audited in {time.monotonic() - lived:.0f} s")
        if given.keep is not None:
            shutil.copytree(place, given.keep, dirs_exist_ok=True)
        return show(made, audit, as_json=False)


if __name__ == "__main__":
    sys.exit(main() or OK)
