"""Who may ask the daemon what: every caller of the control socket is known by what the kernel says of its process."""

import grp
import os
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path
from struct import Struct as Layout
from typing import Literal

from msgspec import Struct

from hftd.config.expected import found, shown
from hftd.config.schema import Runtime
from hftd.errors import ConfigError

Right = Literal["read", "trade", "admin"]

# Each holds the ones before it; the setting names the group that has it.
SETTINGS: tuple[tuple[Right, str], ...] = (("read", "readers"), ("trade", "traders"), ("admin", "admins"))

PEER = Layout("3i")  # struct ucred of unix(7): process, user, group
GROUP = Layout("I")
SO_PEERGROUPS = 59  # asm-generic/socket.h; Python has no name for it
MOST = 1024 // GROUP.size  # groups; Python reads no longer answer of getsockopt
STRANGER = 65534  # how a user namespace shows everybody it does not know: user_namespaces(7), "overflow"


class Caller(Struct, frozen=True):
    """A process at the other end of a Unix socket, as it was when it connected."""

    user: int
    groups: frozenset[int]

    @property
    def name(self) -> str:
        """The user's name, or its number where it has none. Asks the user database."""
        try:
            return pwd.getpwuid(self.user).pw_name
        except KeyError:
            return f"user {self.user}"


class Rights(Struct, frozen=True):
    """``owner`` and root may do everything; members of ``groups``, id and name by right, what theirs allows."""

    owner: int
    groups: Mapping[Right, tuple[int, str]] = {}

    def allow(self, caller: Caller, right: Right) -> bool:
        """Whether ``caller`` has ``right``."""
        if caller.user in (0, self.owner):
            return True
        return caller.user != STRANGER and any(number in caller.groups for number, _ in self._holders(right))

    def holders(self, right: Right) -> str:
        """In words, who has ``right``."""
        who = dict.fromkeys(["root", Caller(self.owner, frozenset()).name])
        groups = dict.fromkeys(f"members of {shown(name)}" for _, name in self._holders(right))
        return ", ".join([*who, *groups])

    def _holders(self, right: Right) -> list[tuple[int, str]]:
        order = [each for each, _ in SETTINGS]
        return [self.groups[each] for each in order[order.index(right) :] if each in self.groups]


def rights(runtime: Runtime, file: Path) -> Rights:
    """The rights ``[runtime]`` of the settings ``file`` gives. Raises ConfigError for a group this machine has not."""
    groups: dict[Right, tuple[int, str]] = {}
    for right, key in SETTINGS:
        name = getattr(runtime, key)
        if not name:
            continue
        try:
            groups[right] = (grp.getgrnam(name).gr_gid, name)
        except KeyError:
            raise ConfigError(
                f'{file}: [runtime] {key}: expected a group of this machine or "", found {found(name)}'
            ) from None
    return Rights(os.geteuid(), groups)


def caller(line: socket.socket) -> Caller:
    """Who is at the other end of a connected Unix socket: SO_PEERCRED and SO_PEERGROUPS. Raises OSError."""
    _, user, group = PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    try:
        others = line.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, MOST * GROUP.size)
    except OSError:  # in more groups than fit: its first one alone counts
        others = b""
    return Caller(user, frozenset((group, *(number for (number,) in GROUP.iter_unpack(others)))))


def unknown_here(group: int, table: Path = Path("/proc/self/gid_map")) -> bool:
    """Whether this process is in a user namespace that does not know ``group``: user_namespaces(7), gid_map."""
    spans = [[int(word) for word in line.split()] for line in table.read_text(encoding="ascii").splitlines()]
    return not any(first <= group < first + count for first, _, count in spans)
