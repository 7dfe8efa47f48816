"""What the daemon tells systemd: ready, alive, busy reloading, on its way out. Without systemd, nothing happens.

The words are those of sd_notify(3).
"""

import logging
import os
import socket

from sdnotify import SystemdNotifier

MORE = 90  # seconds: what systemd gives a start by itself (DefaultTimeoutStartSec=)


class Notify:
    """systemd's notification socket, which NOTIFY_SOCKET names. What it does not take at once is lost."""

    def __init__(self) -> None:
        self._notifier = None
        # Without the variable sdnotify leaves a socket open behind it.
        if "NOTIFY_SOCKET" not in os.environ:
            return
        self._notifier = SystemdNotifier()
        connected: socket.socket | None = self._notifier.socket
        if connected is None:
            # sdnotify is silent about it, and systemd will stop a daemon it hears nothing from.
            address = os.environ["NOTIFY_SOCKET"]
            logging.getLogger("hftd").warning("NOTIFY_SOCKET %s does not answer: systemd will not hear of us", address)
        else:
            connected.setblocking(False)

    def starting(self) -> None:
        """Start-up is not complete yet, and nothing is wrong with us: it may take ``MORE`` seconds from now on."""
        self._tell(f"EXTEND_TIMEOUT_USEC={MORE * 1_000_000}")

    def ready(self) -> None:
        """Start-up, or a reload, is complete."""
        self._tell("READY=1")

    def status(self, text: str) -> None:
        """Show ``text`` in ``systemctl status``; one line."""
        self._tell(f"STATUS={' '.join(text.split())}")

    def watchdog(self) -> None:
        """The daemon did useful work; due at least every ``WatchdogSec`` of its unit."""
        self._tell("WATCHDOG=1")

    def reloading(self, now_monotonic_us: int) -> None:
        """A reload began, at a CLOCK_MONOTONIC time in microseconds; ``ready`` ends it."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={now_monotonic_us}")

    def stopping(self) -> None:
        """The daemon is leaving."""
        self._tell("STOPPING=1")

    def close(self) -> None:
        """Close the socket."""
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.close()

    def _tell(self, state: str) -> None:
        if self._notifier is not None:
            # sdnotify encodes latin-1 and systemd reads UTF-8: give it characters that come out as the right bytes.
            self._notifier.notify(state.encode().decode("latin-1"))
