"""``hftd status``: how the running daemon is, asked over its control socket."""

import argparse
import json
import socket
from pathlib import Path
from typing import Any

from hftd.cli.settings_option import INSTALLED, add_config
from hftd.config.load import load
from hftd.errors import OK, Refused, Unavailable
from hftd.runtime.assemble import run_folder
from hftd.runtime.control import NAME

SERVICE = Path("/run/hftd") / NAME
TIMEOUT = 5.0
TRIAL = "with-sim"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "status", help="how the running daemon is", description=__doc__.replace("``", "") if __doc__ else None
    )
    add_config(parser)
    parser.add_argument("--socket", type=Path, metavar="PATH", help="its control socket, where it is elsewhere")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show."""
    facts = ask(arguments.socket or _socket(arguments.config), {"ask": "status"})
    if arguments.json:
        print(json.dumps(facts, indent=2))
        return OK
    print(facts["status"])
    for name, model in facts["models"].items():
        done = f"{model['buys']} buys, {model['sells']} sells, {model['orders']} orders, {model['refused']} refused"
        why = f" ({model['reason']})" if model["reason"] else ""
        print(f"  {name:20} {model['state']:8} {' '.join(model['symbols']):10} {done}{why}")
    for code, count in sorted(facts["refusals"].items(), key=lambda item: -item[1]):
        print(f"  refused by {code}: {count}")
    return OK


def ask(path: Path, question: dict[str, Any]) -> dict[str, Any]:
    """One question to the daemon listening at ``path``. Raises Unavailable, Refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(TIMEOUT)
        try:
            line.connect(str(path))
            line.sendall(json.dumps(question).encode())
            answer = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
        except PermissionError as error:
            raise Refused(f"{path}: not open to this user, expected the daemon's own or root") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"{path}: no daemon answers here ({error})") from error
    if not isinstance(answer, dict) or "status" not in answer:
        raise Unavailable(f"{path}: what answers here is no daemon of this version, it says {str(answer)[:80]}")
    return answer


def _socket(config: Path) -> Path:
    if not config.exists():
        return SERVICE
    settings = load(config)
    if config == INSTALLED and not settings.runtime.run:  # systemd gives the service its folder, not this file
        return SERVICE
    folder = run_folder(settings, config, {})
    # `hftd run --with-sim` keeps its state apart; whichever of the two runs is meant.
    here, trial = folder / NAME, folder / TRIAL / NAME
    return trial if trial.exists() and not here.exists() else here
