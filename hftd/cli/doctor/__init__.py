"""``hftd doctor``: can hftd trade on this machine, with these settings? One line each, with what to do about it."""

import argparse
import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from msgspec import to_builtins

from hftd.cli.check import Examined, examine
from hftd.cli.daemon.place import state_of
from hftd.cli.doctor import machine
from hftd.cli.doctor.finding import Finding, bad, ok, warn
from hftd.cli.options.settings import INSTALLED, add_config
from hftd.errors import FAILED, OK, HftdError
from hftd.plugin.keys import CREDENTIALS, Keys, find_keys

PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}
TIMEOUT = 2.0  # seconds a venue may take to accept a connection


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor", help="can hftd trade on this machine?", description=__doc__.replace("``", "")
    )
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 1 where something is bad."""
    findings = list(examinations(arguments.config, os.environ))
    if arguments.json:
        print(json.dumps(to_builtins(findings)))
    else:
        for finding in findings:
            advice = f" → {finding.advice}" if finding.advice else ""
            print(f"{finding.verdict:<4}  {finding.about:<9}  {finding.found}{advice}")
    return FAILED if any(finding.verdict == "bad" for finding in findings) else OK


def examinations(path: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything worth knowing, in the order in which it would go wrong. ``path`` is the settings file."""
    yield machine.python()
    yield machine.packages()
    yield machine.steps()
    try:
        examined = examine(path)
    except HftdError as error:
        yield bad("settings", str(error), f"mend it, then: hftd check --config {path}")
    else:
        yield ok("settings", f"{path}, {len(examined.models)} models")
        if path == INSTALLED and os.geteuid() != 0:
            yield warn("service", "its keys and its journal are closed to us", "sudo hftd doctor looks at them too")
        else:
            yield keys(examined, environ)
            yield from state(state_of(path, environ))
        yield machine.processor(examined.config.runtime.wait)
        yield from venue(examined)
    yield machine.clock()
    yield machine.systemd()
    yield machine.unit()


def keys(examined: Examined, environ: Mapping[str, str], credentials: Path = CREDENTIALS) -> Finding:
    """Whether the venue's keys are there and nobody else can read them."""
    name = examined.config.venue.name
    files = [one for one in (credentials / name).glob("*") if one.is_file()] if os.access(credentials, os.X_OK) else []
    for file in files:
        if file.stat().st_mode & 0o077:
            return bad("keys", f"{file}: others can read it", f"chmod 600 {file}")
    if name != "sim" and {file.name for file in files} >= {"key", "secret"}:
        return ok("keys", f"{credentials / name}, private")
    try:
        find_keys(examined.config.venue, environ)
    except HftdError as error:
        return bad("keys", str(error), f"as root, put the files key and secret into {credentials / name}, mode 0600")
    return ok("keys", "none needed" if name == "sim" else "found and private")


def state(folder: Path) -> Iterator[Finding]:
    """Whether the journal can be written: permission, and room."""
    try:
        # A file without a name: it is tried, and nothing is left of it.
        TemporaryFile(dir=machine.existing(folder)).close()
    except OSError as error:
        found = f"{folder} cannot be written by user {os.geteuid()}: {error.strerror}"
        yield bad("state", found, "run as its owner, or set [runtime] state")
    else:
        yield ok("state", f"{folder} can be written")
    yield machine.space(folder)


def venue(examined: Examined) -> Iterator[Finding]:
    """Whether every address of the venue takes a connection."""
    settings = examined.config.venue
    nobody = Keys("nobody", "nobody")  # addresses do not depend on them, and nothing is sent
    feeds = examined.plugins.factory("feeds", settings.name)(settings, nobody)
    broker = examined.plugins.factory("brokers", settings.name)(settings, nobody)
    addresses = dict.fromkeys(_address(part.endpoint().url) for part in (*feeds, broker))
    for host, port in addresses:
        try:
            socket.create_connection((host, port), TIMEOUT).close()
        except OSError as error:
            found = f"{host}:{port} does not answer: {error.strerror or error}"
            if settings.name == "sim":
                yield warn("venue", found, "start the simulated venue: systemctl start hftd-sim, or hftd sim")
            else:
                yield bad("venue", found, "look at the network and its firewall")
        else:
            yield ok("venue", f"{host}:{port} answers")


def _address(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS[parts.scheme]
