"""Who may ask what: root, the daemon's user and the groups of the settings; callers are what the kernel says."""

import grp
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.config.schema import Runtime
from hftd.errors import ConfigError
from hftd.runtime.people.rights import Caller, Right, Rights, caller, rights, unknown_here

OWNER, WATCHERS, DEALERS, CHIEFS = 990, 71, 72, 73
GROUPS: dict[Right, tuple[int, str]] = {
    "read": (WATCHERS, "watchers"), "trade": (DEALERS, "dealers"), "admin": (CHIEFS, "chiefs"),
}  # fmt: skip
LEVELS: tuple[Right, ...] = ("read", "trade", "admin")


def allowed(settled: Rights, user: int, *groups: int) -> list[Right]:
    """Every right a caller has."""
    return [right for right in LEVELS if settled.allow(Caller(user, frozenset(groups)), right)]


def test_each_group_has_its_right_and_those_below_it() -> None:
    settled = Rights(OWNER, GROUPS)

    assert allowed(settled, 1000, WATCHERS) == ["read"]
    assert allowed(settled, 1000, DEALERS) == ["read", "trade"]
    assert allowed(settled, 1000, CHIEFS, 5) == ["read", "trade", "admin"]
    assert allowed(settled, 1000, 0, 100, OWNER) == []


@pytest.mark.parametrize("settled", [Rights(OWNER), Rights(OWNER, GROUPS)])
def test_root_and_the_daemons_user_may_do_everything(settled: Rights) -> None:
    assert allowed(settled, 0) == allowed(settled, OWNER) == list(LEVELS)


@given(st.integers(1, 2**32 - 1).filter(lambda user: user != OWNER), st.frozensets(st.integers(0, 2**32 - 1)))
def test_without_groups_nobody_else_may_do_anything(user: int, groups: frozenset[int]) -> None:
    assert allowed(Rights(OWNER), user, *groups) == []


@given(st.integers(1, 100_000), st.frozensets(st.integers(70, 75)))
def test_a_right_never_comes_without_the_ones_below_it(user: int, groups: frozenset[int]) -> None:
    settled = Rights(OWNER, {"read": (WATCHERS, "watchers"), "admin": (CHIEFS, "chiefs")})

    assert allowed(settled, user, *groups) in ([], ["read"], ["read", "trade", "admin"])


def test_whom_a_user_namespace_does_not_know_has_no_right_by_any_group() -> None:
    """They all look like user 65534 there, so one could pass for another."""
    assert allowed(Rights(OWNER, GROUPS), 65534, WATCHERS, DEALERS, CHIEFS) == []


def test_who_has_a_right_is_said_in_words() -> None:
    settled = Rights(0, GROUPS)

    assert settled.holders("read") == "root, members of watchers, members of dealers, members of chiefs"
    assert settled.holders("admin") == "root, members of chiefs"
    assert Rights(4_000_000_000).holders("trade") == "root, user 4000000000"


def test_settings_name_groups_of_this_machine() -> None:
    known = grp.getgrgid(0).gr_name
    settled = rights(Runtime(traders=known), Path("hftd.toml"))

    assert settled == Rights(os.geteuid(), {"trade": (0, known)})
    assert rights(Runtime(), Path("hftd.toml")).groups == {}


@pytest.mark.parametrize("key", ["readers", "traders", "admins"])
def test_a_group_this_machine_has_not_is_a_wrong_setting(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rights(Runtime(**{key: "no such group"}), Path("/etc/hftd/hftd.toml"))

    said = f'/etc/hftd/hftd.toml: [runtime] {key}: expected a group of this machine or "", found "no such group"'
    assert str(caught.value) == said


CONNECT = """
import os, socket, sys
os.setgroups([int(word) for word in sys.argv[4:]])
os.setgid(int(sys.argv[3]))
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
os.setuid(int(sys.argv[2]))
sys.stdin.read()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_kernel_says_who_a_caller_was_when_it_connected(tmp_path: Path) -> None:
    """Another process, in groups no database knows of; who it becomes afterwards does not matter."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()
        argv = [sys.executable, "-c", CONNECT, path, "70005", "70001", "70002", "70003"]
        with subprocess.Popen(argv, stdin=subprocess.PIPE), server.accept()[0] as line:
            found = caller(line)

    assert found == Caller(0, frozenset({70001, 70002, 70003}))
    assert found.name == "root"


def test_a_user_without_a_name_is_called_by_number() -> None:
    assert Caller(4_000_000_000, frozenset()).name == "user 4000000000"


def test_a_group_is_unknown_where_the_map_of_the_namespace_leaves_it_out(tmp_path: Path) -> None:
    """The first is a machine's own namespace; the second what PrivateUsers= makes for a service of group 61234."""
    (tmp_path / "whole").write_text("         0          0 4294967295\n")
    (tmp_path / "private").write_text("         0          0          1\n     61234      61234          1\n")

    assert not unknown_here(1001, tmp_path / "whole")
    assert unknown_here(1001, tmp_path / "private")
    assert not unknown_here(61234, tmp_path / "private")
    assert not unknown_here(os.getegid())
