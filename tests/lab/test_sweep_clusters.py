"""Sweeps on clusters: workers of Dask and of Ray find what processes of this machine find."""

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

pytest.importorskip("optuna")

from hftd.cli.main import main

ROOT = Path(__file__).parents[2]
TAPE = ROOT / "docs" / "examples" / "trades.csv"
SPACE = ("--space", "large=200,300,1000,1500", "--space", "shares=10,20", "--sampler", "grid", "--objective", "pnl",
         "--engine")  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file beside a folder of one model."""
    model = tmp_path / "plugins" / "my_model.py"
    model.parent.mkdir()
    model.write_text((ROOT / "docs" / "examples" / "my_model.py").read_text())
    model.chmod(0o644)
    config = tmp_path / "hftd.toml"
    config.write_text("")
    return config


def words(settings: Path, *more: str) -> list[str]:
    return ["sweep", "my_model", str(TAPE), "--config", str(settings), *SPACE, *more, "--json"]


def trials(text: str) -> Any:
    found = json.loads(text)["trials"]
    for each in found:
        each["result"].pop("seconds")
    return found


def test_two_workers_of_a_dask_cluster_find_what_processes_here_find(settings, capsys):
    distributed = pytest.importorskip("distributed")
    assert main(words(settings, "--workers", "1")) == 0
    here = trials(capsys.readouterr().out)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", scheduler_port=0, dashboard_address=None,
    ) as cluster:  # fmt: skip
        assert main(words(settings, "--dask", cluster.scheduler_address)) == 0
        there = trials(capsys.readouterr().out)
    assert there == here
    assert len(there) == 8
    # 20 shares of each print of 200 and more gain 69 cents a share by the last price.
    assert there[0]["result"]["value"] == pytest.approx(20 * 0.69)


def test_no_scheduler_is_one_line(settings, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("hftd.lab.sweep.on_dask.PATIENCE", 0.5)
    assert main(words(settings, "--dask", "tcp://127.0.0.1:1")) == 69
    assert capsys.readouterr().err.splitlines()[-1] == (
        "hftd: --dask tcp://127.0.0.1:1: no scheduler with a worker answers within 0.5 s"
    )


@pytest.mark.ray
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'hftd[ray]'")
def test_ray_finds_what_processes_here_find(settings, capsys):
    import_module("ray")
    assert main(words(settings, "--workers", "1")) == 0
    here = trials(capsys.readouterr().out)
    # A process of its own: Ray leaves threads and sockets behind.
    command = [sys.executable, "-m", "hftd", *words(settings, "--ray", "local")]
    # Ray asks for a token, and would leave one in the home folder.
    own = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid4().hex}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=own)
    assert done.returncode == 0, done.stderr
    assert trials(done.stdout) == here
