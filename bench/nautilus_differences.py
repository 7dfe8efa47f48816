"""`python -m bench.nautilus_differences`: where hftd and nautilus_trader part on a recorded day, fill by fill.

`--keep FILE` writes what nautilus_trader made of a small generated tape, which a test holds hftd against.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.nautilus import played, prints

ROWS = 12_000


def main(words: Sequence[str]) -> int:
    """Compare, or keep; 0."""
    with TemporaryDirectory(prefix="hftd-bench-") as folder:
        if words[:1] == ["--keep"]:
            made = played("nautilus_trader", prints(Path(folder), ROWS, recorded=False), 1, one=True)
            del made["seconds"]
            Path(words[1]).write_text(json.dumps(made).replace("], [", "],\n["))
            return 0
        tape = prints(Path(folder), 1_000_000, recorded=True)
        for rule, latency in (("one", 1), ("one", 5_000_000), ("all", 1)):
            ours, theirs = (played(name, tape, latency, one=rule == "one") for name in ("hftd", "nautilus_trader"))
            print(f"{rule}, {latency} ns: {ours['events']} prints")
            for what in ("decided", "filled"):
                mine, other = (Counter(map(tuple, each[what])) for each in (ours, theirs))
                print(f"  {what}: {sum(mine.values())} and {sum(other.values())}, {sum((mine & other).values())} alike")
            print(f"  position: {ours['position']} and {theirs['position']}; refused {ours['refused']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
