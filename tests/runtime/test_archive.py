"""The archive of models' sources: kept whole, found again, loaded as they were, bounded."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from hftd.core.events import Version
from hftd.errors import ConfigError, PluginError
from hftd.plugin.beside import digest_of
from hftd.plugin.blank import Blank
from hftd.runtime.past import archive

FILES = {
    "m.py": b"""
from _lib import X
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 5

    def on_trade(self, trade):
        return X * self.options.shares

@hookimpl
def register_models():
    return {"m": M}
""",
    "_deep/__init__.py": b"",
    "_deep/a.py": b"Y = 3\n",
    "_lib.py": b"from _deep.a import Y as X\n",
}
DIGEST = digest_of(FILES)


def test_what_was_kept_is_found_with_the_models_own_file_first(tmp_path: Path) -> None:
    archive.keep(tmp_path, DIGEST, FILES)
    archive.keep(tmp_path, DIGEST, FILES)

    assert archive.sources(tmp_path, DIGEST) == FILES
    assert next(iter(archive.sources(tmp_path, DIGEST))) == "m.py"
    assert [path.name for path in (tmp_path / "models").iterdir()] == [DIGEST]


def test_a_version_plays_again_with_its_helpers_and_its_options(tmp_path: Path) -> None:
    archive.keep(tmp_path, DIGEST, FILES)
    version = Version(DIGEST, '{"shares":7,"symbol":"QQQ"}', "shadow", 12)
    plan = archive.load_plan(tmp_path, "m", version)
    model = plan.build(Blank())

    assert plan.version == version
    assert (model.symbols, model.on_trade(None)) == (("QQQ",), 21)  # type: ignore[attr-defined]
    assert plan.sources == FILES


def test_what_was_changed_in_the_archive_does_not_play(tmp_path: Path) -> None:
    archive.keep(tmp_path, DIGEST, FILES)
    (tmp_path / "models" / DIGEST / "_lib.py").write_bytes(b"X = 4\n")

    with pytest.raises(PluginError, match="not the source that played"):
        archive.load_plan(tmp_path, "m", Version(DIGEST))


def test_a_version_that_was_not_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="no such folder, expected the source of a plugin that played"):
        archive.sources(tmp_path, "0" * 64)


@pytest.mark.parametrize("digest", ["", "..", "../../etc", "0" * 63 + "g", "/" + "0" * 63])
def test_a_digest_that_is_none_leads_nowhere(tmp_path: Path, digest: str) -> None:
    with pytest.raises(PluginError, match="names no version"):
        archive.sources(tmp_path, digest)


def test_a_file_that_has_no_such_model_is_told(tmp_path: Path) -> None:
    archive.keep(tmp_path, DIGEST, FILES)

    with pytest.raises(PluginError, match="registers no model other, expected one"):
        archive.load_plan(tmp_path, "other", Version(DIGEST))


def test_options_the_source_does_not_have_are_told(tmp_path: Path) -> None:
    archive.keep(tmp_path, DIGEST, FILES)

    with pytest.raises(ConfigError, match="the options of m sharse: no such key, nearest is shares"):
        archive.load_plan(tmp_path, "m", Version(DIGEST, '{"sharse":1}'))


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST", 3)
    digests = [sha256(bytes([number])).hexdigest() for number in range(5)]
    for number, digest in enumerate(digests):
        archive.keep(tmp_path, digest, {"m.py": bytes([number])})
        os.utime(tmp_path / "models" / digest, (1_000 + number, 1_000 + number))

    assert {path.name for path in (tmp_path / "models").iterdir()} == set(digests[2:])


def test_what_a_model_has_been_is_listed_in_order(tmp_path: Path) -> None:
    one, two = Version("1" * 64), Version("2" * 64, '{"a":1}', "shadow", 3)
    for version in (one, one, two, one):
        archive.note(tmp_path, "m", version)

    assert archive.versions(tmp_path, "m") == [one, two, one]
    assert archive.versions(tmp_path, "other") == []


def test_a_list_does_not_grow_without_end_and_lives_through_a_torn_line(tmp_path: Path) -> None:
    for number in range(archive.LISTED + 5):
        archive.note(tmp_path, "m", Version(f"{number:064d}"))
    with (tmp_path / "models" / "m.versions").open("ab") as file:
        file.write(b'["torn')

    listed = archive.versions(tmp_path, "m")
    assert [int(each.digest) for each in listed] == list(range(5, archive.LISTED + 5))
