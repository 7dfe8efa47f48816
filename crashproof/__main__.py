"""``python -m crashproof``: kill the daemon N times against the simulated venue, and compare the books.

Exit status 0 where nothing is lost, doubled or different, else 1.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from crashproof import nursery, trial
from crashproof.deaths import NAMES, deaths
from crashproof.plants import PLANTS
from crashproof.table import line, table
from crashproof.trial import Outcome, Setup

CHAOS = "all-orders,cut-feed=20"
CALM = 3  # this venue of every four does nothing wrong: orders flow faster, and deaths meet more of them


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m crashproof", description=__doc__)
    option = parser.add_argument
    option("--kills", type=int, default=1000, metavar="N", help="how often to kill the daemon (1000)")
    option("--per-venue", type=int, default=100, metavar="N", help="kills against one venue, one after the other (100)")
    option("--side-by-side", type=int, default=2, metavar="N", help="venues at a time (2)")
    option("--seed", type=int, default=1, help="of where it dies, and of the venue's tape and chaos (1)")
    option("--chaos", default=CHAOS, help=f"as of `hftd sim`, empty for none; every fourth venue has none ({CHAOS})")
    option("--rate", type=float, default=3.0, help="prints a second of each symbol, averaged over the day (3)")
    option("--at", default="", metavar="A,B", help=f"die at these only, of {', '.join(NAMES)}")
    option("--plant", choices=PLANTS, default="", help="a bug to be found")
    option("--patience", type=float, default=60.0, metavar="S", help="seconds to come to rest at the end (60)")
    option("--keep", type=Path, metavar="DIR", help="keep journals, settings and words of every life in DIR")
    given = parser.parse_args(words)
    strange = set(filter(None, given.at.split(","))) - set(NAMES)
    if strange:
        parser.error(f"--at: found {', '.join(sorted(strange))}, expected some of {', '.join(NAMES)}")
    return given


def setups(given: argparse.Namespace, folder: Path) -> list[Setup]:
    """One trial for each venue, its folder made."""
    planned = deaths(given.seed, given.kills, tuple(given.at.split(",")) if given.at else NAMES)
    found = []
    for number, first in enumerate(range(0, len(planned), given.per_venue)):
        place = folder / f"{number:03d}"
        place.mkdir(parents=True)
        found.append(
            Setup(
                folder=str(place),
                deaths=tuple(planned[first : first + given.per_venue]),
                seed=given.seed * 1_000 + number,
                chaos="" if number % 4 == CALM else given.chaos,
                rate=given.rate,
                plant=given.plant,
                patience=given.patience,
            )
        )
    return found


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    """The folder asked for, or one that goes away."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.absolute()
    else:
        with TemporaryDirectory(prefix="crashproof-") as made:
            yield Path(made)


def main() -> int:
    """Run the trials side by side, tell of each as it ends, and show the table."""
    given = arguments()
    began = time.monotonic()
    outcomes: list[Outcome] = []
    pool = ProcessPoolExecutor(given.side_by_side, get_context("spawn"), nursery.prepare)
    with kept(given.keep) as folder, pool:
        running = [pool.submit(trial.run, setup) for setup in setups(given, folder)]
        for done in as_completed(running):
            outcome = done.result()
            outcomes.append(outcome)
            print(line(outcome), flush=True)
    print(f"\n{table(outcomes, time.monotonic() - began)}")
    return 1 if any(outcome.findings for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
