"""``hftd metrics``: the running daemon as a page for Prometheus, from a process that the daemon does not notice."""

import argparse
import os
import re
import signal
from pathlib import Path
from threading import Event

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import TRIAL, control_socket, state_of
from hftd.cli.options.settings import add_config
from hftd.errors import OK, HftdError, to_install

LISTEN = "127.0.0.1:9464"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "metrics", help="serve a page of metrics for Prometheus",
        description="Serve a page of metrics for Prometheus: what the journal of the running daemon tells, and what it "
        "says of itself when it is asked, once a second at most. The daemon does not notice.",
    )  # fmt: skip
    add_config(parser)
    parser.add_argument("--socket", type=Path, metavar="PATH", help="its control socket, where it is elsewhere")
    parser.add_argument(
        "--listen", type=place, default=place(LISTEN), metavar="ADDRESS:PORT",
        help=f"where to serve it ({LISTEN}: to this machine alone); port 0 takes a free one",
    )  # fmt: skip
    parser.set_defaults(run=run)


def place(text: str) -> tuple[str, int]:
    """``127.0.0.1:9464`` or ``[::1]:9464`` as address and port."""
    match = re.fullmatch(r"\[([0-9a-fA-F:]+)\]:(\d{1,5})|([^\s:]+):(\d{1,5})", text)
    if match is None or int(match[2] or match[4]) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no address and port, expected one such as {LISTEN}")
    return match[1] or match[3], int(match[2] or match[4])


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it. Raises HftdError, Refused."""
    try:
        from hftd.web.metrics import Metrics, serve  # noqa: PLC0415 - only this command needs the library
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        raise HftdError(f"metrics need prometheus_client: {to_install('metrics')}") from error
    line: Path = arguments.socket or control_socket(arguments.config)
    state = line.parent if line.parent.name == TRIAL else state_of(arguments.config, os.environ)
    over = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    address, port = arguments.listen
    metrics = Metrics(state / "journal", lambda: ask(line, {"ask": "status"}))
    serve(metrics, address, port, over, lambda where: print(where, flush=True))
    return OK
