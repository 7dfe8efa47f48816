"""One life of the daemon: ``hftd run`` in a process that dies where it was told to.

``python -m crashproof.victim --at after-send --passage 3 run --config hftd.toml``
"""

import argparse
import sys

from crashproof.boundaries import BOUNDARIES
from crashproof.laying import lay, shrink_segments
from crashproof.plants import LEAKS, PLANTS
from crashproof.trap import Trap
from hftd.cli.main import main as hftd

SEGMENT = 32 * 1024  # bytes; hftd's own segments are 64 MiB, and no life would see the end of one


def live(words: list[str], boundary: str, passage: int, plant: str = "", segment: int = SEGMENT) -> int:
    """Run ``hftd`` with ``words``; its exit status, if it lives to have one."""
    shrink_segments(segment)
    if plant:
        (PLANTS | LEAKS)[plant]()  # beneath the boundaries, as a part of the daemon
    lay(Trap(boundary, passage))
    return hftd(words)


def main() -> int:
    """Read the command line and live."""
    parser = argparse.ArgumentParser(prog="python -m crashproof.victim", description=live.__doc__)
    parser.add_argument("--at", choices=BOUNDARIES, default="", help="the boundary to die at")
    parser.add_argument("--passage", type=int, default=1, help="at its n-th passage")
    parser.add_argument("--plant", choices=PLANTS | LEAKS, default="", help="a bug to live with")
    parser.add_argument("--segment", type=int, default=SEGMENT, help="bytes of a segment of the journal")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="run and its options")
    given = parser.parse_args()
    return live(given.words, given.at, given.passage, given.plant, given.segment)


if __name__ == "__main__":
    sys.exit(main())
