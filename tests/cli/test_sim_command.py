"""``hftd sim`` as a process: the line it prints, how it ends, what it refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hftd.cli import sim

TAPE = Path(__file__).parents[2].parent / "shared" / "data" / "us_equities" / "spy_trades_20131007.parquet"
PROGRAM = """
import argparse, sys
from hftd.cli import sim
from hftd.core.session import Day, Phase
if "--own-calendar" in sys.argv:  # spares the seconds the real calendar takes to import
    sys.argv.remove("--own-calendar")
    opens = 1381152600 * 10**9
    sim.trading_days = lambda first, last: (Day("2013-10-07", (Phase("regular", opens, opens + 23400 * 10**9),)),)
top = argparse.ArgumentParser()
sim.add(top.add_subparsers())
arguments = top.parse_args(["sim", *sys.argv[1:]])
sys.exit(arguments.run(arguments))
"""
LINE = re.compile(r"hftd sim: listening on 127\.0\.0\.1:(\d+), clock (\S+ \S+) New York, (.+)\n")


@contextmanager
def running(*arguments: str, environ: dict[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--port", "0", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | (environ or {}),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def greeting(process: "subprocess.Popen[str]") -> re.Match[str]:
    assert process.stdout is not None
    found = LINE.fullmatch(process.stdout.readline())
    assert found
    return found


def clock(port: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v2/clock", headers={"APCA-API-KEY-ID": "k", "APCA-API-SECRET-KEY": "s"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def test_it_says_where_it_listens_tells_systemd_and_ends_at_once(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "TZ": "Asia/Tokyo", "LC_ALL": "C"}
        with running("--date", "2026-01-05", "--seed", "3", environ=environ) as process:
            port, moment, played = greeting(process).groups()
            assert (moment, played) == ("2026-01-05 09:29:50", "made up from seed 3")
            assert systemd.recv(100) == b"READY=1"
            assert clock(port)["timestamp"] == "2026-01-05T09:29:50-05:00"
            process.send_signal(signal.SIGTERM)
            out, errors = process.communicate(timeout=60)
            assert (process.returncode, out, errors) == (0, "", "")


def test_it_dies_with_its_parent():
    with running("--own-calendar", "--die-with-parent", "--date", "2013-10-07") as process:
        greeting(process)
        process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.mark.data
@pytest.mark.skipif(
    not TAPE.exists() and os.environ.get("CI") != "true", reason=f"needs the market data folder: no {TAPE.name}"
)
def test_a_tape_sets_the_clock_to_its_own_day():
    with running("--own-calendar", "--tape", str(TAPE), "--lead", "60") as process:
        port, moment, played = greeting(process).groups()
        assert (moment, played) == ("2013-10-07 09:29:00", "1 tape")
        assert clock(port)["next_open"] == "2013-10-07T09:30:00-04:00"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "found 0.0.0.0, expected a loopback address such as 127.0.0.1"),
        (["--host", "here"], "found here, expected a loopback address such as 127.0.0.1"),
        (["--speed", "0"], "found 0, expected a number above 0, or max"),
        (["--speed", "fast"], "found fast, expected a number above 0, or max"),
        (["--rate", "0"], "found 0, expected trades a second above 0"),
        (["--lead", "-1"], "found -1, expected seconds, 0 or more"),
        (["--cash", "much"], "found much, expected dollars above 0"),
        (["--port", "70000"], "found 70000, expected a port from 0 to 65535"),
        (["--date", "today"], "found today, expected a date such as 2026-11-20"),
    ],
)
def test_wrong_arguments_are_named(arguments, message, capsys):
    top = ArgumentParser()
    sim.add(top.add_subparsers())
    with pytest.raises(SystemExit) as ended:
        top.parse_args(["sim", *arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_what_is_not_said_is_a_made_up_day_in_real_time():
    top = ArgumentParser()
    sim.add(top.add_subparsers())
    found = top.parse_args(["sim", "--symbols", "spy, qqq", "--speed", "max"])
    assert (found.tape, found.symbols, found.speed, found.port, found.lead) == ([], ("SPY", "QQQ"), None, 8790, 10.0)
