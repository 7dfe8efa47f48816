"""What a question to the venue came to that nobody answered, in a few words a person understands."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import Connection, Server, self_signed, serving

from hftd.errors import Unavailable
from hftd.plugin.keys import Keys
from hftd.venues.alpaca import office as module
from hftd.venues.alpaca.office import AlpacaOffice

KEYS = Keys("PKCANARY0000KEY00000", "canarysecretcanarysecret")


def asked(url: str) -> str:
    """Why the venue at ``url`` says nothing of its clock."""
    with pytest.raises(Unavailable) as caught:
        AlpacaOffice(url, url, "iex", KEYS).clock()
    return str(caught.value)


@contextmanager
def venue(server: "Server[Connection]") -> Iterator[int]:
    try:
        yield server.port
    finally:
        server.close()


def test_a_name_nobody_knows() -> None:
    """The domain ``invalid`` has no names (RFC 6761 section 6.4)."""
    assert asked("http://venue.invalid").startswith("the venue's name cannot be looked up: ")


def test_a_port_nobody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert asked(f"http://127.0.0.1:{port}") == "connection refused"


def test_a_venue_that_hangs_up() -> None:
    with venue(Server(Connection, lambda peer: peer.headers())) as port:
        assert asked(f"http://127.0.0.1:{port}") == "the venue closed the connection"


def test_a_venue_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", (3.0, 0.1))
    with venue(Server(Connection, lambda peer: peer.gone())) as port:
        assert asked(f"http://127.0.0.1:{port}") == "timed out"


def test_a_venue_that_is_not_reached_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody accepts, and the queue of those who wait is full."""
    monkeypatch.setattr(module, "TIMEOUT", (0.1, 3.0))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        said = asked(f"http://127.0.0.1:{address[1]}")
        for each in waiting:
            each.close()
    assert said == "timed out"


def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    with venue(Server(Connection, lambda peer: peer.gone(), tls=serving(self_signed(tmp_path)))) as port:
        assert asked(f"https://localhost:{port}") == "certificate verify failed: self-signed certificate"


def test_a_venue_that_speaks_no_tls() -> None:
    with venue(Server(Connection, lambda peer: peer.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))) as port:
        assert asked(f"https://localhost:{port}").startswith("no TLS connection: ")
