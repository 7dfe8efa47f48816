"""What errors tell a user to do can be done as it is told."""

import sys
from pathlib import Path

import pytest

from hftd.errors import to_install


def test_an_extra_is_installed_where_this_program_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Debian's own pip refuses to install anything, and would not install it here."""
    monkeypatch.setattr(sys, "prefix", "/opt/hftd")
    monkeypatch.chdir(tmp_path)
    assert to_install("lab") == "/opt/hftd/bin/pip install 'hftd[lab]'"


def test_an_environment_of_this_folder_is_named_as_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.chdir(tmp_path)
    assert to_install("sweep") == ".venv/bin/pip install 'hftd[sweep]'"
