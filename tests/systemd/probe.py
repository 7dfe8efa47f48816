"""Runs as hftd.service would and prints, as JSON, what it could do there: each name with "ok" or what was raised."""

import ctypes
import errno
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import aiohttp
import httptools
import msgspec
import numpy as np
import pandas as pd
import pandas_market_calendars
import websocket
from alpaca.data.live import StockDataStream
from alpaca.trading.client import TradingClient


def numbers() -> None:
    assert (np.ones((64, 64)) @ np.ones((64, 64)) == 64).all()
    assert pd.DataFrame({"price": [1.0, 3.0]}).price.mean() == 2.0


def alpaca() -> None:
    TradingClient("key", "secret", paper=True)
    StockDataStream("key", "secret")


def packages() -> None:
    assert len(pandas_market_calendars.get_calendar("NYSE").valid_days("2026-11-20", "2026-11-27")) == 5
    assert all((aiohttp, httptools, websocket))
    assert msgspec.json.decode(b"[1]") == [1]


def tls() -> None:
    """An encrypted conversation over TCP with oneself; without certificates, since none are there to show."""

    def context(purpose: int) -> ssl.SSLContext:
        one = ssl.SSLContext(purpose)
        one.check_hostname = False
        one.verify_mode = ssl.CERT_NONE
        one.maximum_version = ssl.TLSVersion.TLSv1_2
        one.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
        return one

    def answer() -> None:
        server = context(ssl.PROTOCOL_TLS_SERVER)
        with listener.accept()[0] as plain, server.wrap_socket(plain, server_side=True) as one:
            one.sendall(one.recv(100).upper())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        with (
            socket.create_connection(listener.getsockname()) as plain,
            context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(plain) as one,
        ):
            one.sendall(b"order")
            assert one.recv(100) == b"ORDER"
        thread.join()


def roots() -> None:
    assert ssl.create_default_context().get_ca_certs()


def child() -> None:
    """A process of its own that talks over a pair of sockets, as the back office does."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        code = f"import socket; socket.socket(fileno={theirs.fileno()}).sendall(b'hello')"
        subprocess.run([sys.executable, "-c", code], pass_fds=[theirs.fileno()], check=True)
        assert ours.recv(100) == b"hello"


def callbacks() -> None:
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    assert kind(lambda one: one + 1)(41) == 42


def folders() -> None:
    for name in ("STATE_DIRECTORY", "RUNTIME_DIRECTORY"):
        folder = Path(os.environ[name])
        (folder / "written").write_text("x")
        assert folder.stat().st_uid == os.getuid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.bind(os.environ["RUNTIME_DIRECTORY"] + "/probe.sock")


def plugins() -> None:
    assert "hookimpl" in (Path(os.environ["CONFIGURATION_DIRECTORY"]) / "plugins" / "volume_modulo.py").read_text()


def credentials() -> None:
    folder = Path(os.environ["CREDENTIALS_DIRECTORY"])
    found = {path.name: path.read_text() for path in folder.iterdir()}
    assert found == {"alpaca_key": "PKCANARY0001", "alpaca_secret": "canary-secret-2"}, found


def awake() -> None:
    with Path("/dev/cpu_dma_latency").open("wb", buffering=0) as device:
        device.write((0).to_bytes(4, "little"))


def refused(attempt: Callable[[], object], code: int) -> Callable[[], None]:
    """A probe that is content when the sandbox answers ``attempt`` with error ``code``."""

    def probe() -> None:
        try:
            attempt()
        except OSError as error:
            if error.errno == code:
                return
            raise
        raise AssertionError("it was possible")

    return probe


PROBES: dict[str, Callable[[], None]] = {
    "numbers": numbers,
    "alpaca": alpaca,
    "packages": packages,
    "tls": tls,
    "roots": roots,
    "child": child,
    "callbacks": callbacks,
    "folders": folders,
    "plugins": plugins,
    "credentials": credentials,
    "awake": awake,
    "no writing to plugins": refused(lambda: Path("/etc/hftd/plugins/x.py").write_text("x"), errno.EACCES),
    "no writing to its own program": refused(lambda: Path("/opt/hftd/x.py").write_text("x"), errno.EROFS),
    "no reading of key files": refused(lambda: Path("/etc/hftd/credentials/alpaca/key").read_text(), errno.EACCES),
    "no other device": refused(lambda: Path("/dev/kmsg").read_text(), errno.ENOENT),
    "no raw packets": refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW), errno.EAFNOSUPPORT),
    "not root": refused(lambda: os.setuid(0), errno.EPERM),
}


def outcome(probe: Callable[[], None]) -> str:
    """What became of one probe."""
    try:
        probe()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


if __name__ == "__main__":
    json.dump({name: outcome(probe) for name, probe in PROBES.items()}, sys.stdout)
