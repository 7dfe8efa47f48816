"""The line that says where a simulated venue listens, and what is read from it."""

import pytest

from hftd.errors import Unavailable
from hftd.venues.sim.greeting import greeting, port_of


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ("hftd sim: listening on 127.0.0.1:8790, clock 2026-11-20 09:29:50 New York, made up from seed 7\n", 8790),
        ("hftd sim: listening on [::1]:40123, clock 2026-11-20 09:29:50 New York, 2 tapes\n", 40123),
        ("listening on 127.0.0.1:1", 1),
    ],
)
def test_the_port_is_read_from_the_line(said: str, port: int) -> None:
    assert port_of(said) == port


@pytest.mark.parametrize(
    ("host", "line"), [("127.0.0.1", "listening on 127.0.0.1:8790"), ("::1", "listening on [::1]:8790")]
)
def test_an_address_is_written_as_in_a_url(host: str, line: str) -> None:
    """RFC 3986, section 3.2.2: an IPv6 address stands in brackets."""
    assert greeting(host, 8790) == line


@pytest.mark.parametrize(
    ("said", "found"),
    [("hftd: --port: 8790 is taken\n", "hftd: --port: 8790 is taken"), ("", "it said nothing")],
)
def test_a_venue_that_did_not_start_is_one_line(said: str, found: str) -> None:
    with pytest.raises(Unavailable) as caught:
        port_of(said)

    assert str(caught.value) == f"the simulated venue did not start: {found}"
