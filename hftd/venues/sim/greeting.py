"""The line by which a simulated venue says where it listens; whoever started it reads the port from it."""

import re

from hftd.errors import Unavailable

LISTENING = re.compile(r"listening on \S+:(\d+)")


def greeting(host: str, port: int) -> str:
    """Where a venue on the address ``host`` is to be found."""
    where = f"[{host}]" if ":" in host else host
    return f"listening on {where}:{port}"


def port_of(said: str) -> int:
    """The port in the first line of a venue. Raises Unavailable where it says none: the venue did not start."""
    match = LISTENING.search(said)
    if match is None:
        raise Unavailable(f"the simulated venue did not start: {said.strip() or 'it said nothing'}")
    return int(match[1])
