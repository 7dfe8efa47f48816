"""What the documentation and the README show: commands exist, examples run, and print what is printed there."""

import contextlib
import io
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hftd
from hftd.cli.main import main, parser
from hftd.core.effects import Submit
from hftd.core.events import Trade
from hftd.core.intents import Intent, buy
from hftd.core.orders import Order
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.state import open_account
from hftd.plugin import host
from hftd.plugin.protocols import Wanted
from hftd.runtime.past.journal import Begin, Journal
from hftd.testing import bar, gap, minutes, play, quote, trade

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
SECOND = 1_000_000_000


def shown_commands() -> list[str]:
    """Every command line of the pages and the README."""
    pages = re.sub(r"\\\n +", "", "\n".join(page.read_text() for page in DOCS.rglob("*.rst")))
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
        words = re.findall(r'"[^"]*"|\S+', line.partition("hftd ")[2].partition("  #")[0])
        parser().parse_args([word.strip('"') for word in words])


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


def loaded(file: str, folder: Path) -> host.Plugins:
    """The plugins of one example; a copy, for a plugin must not be writable by others, as a checkout's files may be."""
    copy = folder / file
    copy.write_text((EXAMPLES / file).read_text())
    copy.chmod(0o644)
    plugins = host.load(None, entries=())
    plugins.add_file(copy)
    return plugins


def test_big_print_waits_for_a_quote_and_holds_one_position_at_a_time() -> None:
    """What its own test, which the pages show, leaves out."""
    large = trade(100.01, size=1_000)
    day = play(EXAMPLES / "big_print.py", large, quote(99.99, 100.01), trade(100.01, size=999), large, large)

    assert [(order.side, order.shares, order.at) for order in day.orders] == [("buy", 20, day.now - SECOND)]
    assert day.wishes == [hftd.target("SPY", 20), hftd.wake(day.now + 59 * SECOND, "flat")]


def test_trend_follows_its_mean_and_takes_in_the_minutes_of_a_gap() -> None:
    day = play(EXAMPLES / "trend.py", minutes(100.0, 100.0), minutes=3)
    opens = day.now - 120 * SECOND
    assert day.wishes == []
    day.tell(minutes(103.0))
    assert day.wishes == [hftd.target("SPY", 10)]  # above 101
    day.tell(minutes(100.0))
    assert day.wishes[1:] == [hftd.target("SPY", 0)]  # of 100, 103 and 100, below 101

    day.tell(bar(107.0, span="updated"), gap(bar(110.0), bar(114.0), seconds=120))
    model: Any = day.model
    assert model.closes == {opens + 180 * SECOND: 107.0, opens + 300 * SECOND: 110.0, opens + 360 * SECOND: 114.0}
    day.tell(gap(seconds=470), minutes(200.0))
    assert len(day.wishes) == 2  # what was learned is of another time


def test_lunch_check_refuses_at_noon_in_new_york_and_at_no_other_time(tmp_path: Path) -> None:
    plugins = loaded("no_lunch.py", tmp_path)
    check: Check = plugins.factory("checks", "lunch")(Limits())

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


def test_calendar_example_has_a_session_for_every_day(tmp_path: Path) -> None:
    plugins = loaded("always_open.py", tmp_path)
    zone, days = plugins.factory("calendars", "ALWAYS")("ALWAYS", date(2026, 2, 27), date(2026, 3, 1))
    assert zone == "UTC"
    assert [day.date for day in days] == ["2026-02-27", "2026-02-28", "2026-03-01"]
    # 2026-02-27 is day 20,511 since 1970-01-01: 56 years with 14 leap days, and 57 days.
    assert days[0].phases[0].start == (56 * 365 + 14 + 57) * 86_400 * SECOND
    assert [day.phases[0].end for day in days[:-1]] == [day.phases[0].start for day in days[1:]]


def test_feed_example_subscribes_decodes_and_counts_nonsense(tmp_path: Path) -> None:
    plugins = loaded("plain_feed.py", tmp_path)
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
    journal = Journal(tmp_path / "day", Begin(2, "2026-11-20", "abcdef", "0", {}))
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
