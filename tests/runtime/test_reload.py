"""What a reload finds changed: by name, in words; and what a model is rolled back to."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hftd.config.schema import Config
from hftd.core.events import Version
from hftd.errors import HftdError
from hftd.plugin.blueprint import blueprints
from hftd.plugin.host import load
from hftd.runtime.models import rollback
from hftd.runtime.models.reload import differences
from hftd.runtime.past import archive

MODEL = """
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = SHARES

    def on_trade(self, trade):
        return None

@hookimpl
def register_models():
    return {"m": M}
"""


def test_settings_that_differ_are_told_with_both_values() -> None:
    before, base = Config(models={"a": {"shares": 1}, "b": {}}), Config()
    after = replace(
        before,
        risk=replace(base.risk, max_shares=7, collar=Decimal("0.1")),
        venue=replace(base.venue, port=9000),
        models={"a": {"shares": 2}, "c": {}},
    )

    assert dict(differences(before, after)) == {
        "venue.port": "[venue] port: 9000, was 8790",
        "risk.max_shares": "[risk] max_shares: 7, was 500",
        "risk.collar": "[risk] collar: 0.1, was 0.05",
        "models.a": "[models.a]",
        "models.b": "[models.b]",
        "models.c": "[models.c]",
    }


@given(st.integers(1, 10_000), st.booleans())
def test_what_is_the_same_is_not_told(shares: int, flatten: bool) -> None:
    base = Config()
    same = [
        replace(base, risk=replace(base.risk, max_shares=shares), session=replace(base.session, flatten=flatten))
        for _ in range(2)
    ]

    assert list(differences(*same)) == []


def plan(folder: Path, shares: int) -> archive.Blueprint:
    """The model of a plugin folder, as it is after this version was written there and kept."""
    (folder / "plugins").mkdir(exist_ok=True, mode=0o755)
    (folder / "plugins" / "m.py").write_text(MODEL.replace("SHARES", str(shares)))
    plugins = load(folder / "plugins", entries=())
    (made,) = blueprints(Config(), plugins, folder / "hftd.toml")
    plugins.forget()
    archive.keep(folder, made.digest, made.sources)
    archive.note(folder, made.name, made.version)
    return made


def test_a_model_goes_back_to_what_it_was_before_and_stays_there(tmp_path: Path) -> None:
    old, new = plan(tmp_path, 1), plan(tmp_path, 2)
    version = rollback.previous(tmp_path, "m", new.version)
    rollback.roll_back(tmp_path, "m", new.version, version)
    plays = rollback.settled(tmp_path, new)

    assert version == old.version
    assert plays.version == old.version
    assert plays.options.shares == 1  # type: ignore[attr-defined]
    assert rollback.settled(tmp_path, new).version == old.version  # after a restart too


def test_a_file_that_was_mended_ends_it(tmp_path: Path) -> None:
    _, bad = plan(tmp_path, 1), plan(tmp_path, 2)
    rollback.roll_back(tmp_path, "m", bad.version, rollback.previous(tmp_path, "m", bad.version))
    mended = plan(tmp_path, 3)

    assert rollback.settled(tmp_path, mended) is mended
    assert rollback.settled(tmp_path, bad) is bad


def test_a_model_that_was_nothing_else_cannot_go_back(tmp_path: Path) -> None:
    only = plan(tmp_path, 1)

    with pytest.raises(HftdError, match="m: no earlier version is known"):
        rollback.previous(tmp_path, "m", only.version)
    with pytest.raises(HftdError, match="other: no earlier version is known"):
        rollback.previous(tmp_path, "other", Version("1" * 64))


def test_what_it_was_rolled_back_to_and_is_gone_is_told(tmp_path: Path) -> None:
    new = plan(tmp_path, 2)
    rollback.roll_back(tmp_path, "m", new.version, Version("1" * 64))

    with pytest.raises(HftdError, match="no such folder, expected the source of a plugin that played"):
        rollback.settled(tmp_path, new)
