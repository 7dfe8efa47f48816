"""Notices to systemd: what arrives at a socket bound here, in the words of sd_notify(3)."""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hftd.runtime.people.notify import Notify


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket that stands where systemd's would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(str(tmp_path / "notify"))
        here.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield here


def test_each_notice_arrives_as_one_datagram(systemd: socket.socket) -> None:
    notify = Notify()
    notify.starting()
    notify.ready()
    notify.watchdog()
    notify.reloading(12_345)
    notify.stopping()

    expected = [
        b"EXTEND_TIMEOUT_USEC=90000000", b"READY=1", b"WATCHDOG=1", b"RELOADING=1\nMONOTONIC_USEC=12345", b"STOPPING=1",
    ]  # fmt: skip
    assert expected == [systemd.recv(4096) for _ in expected]
    notify.close()


def test_a_status_arrives_as_utf_8(systemd: socket.socket) -> None:
    notify = Notify()
    notify.status("open · SPY 562.17 → €")

    assert systemd.recv(4096).decode("utf-8") == "STATUS=open · SPY 562.17 → €"
    notify.close()


def test_a_status_cannot_smuggle_in_a_second_notice(systemd: socket.socket) -> None:
    notify = Notify()
    notify.status("a\nMAINPID=1\r\nb")

    assert systemd.recv(4096) == b"STATUS=a MAINPID=1 b"
    notify.close()


def test_an_abstract_socket_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"hftd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify = Notify()
        notify.ready()

        assert here.recv(4096) == b"READY=1"
        notify.close()


def test_without_systemd_nothing_is_opened_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    before = sorted(os.listdir("/proc/self/fd"))
    notify = Notify()
    notify.ready()
    notify.status("x")
    notify.close()

    assert before == sorted(os.listdir("/proc/self/fd"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sdnotify forgets to close its socket
def test_a_socket_nobody_listens_on_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with caplog.at_level(logging.WARNING, "hftd"):
        notify = Notify()
        notify.ready()
        notify.close()

    said = [record.getMessage() for record in caplog.records]
    assert said == [f"NOTIFY_SOCKET {tmp_path / 'nobody'} does not answer: systemd will not hear of us"]


def test_a_full_socket_loses_the_notice_and_does_not_block(systemd: socket.socket) -> None:
    notify = Notify()
    for _ in range(5_000):  # far beyond net.unix.max_dgram_qlen
        notify.watchdog()

    assert systemd.recv(4096) == b"WATCHDOG=1"
    notify.close()
