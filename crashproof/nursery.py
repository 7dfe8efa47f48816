"""Where lives begin quickly: what a daemon imports is imported once, and each life is a fork of that.

The daemon's back office is a process of its own that imports alpaca-py for a second; here it is a fork too. Both run
the same code as ever; only where their modules came from differs.
"""

import gc
import os
import select
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hftd.cli.cancel_all
import hftd.cli.main
import hftd.cli.run
import hftd.venues.alpaca.office
from crashproof.victim import live
from hftd.runtime.office import back_office, office_process

KILLED = -signal.SIGKILL


class Child:
    """A forked process, as far as ``subprocess.Popen`` is needed of it; ``work`` gives its exit status."""

    def __init__(self, work: Callable[[], int]) -> None:
        self.pid = os.fork()
        if not self.pid:
            _become(work)
        self._descriptor = os.pidfd_open(self.pid)
        self.returncode: int | None = None

    def fileno(self) -> int:
        """What becomes readable when it ends (pidfd_open(2))."""
        return self._descriptor

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, negative for a signal. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            ready, _, _ = select.select([self._descriptor], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0.0)
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
            os.close(self._descriptor)
        return self.returncode

    def alive(self) -> bool:
        """Whether it still runs."""
        try:
            self.wait(0.0)
        except subprocess.TimeoutExpired:
            return True
        return False

    def send(self, number: int) -> None:
        """Send it a signal, if it is there to take it."""
        if self.returncode is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self.send(signal.SIGKILL)


def prepare() -> None:
    """Make forks cheap: what is imported now is never looked at by the collector again."""
    stand_in = SimpleNamespace(Popen=_office, TimeoutExpired=subprocess.TimeoutExpired)
    setattr(back_office, "subprocess", stand_in)  # noqa: B010 - the module does not offer it for changing
    gc.collect()
    gc.freeze()


def begin(config: Path, notify: Path, boundary: str, passage: int, plant: str) -> Child:
    """Begin a life with the settings in ``config``; it says at ``notify`` when it is ready, the rest in said.txt."""

    def work() -> int:
        os.environ["NOTIFY_SOCKET"] = str(notify)
        _speak(config, f"{boundary} {passage}")
        return live(["run", "--config", str(config)], boundary, passage, plant)

    return Child(work)


def tidy(config: Path) -> Child:
    """Begin `hftd cancel-all`, which systemd runs where a daemon died."""

    def work() -> int:
        _speak(config, "cancel-all")
        return hftd.cli.main.main(["cancel-all", "--config", str(config)])

    return Child(work)


def _speak(config: Path, heading: str) -> None:
    """Add what is said from here on to said.txt, under a heading."""
    descriptor = os.open(config.parent / "said.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.write(2, f"---- {time.strftime('%H:%M:%S')} {heading} (pid {os.getpid()})\n".encode())


def _office(_: list[str], stdin: int) -> Child:
    """Stand in for ``Popen([python, "-m", "hftd.runtime.office.office_process"], stdin=…)``."""

    def work() -> int:
        signal.set_wakeup_fd(-1)
        os.dup2(stdin, 0)
        os.closerange(3, 1024)  # the daemon's sockets and its lock are the daemon's
        office_process.main()
        return 0

    return Child(work)


def _become(work: Callable[[], int]) -> Any:
    """Be the child, to the end."""
    status = 70
    try:
        status = work()
    except BaseException:  # a child must never return into its parent's code
        traceback.print_exc()
    finally:
        os._exit(status)
