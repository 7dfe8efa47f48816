"""The programs under test, each a process of its own on a core of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.machine import cores
from bench.tls import certificate, serving, trusting
from bench.venue import Venue
from hftd.core.risk.limits import Limits

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "bench" / "plugins" / "every_nth.py"
SECURE = ROOT / "bench" / "plugins" / "secure_sim.py"
"""The venue of the daemon over TLS; hftd's own is plain."""

SETTINGS = """\
[venue]
name = "{venue}"
port = {port}
keys = "keys"

[runtime]
wait = "{wait}"

[risk]
"""
# An order for every tick is thousands a second and a position that only grows: every limit is out of the way.
LIMITS = "".join(
    f"{name} = 1000000000\n" for name in Limits.__struct_fields__ if name.startswith("max_") or "_per_" in name
)


class Died(RuntimeError):
    """A program under test ended or fell silent; the message has the end of what it said."""


class Client:
    """A running program, in a folder of its own."""

    def __init__(self, command: list[str], folder: Path, trust: Mapping[str, str]) -> None:
        """What the program says goes to the file ``log`` of ``folder``; ``trust``: more of its environment."""
        self.ready = False
        """Whether it has told systemd that it is ready, as only the daemon does."""
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.folder = folder
        self._log = folder / "log"
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "PYTHONPATH": str(ROOT), **trust}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def hear(self) -> None:
        """Take what the program tells systemd (sd_notify(3))."""
        self.ready |= b"READY=1" in self.notify.recv(65536).split(b"\n")

    def lives(self) -> bool:
        """True. Raises Died where the program has ended."""
        if self.process.poll() is not None:
            raise Died(f"ended with {self.process.returncode}: {self.said()}")
        return True

    def said(self) -> str:
        """The end of what it said, in one line."""
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-5:])

    def cpu(self) -> int:
        """Processor time used so far, ns: a process's CPU clock has its id in its number (clock_getcpuclockid(3))."""
        return time.clock_gettime_ns((~self.process.pid << 3) | 2)

    def stop(self) -> None:
        """End it, kindly at first: a daemon has a back office to send home."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.notify.close()


@contextmanager
def trading(name: str, wait: str = "block", *, tls: bool = False, apart: bool = True) -> Iterator[tuple[Venue, Client]]:
    """A bench venue and ``name`` (bare, least, hftd, alpaca-py, alpaca-py raw) subscribed to it, over TLS or not.

    ``apart``: on a core each, so that a venue that never sleeps takes nothing from the program under test.
    Raises Died where the program ends or does not do what it should in time.
    """
    allowed, (its, ours) = os.sched_getaffinity(0), cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hftd-bench-")))
        shown = certificate(folder) if tls else None
        venue = stack.enter_context(Venue(serving(shown) if shown else None))
        os.sched_setaffinity(0, {its} if apart else allowed)  # a process hands its cores down
        command = _command(name, wait, venue.port, folder, tls=tls)
        client = Client(command, folder, trusting(shown) if shown else {})
        os.sched_setaffinity(0, {ours} if apart else allowed)
        venue.watch(client.notify, client.hear)
        try:
            venue.until(lambda: client.lives() and _up(name, venue, client), f"{name}: a subscription")
            yield venue, client
        except TimeoutError as error:
            raise Died(f"{error}; {name} said: {client.said()}") from error
        finally:
            os.sched_setaffinity(0, allowed)
            client.stop()


def _up(name: str, venue: Venue, client: Client) -> bool:
    if name == "hftd":
        return client.ready and venue.market is not None and venue.updates is not None
    return venue.market is not None


def _command(name: str, wait: str, port: int, folder: Path, *, tls: bool) -> list[str]:
    python, secure = [sys.executable, "-m"], ["tls"] if tls else []
    match name:
        case "bare" | "least":
            return [*python, f"bench.{name}", str(port), wait, *secure]
        case "hftd":
            return [*python, "hftd", "run", "--config", str(_settings(wait, port, folder, tls=tls))]
        case "alpaca-py" | "alpaca-py raw":
            return [*python, "bench.alpaca", str(port), *name.split()[1:], *secure]
    raise ValueError(f"{name}: no such program, expected bare, least, hftd, alpaca-py or alpaca-py raw")


def _settings(wait: str, port: int, folder: Path, *, tls: bool) -> Path:
    settings, plugins, keys = folder / "hftd.toml", folder / "plugins", folder / "keys"
    plugins.mkdir(mode=0o755)
    for plugin in (MODEL, SECURE) if tls else (MODEL,):
        (plugins / plugin.name).write_bytes(plugin.read_bytes())
    keys.write_text("key = bench-key\nsecret = bench-secret\n")
    keys.chmod(0o600)
    settings.write_text(SETTINGS.format(venue=SECURE.stem if tls else "sim", port=port, wait=wait) + LIMITS)
    return settings
