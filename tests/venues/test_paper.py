"""Paper is structural: no other host is in the code, no setting leads to one, and no other account is traded on."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs

from hftd.config.load import load
from hftd.config.schema import Config, Venue
from hftd.errors import ConfigError
from hftd.plugin.keys import Keys
from hftd.venues.alpaca import plugin as alpaca
from hftd.venues.sim import plugin as sim

ROOT = Path(__file__).parents[2]
NOBODY = Keys("nobody00", "nobody00")
# Alpaca's hosts for paper trading and for data, which has no account; trading with money is at another, never written.
PAPER = {"paper-api.alpaca.markets", "stream.data.alpaca.markets", "data.alpaca.markets"}
SHIPPED = [*(ROOT / "hftd").rglob("*.py"), *(ROOT / "plugins").rglob("*.py"), *(ROOT / "systemd").glob("*.*"),
           ROOT / "hftd.toml"]  # fmt: skip


def test_no_other_host_of_the_venue_is_written_anywhere() -> None:
    hosts = {host for file in SHIPPED for host in re.findall(r"[\w.-]*alpaca\.markets", file.read_text())}

    assert hosts == PAPER


def test_no_file_switches_the_library_to_money() -> None:
    """alpaca-py asks for ``paper``; it is given as true wherever a client is made."""
    said = [word for file in SHIPPED for word in re.findall(r"\bpaper\s*=\s*(\w+)", file.read_text())]

    assert set(said) == {"True"}
    made = [line for file in SHIPPED for line in re.findall(r"TradingClient\(.*", file.read_text())]
    assert made
    assert all("paper=True" in line for line in made)


def endpoints(module: Any, venue: Venue) -> set[str]:
    """Every address feeds and broker of a venue connect to."""
    return {part.endpoint().url for part in (*module.feeds(venue, NOBODY), module.broker(venue, NOBODY))}


def bases(module: Any, venue: Venue) -> set[str]:
    """Every address its office asks."""
    office = module.office(venue, NOBODY)
    found = {str(client._base_url) for client in (office._trading, office._data)}
    for client in (office._trading, office._data):
        client._session.close()
    return found


def test_no_setting_moves_alpaca_to_another_host() -> None:
    """Every key of [venue] that holds text or a number, set to something telling."""
    plain = Venue(name="alpaca")
    assert {urlsplit(url).hostname for url in endpoints(alpaca, plain) | bases(alpaca, plain)} == PAPER
    moved = Venue(name="alpaca", host="127.0.0.9", port=4321, keys="https://api.example", order_connections=8)

    assert endpoints(alpaca, moved) == endpoints(alpaca, plain)
    assert bases(alpaca, moved) == bases(alpaca, plain)


def test_no_setting_is_an_address_but_the_simulated_venues() -> None:
    names = {field.name for table in structs.fields(Config) if table.name != "models"
             for field in structs.fields(table.type)}  # fmt: skip

    assert not [name for name in names if re.search(r"url|uri|endpoint|base|live|real|paper|server", name)]
    assert {"host", "port"} <= names


@pytest.mark.parametrize("host", ["api.example.com", "10.0.0.1", "0.0.0.0", "::", "2001:db8::1", "127.0.0.1.example"])
def test_the_simulated_venue_is_on_this_machine_whatever_the_settings_say(host: str, tmp_path: Path) -> None:
    (tmp_path / "hftd.toml").write_text(f'[venue]\nname = "sim"\nhost = "{host}"\n')

    with pytest.raises(ConfigError, match="loopback"):
        load(tmp_path / "hftd.toml")


def test_the_simulated_venue_asks_nobody_else() -> None:
    hosts = {urlsplit(url).hostname for url in endpoints(sim, Venue()) | bases(sim, Venue())}

    assert hosts == {"127.0.0.1"}


def test_the_environment_does_not_move_the_library_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that clients of this venue have read from the environment."""
    for name in ("APCA_API_BASE_URL", "APCA_API_DATA_URL", "ALPACA_BASE_URL"):
        monkeypatch.setenv(name, "https://elsewhere.example")

    assert {urlsplit(url).hostname for url in bases(alpaca, Venue(name="alpaca"))} <= PAPER
