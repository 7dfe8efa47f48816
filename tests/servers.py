"""Servers on free ports that play a script to whoever connects, for tests of what the loop does with real sockets."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar


class Connection:
    """One accepted connection, as its server sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.file = connection.makefile("rb")

    def headers(self) -> dict[str, str]:
        """The head of the next request, names in lower case. Raises ConnectionError where the client has left."""
        found = {}
        for line in iter(self.file.readline, b"\r\n"):
            if not line:
                raise ConnectionError("the client has left")
            name, _, value = line.decode().partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def gone(self) -> bool:
        """Wait until the client has hung up."""
        with suppress(OSError):
            while self.file.read(1):
                pass
        return True

    def close(self) -> None:
        self.file.close()
        self.connection.close()


P = TypeVar("P", bound=Connection)


class Server(Generic[P]):
    """A venue on a free port: each connection is played one script, the last script again and again."""

    def __init__(self, kind: type[P], *scripts: Callable[[P], object], tls: ssl.SSLContext | None = None) -> None:
        self._kind = kind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self._scripts = list(scripts)
        self.peers: list[P] = []
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in [self._accepting, *self._threads]:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            thread = threading.Thread(target=self._play, args=(script, connection), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Callable[[P], object], connection: socket.socket) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            peer = self._kind(connection)
            self.peers.append(peer)
            try:
                script(peer)
            except (AssertionError, KeyError, ValueError) as error:
                self.errors.append(error)
            finally:
                peer.close()


def self_signed(folder: Path) -> Path:
    """A self-signed certificate for localhost with its key, in one file."""
    path, alone = folder / "localhost.pem", folder / "alone"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out", alone],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + alone.read_bytes())
    return path


def serving(certificate: Path) -> ssl.SSLContext:
    """TLS as a server speaks it that shows ``certificate``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
