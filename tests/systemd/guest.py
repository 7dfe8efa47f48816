"""A Linux with systemd as process 1 and hftd installed, to run commands in."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SOURCE = "/usr/local/src/hftd"  # the repository inside
CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
ENVIRON = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


class Guest:
    """Boots on entry, is gone without a trace on exit. ``space`` is an empty folder of this machine."""

    def __init__(self, space: Path) -> None:
        self.space = space
        self.name = f"hftd-{os.getpid()}"
        self.leader = 0
        self.page = "@0"

    def __enter__(self) -> "Guest":
        address = f"hftd-guest-{os.getpid()}"
        log = self.space.with_suffix(".log")
        # Each dies with the one before it, and with the last every process inside, even if this one is killed.
        alone = ["unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, log.open("wb") as console:
            notices.bind(f"\0{address}")
            self.outside = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", *alone, HERE / "boot", self.name, self.space, REPOSITORY],
                env={**os.environ, "NOTIFY_SOCKET": f"@{address}"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
            try:
                self._await_ready(notices)
                nspawn = _only_child(self.outside.pid)
                self.leader = _only_child(nspawn)
            except Exception as error:
                self._remove()
                raise RuntimeError(f"the guest did not start: {error}\n{log.read_text(errors='replace')}") from error
        return self

    def __exit__(self, *reason: object) -> None:
        self._remove()

    def call(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``command`` inside as root."""
        inside = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        argv = [*inside, "--", "env", "--chdir=/", *command]
        return subprocess.run(argv, env=ENVIRON, capture_output=True, text=True, timeout=timeout, check=False)

    def run(self, *command: str, timeout: float = 120) -> str:
        """What ``command`` prints; it must succeed."""
        done = self.call(*command, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Put a file there."""
        script = 'mkdir -p "$(dirname "$1")" && printf %s "$2" >"$1" && chmod "$3" "$1"'
        self.run("sh", "-c", script, "sh", path, text, mode)

    def show(self, unit: str, name: str) -> str:
        """One property of a unit."""
        return self.run("systemctl", "show", "--value", "--property", name, unit)

    def turn_page(self) -> None:
        """Let ``journal`` begin with what is logged from now on."""
        last = json.loads(self.run("journalctl", "--lines=1", "--output=json"))
        self.page = f"@{(int(last['__REALTIME_TIMESTAMP']) + 1) / 1e6:.6f}"

    def journal(self, *arguments: str) -> str:
        """What journalctl prints of the current page."""
        return self.run("journalctl", f"--since={self.page}", "--all", *arguments)

    def until(self, true: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Ask again until ``true`` is; a guest's state can only be asked for."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.run('journalctl', '--lines=40')}")
            time.sleep(0.02)

    def _await_ready(self, notices: socket.socket) -> None:
        """Return when the guest's systemd has started everything."""
        end = time.monotonic() + 300
        notices.settimeout(0.5)
        while time.monotonic() < end:
            try:
                if "READY=1" in notices.recv(4096).decode().splitlines():
                    return
            except TimeoutError:
                if self.outside.poll() is not None:
                    raise RuntimeError(f"exit status {self.outside.returncode}") from None
        raise RuntimeError("not ready after 300 s")

    def _remove(self) -> None:
        """End every process of the guest and remove its control groups; the kernel removes the rest."""
        self.outside.send_signal(signal.SIGKILL)
        self.outside.wait()
        for tree in (Path(one) / self.name for one in CGROUPS):
            end = time.monotonic() + 10
            while tree.exists() and time.monotonic() < end:
                for folder in sorted((one for one in tree.rglob("*") if one.is_dir()), reverse=True):
                    _rmdir(folder)
                _rmdir(tree)


def _only_child(process: int) -> int:
    """The one process that ``process`` started."""
    (child,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(child)


def _rmdir(folder: Path) -> None:
    """Remove a control group, unless a process in it is still on its way out."""
    try:
        folder.rmdir()
    except OSError:
        time.sleep(0.01)
