"""The documentation: it builds without a warning, leaves nothing out, and its examples and commands work."""

import argparse
import contextlib
import inspect
import io
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import get_type_hints

import pytest
from msgspec import structs

import hftd
from hftd import errors
from hftd.cli.main import main, parser
from hftd.config.load import load
from hftd.config.schema import Config, Model
from hftd.core import effects
from hftd.core.effects import Submit
from hftd.core.engine import Engine, open_account
from hftd.core.events import SessionPhase, Trade
from hftd.core.intents import Intent, Target, buy
from hftd.core.orders import Order
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.seat import HANDLERS, Seat
from hftd.core.view import StateView
from hftd.errors import ConfigError
from hftd.plugin import hookspecs, host
from hftd.plugin.protocols import Wanted
from hftd.runtime import message_ids
from hftd.runtime.journal import Begin, Journal

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
SECOND = 1_000_000_000


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
    top = next(each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    for name, command in top.choices.items():
        assert f"hftd {name}" in text_of(page)
        for action in command._actions:
            for option in [each for each in action.option_strings if each not in ("-h", "--help")]:
                assert f"cmdoption-hftd-{name}{option.removeprefix('-')}" in anchors, f"hftd {name} {option}"
                assert option.replace("-", r"\-") in manual
            if not action.option_strings:
                assert f"cmdoption-hftd-{name}-arg-{action.metavar}" in anchors


def test_every_option_says_what_it_does() -> None:
    top = next(each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    for name, command in top.choices.items():
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


def test_every_risk_check_is_documented_with_its_limits(built: Path) -> None:
    page = built / "html" / "reference" / "risk_checks.html"
    anchors, text = ids_of(page), text_of(page)
    assert [code for code in SHIPPED if f"check-{code.replace('_', '-')}" not in anchors] == []
    assert [field.name for field in structs.fields(Limits) if f"risk.{field.name}" not in text] == []


def test_every_exit_status_is_documented(built: Path) -> None:
    text = text_of(built / "html" / "reference" / "hftd.html").partition("Exit status")[2]

    numbers = {thing.exit_status for thing in vars(errors).values() if inspect.isclass(thing)} | {
        thing for thing in vars(errors).values() if isinstance(thing, int)
    }
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
    kinds = [thing for thing in vars(effects).values() if inspect.isclass(thing) and issubclass(thing, effects.Effect)]
    names = [kind.__name__ for kind in kinds if kind is not effects.Effect]
    assert "Submit" in names
    assert [name for name in names if name not in text] == []


# ---- the pages ------------------------------------------------------------------------------------------------------


def test_no_page_loads_anything_from_elsewhere(built: Path) -> None:
    for page in (built / "html").rglob("*.html"):
        for tag in re.findall(r"<(?:link|script|img|iframe|source|object|embed)\b[^>]*>", page.read_text()):
            assert not re.search(r"""(?:href|src|data)=["']?(?:https?:)?//""", tag), f"{page.name}: {tag}"
    for sheet in (built / "html" / "_static").rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet.name


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


def shown_commands() -> list[str]:
    """Every command line of the pages and the README."""
    pages = "\n".join(page.read_text() for page in DOCS.rglob("*.rst"))
    readme = "\n".join((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
    return re.findall(r"^ +\$ (.+)$", pages, re.MULTILINE) + re.findall(
        r"^    ((?:sudo |make |systemctl|journalctl|hftd ).*)$", readme, re.MULTILINE
    )


def test_every_make_target_shown_exists() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    lines = [line for line in shown_commands() if "apt install" not in line]
    shown = {word for line in lines for word in re.findall(r"\bmake ([a-z]+)", line)}
    assert {"run", "install", "docs"} <= shown
    assert shown <= set(targets)


def test_every_hftd_command_shown_is_one_argparse_takes() -> None:
    lines = [line for line in shown_commands() if re.match(r"(?:sudo )?(?:\.venv/bin/)?hftd ", line)]
    assert len(lines) > 8
    for line in lines:
        words = re.findall(r'"[^"]*"|\S+', line.partition("hftd ")[2])
        parser().parse_args([word.strip('"') for word in words])


# ---- the examples ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository's settings and models, with the tutorial's model among them; we stand in it."""
    for source in (ROOT / "hftd.toml", *(ROOT / "plugins").glob("*.py"), EXAMPLES / "my_model.py"):
        target = tmp_path / ("plugins" if source.suffix == ".py" else "") / source.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(source.read_text())
        target.chmod(0o644)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said_by(*arguments: str) -> tuple[int, str]:
    """Exit status of one command, and everything it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(list(arguments))
    return status, out.getvalue()


def test_readme_shows_the_model_of_the_tutorial() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code is not None
    assert code[1] == (EXAMPLES / "my_model.py").read_text()


def test_check_prints_what_the_tutorial_shows(folder: Path) -> None:
    with (folder / "hftd.toml").open("a") as settings:
        settings.write("\n[models.my_model]\nshares = 20\n")
    assert said_by("check") == (0, (DOCS / "samples" / "check.txt").read_text())


def test_a_misspelt_option_is_reported_as_the_tutorial_shows(folder: Path) -> None:
    with (folder / "hftd.toml").open("a") as settings:
        settings.write("\n[models.my_model]\nshare = 20\n")
    assert said_by("check") == (78, (DOCS / "samples" / "check_wrong.txt").read_text())


def test_replay_prints_what_its_page_shows_but_for_the_speed(folder: Path) -> None:
    # With the tutorial's options: three prints of at least 1,000 shares; each order fills at the next print that may
    # set a price, 500.02, 499.98 and 500.20; at 500.20 that is 20 * (0.18 + 0.22 + 0.00) = 8.00 dollars.
    with (folder / "hftd.toml").open("a") as settings:
        settings.write("\n[models.my_model]\nshares = 20\n")
    status, said = said_by("replay", str(EXAMPLES / "trades.csv"), "--model", "my_model")
    shown = (DOCS / "samples" / "replay.txt").read_text()
    assert status == 0
    assert "pnl        $8.00\n" in said
    assert said.partition("speed")[0] == shown.partition("speed")[0]


def test_calendar_prints_the_days_its_page_shows(folder: Path) -> None:
    status, said = said_by("calendar", "--from", "2026-11-25", "--days", "3")
    assert status == 0
    assert said.splitlines()[1:] == (DOCS / "samples" / "calendar.txt").read_text().splitlines()[1:]


def seated(name: str, file: str) -> tuple[Engine, Seat]:
    """An engine with one example model at it, at its defaults, in an open session."""
    plugins = host.load(None, entries=())
    plugins.add_file(EXAMPLES / file)
    state = open_account(Decimal(100_000))
    cls = plugins.factory("models", name)
    model = cls(cls.Options(), StateView(state, name))
    seat = Seat(name, model, model.symbols)
    engine = Engine(state, [seat], [(code, check(Limits())) for code, check in SHIPPED.items()], flatten=False)
    engine.step(SessionPhase("open", "2026-11-20", SECOND, 0, "abcdef"))
    state.reconciled = True
    return engine, seat


@pytest.fixture(autouse=True)
def readable_examples() -> None:
    """Plugin files must not be writable by group or others, whatever the checkout's mask was."""
    for file in EXAMPLES.glob("*.py"):
        file.chmod(0o644)


def test_my_model_buys_when_a_print_is_large_and_not_otherwise() -> None:
    engine, _ = seated("my_model", "my_model.py")
    assert engine.step(Trade("SPY", 500.0, 999, 2 * SECOND, 2 * SECOND)) == ()
    (submit,) = engine.step(Trade("SPY", 500.0, 1_000, 3 * SECOND, 3 * SECOND))
    assert isinstance(submit, Submit)
    order = submit.order
    assert (order.model, order.side, order.shares) == ("my_model", "buy", Decimal(10))
    assert order.id == "20261120-abcdef-000001"


def test_big_print_follows_the_side_that_was_hit_and_leaves_on_time() -> None:
    engine, seat = seated("big_print", "big_print.py")
    model = seat.model
    quote = hftd.Quote("SPY", 499.99, 500, 500.01, 500, 2 * SECOND, 2 * SECOND)
    large = hftd.Trade("SPY", 500.01, 1_000, 3 * SECOND, 3 * SECOND)
    assert engine.step(large) == ()  # no quote is known yet
    engine.step(quote)
    assert engine.step(hftd.Trade("SPY", 500.01, 999, 3 * SECOND, 3 * SECOND)) == ()
    assert engine.step(hftd.Trade("SPY", 500.00, 1_000, 3 * SECOND, 3 * SECOND)) == ()  # between bid and ask
    submit, wake = engine.step(large)
    assert (submit.order.side, submit.order.shares) == ("buy", Decimal(20))
    assert (wake.key, wake.at) == ("big_print:flat", 63 * SECOND)
    assert engine.step(large) == ()  # it holds one position at a time
    engine.step(hftd.Fill(submit.order.id, "x1", "SPY", "buy", Decimal(20), Decimal("500.01"), 4 * SECOND, 4 * SECOND))
    assert model.traded == 20
    engine.step(hftd.Quote("SPY", 499.99, 500, 500.01, 500, 62 * SECOND, 62 * SECOND))
    (flat,) = engine.step(hftd.Timer("big_print:flat", 63 * SECOND, 63 * SECOND))
    assert (flat.order.side, flat.order.shares) == ("sell", Decimal(20))


def test_big_print_sells_when_the_bid_was_hit() -> None:
    engine, seat = seated("big_print", "big_print.py")
    engine.step(hftd.Quote("SPY", 499.99, 500, 500.01, 500, 2 * SECOND, 2 * SECOND))
    wishes = seat.model.on_trade(hftd.Trade("SPY", 499.99, 5_000, 3 * SECOND, 3 * SECOND))
    assert wishes[0] == Target("SPY", Decimal(-20))


def test_lunch_check_refuses_at_noon_in_new_york_and_at_no_other_time() -> None:
    plugins = host.load(None, entries=())
    plugins.add_file(EXAMPLES / "no_lunch.py")
    check = plugins.factory("checks", "lunch")(Limits())

    def answer(hour: int, minute: int, intent: Intent) -> str | None:
        state = open_account(Decimal(0))
        # New York is five hours behind UTC in November.
        state.now = int(datetime(2026, 11, 20, hour + 5, minute, tzinfo=UTC).timestamp()) * SECOND
        return check(intent, state)

    assert answer(11, 59, buy("SPY", 1)) is None
    assert answer(13, 0, buy("SPY", 1)) is None
    reason = answer(12, 0, buy("SPY", 1))
    assert reason is not None
    assert reason.startswith("it is 12:00 in New York")


def test_calendar_example_has_a_session_for_every_day() -> None:
    plugins = host.load(None, entries=())
    plugins.add_file(EXAMPLES / "always_open.py")
    zone, days = plugins.factory("calendars", "ALWAYS")("ALWAYS", date(2026, 2, 27), date(2026, 3, 1))
    assert zone == "UTC"
    assert [day.date for day in days] == ["2026-02-27", "2026-02-28", "2026-03-01"]
    # 2026-02-27 is day 20,511 since 1970-01-01: 56 years with 14 leap days, and 57 days.
    assert days[0].phases[0].start == (56 * 365 + 14 + 57) * 86_400 * SECOND
    assert [day.phases[0].end for day in days[:-1]] == [day.phases[0].start for day in days[1:]]


def test_feed_example_subscribes_decodes_and_counts_nonsense() -> None:
    plugins = host.load(None, entries=())
    plugins.add_file(EXAMPLES / "plain_feed.py")
    (feed,) = plugins.factory("feeds", "plain")(SimpleNamespace(host="127.0.0.1", port=9), None)
    feed.wanted = Wanted(trades=("SPY",))
    feed.opened()
    assert feed.endpoint().url == "ws://127.0.0.1:9/prints"
    assert feed.outbox == [b'{"subscribe":["SPY"]}']
    assert feed.decode(b'["SPY", 500.25, 100, 7]', 9) == [Trade("SPY", 500.25, 100, 7, 9)]
    assert feed.decode(b'["SPY", NaN, 100, 7]', 9) == []
    assert feed.oddities == 1


def test_the_journal_page_reads_a_journal_without_hftd(tmp_path: Path) -> None:
    order = Order("20261120-abcdef-000001", "m", "SPY", "buy", Decimal(5), None, "day", 1)
    journal = Journal(tmp_path / "day", Begin(1, "2026-11-20", "abcdef", "0", {}))
    journal.frame("market data", 1, b"[]")
    journal.effects([Submit(order)])
    journal.close()
    with next((tmp_path / "day").glob("*.journal")).open("ab") as torn:
        torn.write(b"\x10\0\0\0torn")
    command = [sys.executable, str(EXAMPLES / "read_journal.py"), str(tmp_path / "day")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "3 20261120-abcdef-000001 m SPY buy 5", "     1 begin", "     1 effect Submit", "     1 frame",
    ]  # fmt: skip
