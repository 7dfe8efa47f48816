"""One guest for all tests of this folder: a booted systemd with hftd installed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from guest import Guest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and keep them on one worker where tests are spread over several."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.systemd)
            item.add_marker(pytest.mark.xdist_group("systemd"))


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """The guest; skipped where none can be booted, except where CI promised that it can."""
    if missing := _missing():
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with Guest(tmp_path_factory.mktemp("guest")) as one:
        yield one


def _missing() -> str:
    """What a guest needs and this machine lacks."""
    if os.geteuid() != 0:
        return "must be root to boot a systemd"
    packages = {"systemd-nspawn": "systemd-container", "dbus-daemon": "dbus", "setpriv": "util-linux"}
    for program, package in packages.items():
        if shutil.which(program) is None:
            return f"{program} is missing: apt install {package}"
    return ""
