"""The documentation: it builds without a warning, leaves nothing out, and loads nothing from elsewhere."""

import argparse
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import get_type_hints

import pytest
from msgspec import structs

import hftd
from hftd import errors, testing
from hftd.cli.main import parser
from hftd.config.load import load
from hftd.config.schema import Config, Model
from hftd.core import effects, events
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.seat import HANDLERS
from hftd.errors import ConfigError
from hftd.plugin import hookspecs
from hftd.runtime.people import message_ids
from hftd.runtime.people.operator import NEEDED
from hftd.venues.sim.chaos import SCENARIOS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with ``html`` and ``man``, each built with warnings as errors; both at one time."""
    out = tmp_path_factory.mktemp("docs")
    builds = {
        name: subprocess.Popen(
            [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", name, str(DOCS), str(out / name)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        for name in ("html", "man")
    }  # fmt: skip
    said = {name: build.communicate()[0] for name, build in builds.items()}
    for name, build in builds.items():
        assert build.returncode == 0, f"{name}: {said[name]}"
        assert said[name] == ""
    return out


def text_of(page: Path) -> str:
    """The words of an HTML page, tags taken out."""
    body = page.read_text().partition('<article role="main"')[2].partition("</article>")[0]
    spaced = re.sub(r"</(?:dt|dd|p|li|td|th|h\d|pre|div)>", " ", body)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", spaced)).split())


def ids_of(page: Path) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', page.read_text()))


def commands(top: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and every command's own commands, each with the words it is called by."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield before + name, command
                yield from commands(command, f"{before}{name} ")


# ---- completeness ---------------------------------------------------------------------------------------------------


def test_every_setting_has_an_anchor_and_its_description(built: Path) -> None:
    page = built / "html" / "reference" / "hftd.toml.html"
    anchors, text = ids_of(page), text_of(page)
    tables = {table.name: table.type for table in structs.fields(Config) if table.name != "models"}
    names = [f"{table}.{field.name}" for table, kind in tables.items() for field in structs.fields(kind)]
    names += [f"models.NAME.{field.name}" for field in structs.fields(Model)]
    assert {"venue.name", "risk.max_shares", "runtime.wait", "models.NAME.state"} <= set(names)
    assert [name for name in names if f"confval-{name}" not in anchors] == []
    for kind in (*tables.values(), Model):
        for hint in get_type_hints(kind, include_extras=True).values():
            said = next(meta.description for meta in hint.__metadata__ if getattr(meta, "description", None))
            assert said.replace("`", "").replace("'", "’") in text


@pytest.mark.parametrize("key", ["max_shares", "min_shares", "lot", "max_daily_loss", "orders_per_day", "collar"])
def test_the_documented_range_of_a_limit_is_the_one_that_is_held(built: Path, key: str, tmp_path: Path) -> None:
    text = text_of(built / "html" / "reference" / "hftd.toml.html")
    words = text.partition(f"risk.{key}¶")[2].partition("Default")[0]
    file = tmp_path / "hftd.toml"

    def accepts(value: str) -> bool:
        file.write_text(f"[risk]\n{key} = {value}\n")
        try:
            load(file)
        except ConfigError:
            return False
        return True

    assert not accepts("-1")
    if "above 0" in words:
        assert not accepts("0")
    elif "at least 1" in words:
        assert accepts("1")
        assert not accepts("0")
    else:
        assert "at least 0" in words
        assert accepts("0")


def test_every_command_and_option_is_documented(built: Path) -> None:
    page, manual = built / "html" / "reference" / "hftd.html", (built / "man" / "hftd.8").read_text()
    anchors = ids_of(page)
    text = text_of(page)
    for words, command in commands(parser()):
        name = words.replace(" ", "-")
        assert f"hftd {words}" in text
        for action in command._actions:
            for option in [each for each in action.option_strings if each not in ("-h", "--help")]:
                assert f"cmdoption-hftd-{name}-{option.lstrip('-')}" in anchors, f"hftd {words} {option}"
                assert option.replace("-", r"\-") in manual
            if not action.option_strings:
                assert f"cmdoption-hftd-{name}-arg-{action.metavar}" in anchors


def test_every_option_says_what_it_does() -> None:
    for name, command in commands(parser()):
        assert command.description, name
        assert [action.dest for action in command._actions if not action.help] == []


def test_every_hook_is_documented(built: Path) -> None:
    anchors = ids_of(built / "html" / "write" / "plugins.html")
    assert [kind for kind in hookspecs.KINDS if f"register_{kind}" not in anchors] == []


def test_every_handler_is_documented(built: Path) -> None:
    text = text_of(built / "html" / "write" / "models.html")
    assert [handler for handler in HANDLERS if handler not in text] == []


def test_every_public_name_is_documented(built: Path) -> None:
    page = built / "html" / "write" / "models.html"
    anchors, text = ids_of(page), text_of(page)
    missing = [name for name in hftd.__all__ if f"hftd.{name}" not in anchors and f"hftd.{name}" not in text]
    assert missing == []


def test_every_name_for_testing_a_model_is_documented(built: Path) -> None:
    anchors = ids_of(built / "html" / "write" / "testing.html")
    given = [f"Given.{field.name}" for field in structs.fields(testing.Given)]
    assert [name for name in (*testing.__all__, *given) if f"hftd.testing.{name}" not in anchors] == []


def test_every_risk_check_is_documented_with_its_limits(built: Path) -> None:
    page = built / "html" / "reference" / "risk_checks.html"
    anchors, text = ids_of(page), text_of(page)
    assert [code for code in SHIPPED if f"check-{code.replace('_', '-')}" not in anchors] == []
    assert [field.name for field in structs.fields(Limits) if f"risk.{field.name}" not in text] == []


def test_every_exit_status_is_documented(built: Path) -> None:
    text = text_of(built / "html" / "reference" / "hftd.html").partition("Exit status")[2]
    things = vars(errors).values()
    numbers = {thing.exit_status for thing in things if isinstance(thing, type) and issubclass(thing, errors.HftdError)}
    numbers |= {thing for thing in things if isinstance(thing, int)}
    assert numbers >= {0, 1, 2, 70, 78}
    for number in numbers:
        assert re.search(rf"\b{number}\b", text), number


def test_every_message_id_and_log_field_is_documented(built: Path) -> None:
    text = text_of(built / "html" / "use" / "log.html")
    known = [value for name, value in vars(message_ids).items() if name.isupper()]
    assert len(known) >= 15
    assert [number for number in known if number not in text] == []
    used = {field for file in (ROOT / "hftd").rglob("*.py") for field in re.findall(r"HFTD_[A-Z]+", file.read_text())}
    assert "HFTD_ORDER" in used
    assert [field for field in used if field not in text] == []


def test_every_event_and_effect_a_journal_may_hold_is_named(built: Path) -> None:
    text = text_of(built / "html" / "reference" / "journal.html")
    for module, base, one in ((events, events.Event, "SessionPhase"), (effects, effects.Effect, "Submit")):
        kinds = [thing for thing in vars(module).values() if inspect.isclass(thing) and issubclass(thing, base)]
        names = [kind.__name__ for kind in kinds if kind is not base]
        assert one in names
        assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_every_pain_has_its_row_and_every_test_it_names_is_there() -> None:
    page = (DOCS / "explain" / "pains.rst").read_text()
    assert re.findall(r"^(\d+)\. ", page, re.MULTILINE) == [str(number) for number in range(1, 43)]
    named = re.findall(r"``([\w/]+\.py)::(\w+)``", page)
    assert len(named) > 42
    assert page.count("::test_") == len(named)
    sources = {file: (ROOT / "tests" / file).read_text() for file, _ in named}
    assert [name for file, name in named if f"def {name}(" not in sources[file]] == []
    rows = re.split(r"^\d+\. ", page.partition("Traps in the libraries")[0], flags=re.MULTILINE)[1:]
    silent = [row.partition("**")[2] for row in rows if "Tests:" not in row and "Not applicable" not in row]
    assert silent == []


def test_every_word_of_the_control_socket_stands_beside_the_right_it_takes() -> None:
    page = (DOCS / "explain" / "threats.rst").read_text()
    table = page.partition("_who-may-say-what:")[2].partition("The life of")[0]
    rows = {row.partition("``")[2].partition("``")[0]: row for row in table.split("   * - ")}
    assert [word for word, right in NEEDED if not re.search(rf"\b{word}\b", rows[right])] == []


def test_every_word_of_the_trade_has_its_entry_in_the_glossary(built: Path) -> None:
    anchors = ids_of(built / "html" / "reference" / "glossary.html")
    words = (
        "intent order fill position session phase venue tape feed broker office lane journal seat wish frame event "
        "effect engine model handler hook plugin view ledger book check refusal replay run stream shadow bench unknown "
        "settlement frozen gap cadence budget card operator kill-switch report-card"
    )
    assert [word for word in words.split() if f"term-{word}" not in anchors] == []


def test_figures_in_readme_and_changelog_are_those_of_the_program() -> None:
    for name in ("README.md", "CHANGELOG.md"):
        assert f"{len(SHIPPED)} risk checks" in " ".join((ROOT / name).read_text().replace("*", "").split())
    assert f"{len(SCENARIOS)} misbehaviours" in (ROOT / "README.md").read_text()
    assert f"misbehaves in {len(SCENARIOS)} ways" in " ".join((ROOT / "CHANGELOG.md").read_text().split())
    assert len(HANDLERS) == 9
    assert "nine handlers" in (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{version('hftd')}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"Version {version('hftd')} trades on paper only" in (ROOT / "README.md").read_text()


# ---- the pages ------------------------------------------------------------------------------------------------------


def test_no_page_loads_anything_from_elsewhere(built: Path) -> None:
    for page in (built / "html").rglob("*.html"):
        for tag in re.findall(r"<(?:link|script|img|iframe|source|object|embed)\b[^>]*>", page.read_text()):
            assert not re.search(r"""(?:href|src|data)=["']?(?:https?:)?//""", tag), f"{page.name}: {tag}"
    for sheet in (built / "html" / "_static").rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet.name


