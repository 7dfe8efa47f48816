"""An operator's word from the command line: what every command that gives one has in common."""

import argparse
import json
import os
import pwd

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.cli.options.settings import add_config
from hftd.errors import OK


def add_word(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str, text: str | None
) -> argparse.ArgumentParser:
    """Declare the command ``name``; ``text`` is its module's docstring."""
    parser = commands.add_parser(name, help=summary, description=(text or "").replace("``", ""))
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def give(arguments: argparse.Namespace, name: str, argument: str = "") -> int:
    """Give the word to the running daemon and show what came of it. Raises Unavailable, Refused, HftdError."""
    answer = ask(control_socket(arguments.config), {"ask": name, "argument": argument})
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        print(answer["said"])
    return OK


def show(arguments: argparse.Namespace, said: str, **facts: str) -> int:
    """Show what came of a word no daemon heard."""
    print(json.dumps({"said": said, "running": False, **facts}, indent=2) if arguments.json else said)
    return OK


def speaker() -> str:
    """The user who runs this command, by the user database and not by an environment anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
