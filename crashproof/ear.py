"""Where a life says that it is ready: the socket systemd would listen on (sd_notify(3))."""

import select
import socket
import time
from pathlib import Path

from crashproof.nursery import Child


class Ear:
    """Listens at ``path`` for as many lives as come one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def forget(self) -> None:
        """Drop what a dead one left unread."""
        while self._heard():
            pass

    def ready(self, life: Child, longest: float) -> bool:
        """Wait until ``life`` is ready; False where it ended first, or ``longest`` seconds were not enough."""
        end = time.monotonic() + longest
        while (left := end - time.monotonic()) > 0:
            found, _, _ = select.select([self._socket.fileno(), life.fileno()], [], [], left)
            if self._socket.fileno() in found and b"READY=1" in self._heard():
                return True
            if life.fileno() in found:
                return False
        return False

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _heard(self) -> bytes:
        try:
            return self._socket.recv(4096)
        except BlockingIOError:
            return b""
