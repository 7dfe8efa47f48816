"""A plugin is loaded in another process first: what hangs, dies or eats memory there does nothing to the daemon."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hftd.config.load import folder, load
from hftd.errors import ConfigError, HftdError, PluginError
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import blueprint, blueprints
from hftd.plugin.host import Plugins
from hftd.venues.shipped import SHIPPED

LONGEST = 20.0
"""Seconds a plugin may take to load."""
MOST = 2 * 1024**3
"""Bytes of memory it may fill."""
LOOK = 0.02  # seconds between two looks at the memory
PAGE = os.sysconf("SC_PAGESIZE")


def try_out(settings: Path, file: Path | None = None) -> None:
    """Load ``file``, or with none everything there is, by the ``settings`` file, and build every model in it.

    Raises PluginError with the one line that says what is wrong, ConfigError where the settings are.
    """
    what = str(file or settings)
    process = subprocess.Popen(  # noqa: S603 - our own program on the daemon's own files
        [sys.executable, "-m", "hftd.runtime.models.trial", str(settings), str(file or "")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    with process:
        with suppress(OSError):  # the sandbox of the unit forbids it; else ticks come before it
            os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        try:
            reason = _watched(process)
        finally:
            process.kill()
        said = process.stdout.read() if process.stdout is not None else b""
    if reason:
        raise PluginError(f"{what}: {reason}")
    if not said:
        raise PluginError(f"{what}: {_end(process.returncode)}")
    answer = json.loads(said)
    if answer["error"]:
        raise (ConfigError if answer["of_settings"] else PluginError)(answer["error"])


def _watched(process: "subprocess.Popen[bytes]") -> str:
    """Wait for the process to end; why it had to be ended, else nothing."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)
            return ""
        if _memory(process.pid) > MOST:
            return f"fills more than {MOST // 1024**2} MiB of memory while it is loaded"
    return f"takes longer than {LONGEST:.0f} s to load"


def _memory(process: int) -> int:
    """Bytes the process holds in memory: proc(5), statm."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _end(code: int) -> str:
    """How a process ended that said nothing."""
    if code >= 0:
        return f"ends the process with status {code} while it is loaded"
    try:
        return f"dies of {signal.Signals(-code).name} while it is loaded"
    except ValueError:
        return f"dies of signal {-code} while it is loaded"


def examine(settings: Path, file: Path | None) -> None:
    """What the process does. Raises HftdError."""
    config = load(settings)
    if file is None:
        plans = blueprints(config, host.load(folder(config, settings), SHIPPED), settings, strict=False)
    else:
        plugins = Plugins()
        plugins.add_file(file)
        tables: Mapping[str, dict[str, object]] = config.models
        plans = tuple(blueprint(part, tables.get(name, {}), settings) for name, part in plugins.parts("models").items())
    for plan in plans:
        plan.build(Blank())


def main(settings: str, file: str) -> None:
    """Examine, and say what was found on standard output, which the plugin itself cannot reach."""
    answer = os.dup(1)
    os.dup2(2, 1)
    signal.alarm(int(LONGEST) + 5)  # the daemon may be gone by then
    with suppress(OSError):  # where memory is short, this goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    error, of_settings = "", False
    try:
        examine(Path(settings), Path(file) if file else None)
    except HftdError as wrong:
        error, of_settings = str(wrong), type(wrong) is ConfigError
    os.write(answer, json.dumps({"error": error, "of_settings": of_settings}).encode())
    os._exit(0)  # a thread the plugin started must not keep the process


if __name__ == "__main__":
    main(*sys.argv[1:])
