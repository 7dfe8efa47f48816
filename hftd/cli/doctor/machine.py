"""Is this machine fit to trade on? Python, packages, clock, processor, systemd; nothing of hftd's own settings."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from hftd import native
from hftd.cli.doctor.finding import Finding, bad, ok, warn

UNIT = Path("/etc/systemd/system/hftd.service")
DEVICE = Path("/dev/cpu_dma_latency")
GIB = 1 << 30
TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not synchronised


def python() -> Finding:
    """Which interpreter this is; one that is too old could not have installed hftd."""
    return ok("python", f"{sys.version.split()[0]} at {sys.executable}")


def packages() -> Finding:
    """Everything pyproject.toml asks for is there, and new enough."""
    wanted = [re.match(r"([\w.-]+)(?:>=([\d.]+))?", line) for line in requires("hftd") or () if "extra ==" not in line]
    wrong = [fault for match in wanted if match and (fault := _lacking(match[1], match[2] or "0"))]
    if wrong:
        return bad("packages", "; ".join(wrong), "install hftd again: make install, or make run in its repository")
    return ok("packages", f"{len(wanted)} packages, each new enough")


def steps() -> Finding:
    """Whether the steps between a tick and its order that can be compiled are."""
    if native.wire is None:
        advice = "apt install gcc python3-dev, then install hftd again"
        return warn("steps", "in Python: installed without a C compiler, a tick takes some microseconds more", advice)
    return ok("steps", "compiled")


def clock() -> Finding:
    """Whether something keeps the clock right; orders are timed by it."""
    # A struct timex of zeros asks and sets nothing; it has 208 bytes, and some to spare do no harm.
    answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    if answer < 0:
        return warn("clock", "cannot be asked", "see that an NTP client runs: timedatectl")
    if answer == TIME_ERROR:
        return warn("clock", "not synchronised", "start an NTP client: timedatectl set-ntp true")
    return ok("clock", "synchronised")


def processor(wait: str, device: Path = DEVICE) -> Finding:
    """Whether the processor can be kept awake, where the settings say ``wait = "awake"``."""
    if wait != "awake":
        return ok("processor", f'may sleep: wait = "{wait}"')
    if not device.exists():
        return warn("processor", f"{device} is not there", 'set [runtime] wait to "block" or "spin"')
    if not os.access(device, os.W_OK):
        return warn("processor", f"{device} is closed to us", "run as a service, or as a member of group hftd-awake")
    return ok("processor", f"can be kept awake: {device}")


def systemd() -> Finding:
    """The version of systemd; the units are written for Debian 12's."""
    if shutil.which("systemctl") is None:
        return warn("systemd", "not there", "without it hftd runs on a terminal only: make run")
    words = _said("systemctl", "--version").split()
    release = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if release < 252:
        return warn("systemd", f"version {release}", "the units are written for version 252 or newer")
    return ok("systemd", f"version {release}")


def unit(path: Path = UNIT) -> Finding:
    """Whether the service is installed, and what it does."""
    if not path.exists():
        return warn("service", "not installed", "as root: make install")
    enabled, active = (_said("systemctl", word, "hftd.service") or "unknown" for word in ("is-enabled", "is-active"))
    if active == "failed":
        return bad("service", "failed", "journalctl -u hftd says why; then: systemctl restart hftd")
    if enabled != "enabled" and active != "active":
        return warn("service", f"{enabled}, {active}", "to run it now and at every boot: systemctl enable --now hftd")
    return ok("service", f"{enabled}, {active}")


def space(folder: Path) -> Finding:
    """Room for the journal: no order leaves without its record."""
    free = shutil.disk_usage(existing(folder)).free
    found = f"{free / GIB:.1f} GiB free for {folder}"
    if free < GIB / 10:
        return bad("space", found, "make room: hftd refuses orders it cannot record")
    if free < GIB:
        return warn("space", found, "make room: a busy day takes about 1 GiB")
    return ok("space", found)


def existing(folder: Path) -> Path:
    """``folder``, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def _lacking(name: str, least: str) -> str:
    """What is wrong with a package, or nothing."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} is {found}, expected {least} or newer" if _numbers(found) < _numbers(least) else ""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", text))


def _said(*command: str) -> str:
    """What a program prints, whatever its exit status."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    return done.stdout.strip()