def test_no_page_shows_a_fault_of_its_making(built: Path) -> None:
    """The theme does not warn of a table of contents of a page's own: it prints an error into the page."""
    pages = [page for page in (built / "html").rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > 30
    faults = ("ERROR: ", 'class="problematic"', 'class="system-message"')
    assert [(page.name, fault) for page in pages for fault in faults if fault in page.read_text()] == []


def test_manual_pages_have_their_sections(built: Path) -> None:
    headings = re.findall(r"^\.SH (.+)$", (built / "man" / "hftd.8").read_text(), re.MULTILINE)
    for section in ("Name", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "SIGNALS", "FILES", "SEE ALSO"):
        assert section.upper() in [heading.strip('"').upper() for heading in headings]
    settings = (built / "man" / "hftd.toml.5").read_text()
    assert "risk.max_shares" in settings
    assert "Largest order, in shares." in settings


def test_pages_and_readme_name_no_file_that_is_not_there() -> None:
    texts = [*(page.read_text() for page in DOCS.rglob("*.rst")), (ROOT / "CONTRIBUTING.md").read_text()]
    named = {path for text in texts for path in re.findall(r"(?<![/\w])(?:hftd|docs|tests)/[\w./]+\.\w+", text)}
    assert "hftd/core/engine.py" in named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
