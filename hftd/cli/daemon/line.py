"""The line to a running daemon: one question, one answer."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hftd.errors import ConfigError, HftdError, Refused, Unavailable

TIMEOUT = 5.0  # seconds
ERRORS = (Refused, ConfigError, Unavailable)


def ask(path: Path, question: Mapping[str, str]) -> dict[str, Any]:
    """The answer to one question to the daemon listening at ``path``.

    Raises Unavailable where none answers, Refused where we lack the right, HftdError where the question was wrong.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(TIMEOUT)
        try:
            line.connect(str(path))
            line.sendall(json.dumps(question).encode())
            answer: Any = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
        except PermissionError as error:
            who = "root, the daemon's own or a member of a group in [runtime]"
            raise Refused(f"{path}: not open to this user, expected {who}") from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error  # its number tells nobody anything
            raise Unavailable(f"{path}: no daemon answers here ({why})") from error
    match answer:
        case {"error": str(text), "exit_status": int(code)}:
            raise next((kind for kind in ERRORS if kind.exit_status == code), HftdError)(text)
        case {"status": str()} | {"said": str()} | {"models": dict()} | {"errand": int()} | {"done": bool()}:
            return dict(answer)
    raise Unavailable(f"{path}: what answers here is no daemon of this version, it says {str(answer)[:80]}")
