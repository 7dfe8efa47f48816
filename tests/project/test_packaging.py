"""What is installed: the project's own list, the locked lists made from it, and the version people are told."""

import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import tomli

from hftd import native

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def project() -> dict[str, Any]:
    return tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def asked(file: Path) -> set[str]:
    """The requirements of an ``.in`` file."""
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("-")}


def locked(file: Path) -> dict[str, str]:
    """Each package of a lock file with everything that is said of it."""
    found: dict[str, str] = {}
    name = ""
    for line in file.read_text("utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            name = re.split(r"[=<>!~ \[;]", line, maxsplit=1)[0].lower().replace("_", "-")
            found[name] = ""
        found[name] += line
    return found


def test_the_daemon_s_requirements_are_those_of_the_project() -> None:
    """And what builds it, since it is installed without fetching anything more."""
    table = project()
    expected = {*table["project"]["dependencies"], *table["build-system"]["requires"]}
    assert expected == asked(ROOT / "requirements" / "run.in")


def test_the_optional_parts_are_there_for_the_tests() -> None:
    """Every extra of the project is among the development requirements, but Ray, larger than all of them."""
    extras = dict(project()["project"].get("optional-dependencies", {}))
    assert extras.pop("ray")
    assert {each for extra in extras.values() for each in extra} <= asked(ROOT / "requirements" / "dev.in")


@pytest.mark.parametrize("name", ["bootstrap", "run", "record", "dev"])
def test_what_is_asked_for_is_locked(name: str) -> None:
    """Each requirement appears in the lock file of its name."""
    wanted = {re.split(r"[=<>!~ \[;]", each, maxsplit=1)[0].lower().replace("_", "-")
              for each in asked(ROOT / "requirements" / f"{name}.in")}  # fmt: skip
    assert wanted <= locked(ROOT / "requirements" / f"{name}.txt").keys()


def test_the_tests_run_on_what_the_daemon_runs_on() -> None:
    """Packages of both lock files have one version."""
    run, dev = (locked(ROOT / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    pinned = re.compile(r"==(\S+)")
    for name, said in run.items():
        assert name in dev, f"{name} is not in dev.txt"
        assert pinned.findall(said)[0] == pinned.findall(dev[name])[0], name


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_names_no_address(path: Path) -> None:
    """Where packages come from is the machine's business."""
    text = path.read_text("utf-8")
    assert re.findall(r"\b(?:https?|file|ftp|git\+\w+)://\S*|--(?:extra-)?index-url\S*|--find-links\S*", text) == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_one_version_and_its_hashes(path: Path) -> None:
    """So that nothing else than what was tested can be installed."""
    packages = locked(path)
    assert packages
    for name, said in packages.items():
        assert re.match(r"[\w.\[\],-]+==[\w.!+]+ ", said), f"{path.name}: {name} has no exact version"
        assert SHA256.search(said), f"{path.name}: {name} has no hash"


def test_the_version_is_one_everywhere() -> None:
    """In pyproject.toml, in what is installed, and in the changelog's newest entry where there is one."""
    told = project()["project"]["version"]
    assert told == version("hftd")
    changelog = ROOT / "CHANGELOG.md"
    if changelog.exists():
        entries = re.findall(r"^## \[(\d\S*)\]", changelog.read_text("utf-8"), re.MULTILINE)
        assert told == entries[0]


def test_the_licence_is_the_one_that_is_named() -> None:
    """Apache 2.0, in the file that the project names."""
    table = project()["project"]
    (name,) = table["license-files"]
    assert table["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / name).read_text("utf-8")


def test_where_ci_runs_the_steps_are_compiled() -> None:
    """hftd installs without them where the compiler fails; their tests are skipped then, and in CI nobody would see."""
    in_ci = os.environ.get("CI") == "true"
    assert native.wire is not None or not in_ci, "hftd/_c was not built: is a C compiler there, and does it compile?"
