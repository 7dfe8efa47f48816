"""A daemon with a key and a secret that stand out, run whole: nothing it writes, shows or answers holds either."""

import subprocess
import sys
import time
from pathlib import Path

from hftd.cli.daemon.line import ask

ROOT = Path(__file__).parents[2]
KEY, SECRET = "PKCANARY0000KEY00000", "canarysecretcanarysecretcanarysecret0000"

# The simulated venue takes any keys; finding these in its place is all that is changed.
PROGRAM = f"""
import sys
import hftd.cli.run
from hftd.cli.main import main
from hftd.plugin.keys import Keys
hftd.cli.run.find_keys = lambda venue, environ: Keys("{KEY[:9]}" + "{KEY[9:]}", "{SECRET[:9]}" + "{SECRET[9:]}")
sys.exit(main(sys.argv[1:]))
"""

SETTINGS = f"""
[session]
wake_before_seconds = 1
[runtime]
plugins = "{ROOT / "plugins"}"
log = "debug"
"""


def processes(parent: int) -> list[int]:
    """``parent`` and everything it started."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return []
    return [parent, *(each for child in children for each in processes(int(child)))]


def shown(pid: int) -> bytes:
    """What others could see of a process. Its own memory is not for them."""
    place = Path(f"/proc/{pid}")
    try:
        return (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    except OSError:
        return b""


def test_nothing_a_daemon_writes_shows_or_answers_holds_its_keys(tmp_path: Path) -> None:
    (tmp_path / "hftd.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    socket_path = tmp_path / "state" / "with-sim" / "hftd.sock"
    arguments = ["run", "--config", str(tmp_path / "hftd.toml"), "--for", "2s", "--verbose"]
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        daemon = subprocess.Popen(
            [sys.executable, tmp_path / "program.py", *arguments, "--with-sim", "--lead 1 --rate 50 --speed 10"],
            stdout=out, stderr=err, cwd=tmp_path,
        )  # fmt: skip
        seen = b""
        end = time.monotonic() + 60
        while not socket_path.exists():
            assert daemon.poll() is None, (tmp_path / "err").read_text()
            assert time.monotonic() < end, "no control socket in 60 s"
            time.sleep(0.01)
        pids = processes(daemon.pid)
        seen += b"".join(shown(pid) for pid in pids)
        seen += str(ask(socket_path, {"ask": "status"})).encode()
        exit_status = daemon.wait(60)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "program.py"}
    journal = b"".join(data for path, data in written.items() if path.suffix == ".journal")
    written[Path("/proc")] = seen

    assert exit_status == 0
    assert len(pids) >= 3, "the daemon, its back office and its simulated venue"
    assert b"Submit" in journal, "a session in which nothing was sent shows nothing"
    assert b"connected and subscribed" in written[tmp_path / "err"]
    assert [path for path, data in written.items() if KEY.encode() in data or SECRET.encode() in data] == []
