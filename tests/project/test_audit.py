"""`make audit`: what pip-audit says in JSON becomes a verdict, and not having looked is never taken for good news."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit"
SOUND = {"name": "tomli", "version": "2.5.0", "vulns": []}
UNSEEN = {"name": "yarl", "skip_reason": "could not be audited: yarl (1.25.1)"}
FAULTY = {
    "name": "aiohttp", "version": "3.14.5",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.14.6", "4.0"]}, {"id": "PYSEC-2", "fix_versions": []}],
}  # fmt: skip
CASES: list[tuple[str, int, list[str]]] = [
    (json.dumps({"dependencies": [SOUND, SOUND]}), 0, ["audit: 2 packages, none with a known fault"]),
    (
        json.dumps({"dependencies": [SOUND, FAULTY, UNSEEN]}), 1,
        ["audit: aiohttp 3.14.5: PYSEC-1, mended in 3.14.6, 4.0",
         "audit: aiohttp 3.14.5: PYSEC-2, mended in no version"],
    ),
    (json.dumps({"dependencies": [UNSEEN]}), 69, ["audit: no source of known faults answers; nothing was checked"]),
    (json.dumps({"dependencies": []}), 69, ["audit: no source of known faults answers; nothing was checked"]),
    (json.dumps({"dependencies": [SOUND, UNSEEN]}), 69, ["audit: 1 packages have no known fault; not checked: yarl"]),
    ("", 69, ["audit: the auditor cannot be had or says nothing; nothing was checked"]),
    ("ERROR: no route to host", 69, ["audit: the auditor cannot be had or says nothing; nothing was checked"]),
    ("[]", 69, ["audit: the auditor cannot be had or says nothing; nothing was checked"]),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "exit_status", "lines"), CASES, ids=range(len(CASES)))
def test_what_was_heard_is_judged(heard: str, exit_status: int, lines: list[str]) -> None:
    done: Any = subprocess.run([sys.executable, AUDIT], input=heard, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.splitlines(), done.stderr) == (exit_status, lines, "")
