"""What the figures were measured on."""

import os
import platform
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any


def cores() -> tuple[int, int]:
    """The core of the program under test and that of the venue: the first and the last we may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def describe() -> dict[str, Any]:
    """The machine, and how busy it is now (load over 1, 5 and 15 minutes)."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {
            **{name: version(name) for name in ("hftd", "alpaca-py", "msgspec", "websocket-client")},
            "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
        },
        "load": [round(load, 2) for load in os.getloadavg()],
        "awake": os.access("/dev/cpu_dma_latency", os.W_OK),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
