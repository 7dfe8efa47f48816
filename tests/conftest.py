"""What holds for every test: the same examples each time, modules compiled once, and no process left behind."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What is drawn is the same in every run, and takes as long as a busy machine needs; `--hypothesis-profile=search`
# looks further.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _UNHURRIED, derandomize=True)
settings.register_profile("search", _UNHURRIED, max_examples=2_000)
settings.load_profile("same")

# Without this a machine that forbids it compiles all of pandas and alpaca-py for each process a test starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# hftd refuses plugin files that a group may write, as many a user's umask would have tests write them.
os.umask(0o022)


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """The processes a file of tests started have ended when it ends."""
    before = _children()
    yield
    left = [words for process, words in _children().items() if process not in before]
    assert left == [], "still running"


def _children() -> dict[int, str]:
    """Process ids and command lines of the living; what Python itself keeps for later is none of a test's."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the thread has ended meanwhile
            for process in map(int, (task / "children").read_text().split()):
                with suppress(OSError):  # so has the process
                    words = Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
                    if words and "multiprocessing.resource_tracker" not in words:
                        found[process] = words
    return found
