"""Why a decision was taken, told from a journal written by hand: nothing is decided here, so nothing agrees by luck."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hftd.cli.main import main
from hftd.core.effects import Cancel, Effect, Refuse, Shadow, Submit
from hftd.core.events import Event, Fill, OrderUpdate, Rules, SessionPhase, Snapshot, Version
from hftd.core.intents import Intent
from hftd.core.orders import Order, order_id
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.errors import HftdError
from hftd.lab.evidence.materials import Materials
from hftd.lab.evidence.why import Telling, Why
from hftd.lab.evidence.why_find import find_decision, find_order, find_refusal
from hftd.plugin.keys import Keys
from hftd.runtime.past.journal import FORMAT, Begin, Journal, read
from hftd.venues.alpaca.market_data import MarketData

DAY, RUN = "2026-11-20", "abc123"
OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
MS, SECOND = 1_000_000, 1_000_000_000
D = Decimal
DIGEST = "ab" * 32
FIRST, SECOND_ORDER = order_id(DAY, RUN, 1), order_id(DAY, RUN, 2)


def order(name: str, side: Any, at: int) -> Order:
    return Order(name, "m", "SPY", side, D(5), None, "day", at)


def trade(price: float, ms: int) -> dict[str, Any]:
    """A print as the venue sends it, ``ms`` after the open by its clock."""
    stamp = f"2026-11-20T14:30:00.{ms:03d}Z"
    return {"T": "t", "S": "SPY", "i": 1, "x": "V", "p": price, "s": 34, "c": ["@"], "z": "B", "t": stamp}


def written(folder: Path) -> Path:
    """An order that fills in two parts, one withdrawn, a refusal after other limits came, a wish in the shadow."""
    versions = {"m": Version(DIGEST, '{"symbol":"SPY"}'), "quiet": Version("cd" * 32, '{"symbol":"SPY"}', "shadow")}
    journal = Journal(folder, Begin(FORMAT, DAY, RUN, "test", versions, Limits(max_position=D(100))))

    def note(*contents: Event | Effect) -> None:
        for each in contents:
            if isinstance(each, Event):
                journal.event(each)
            else:
                journal.effects([each])

    def frame(ms: int, *messages: dict[str, Any]) -> None:
        journal.frame("market data", OPEN + ms * MS, json.dumps(messages).encode())

    note(SessionPhase("warmup", DAY, OPEN - SECOND, 0, RUN), Snapshot(1, OPEN - 5, "PA1", D(10_000), D(20_000)))
    note(SessionPhase("open", DAY, OPEN, 0, RUN))
    frame(12, trade(100.0, 10))
    note(Submit(order(FIRST, "buy", OPEN + 12 * MS)))
    note(OrderUpdate(FIRST, "accepted", OPEN + 13 * MS, OPEN + 15 * MS, "v1"))
    note(Fill(FIRST, "e1", "SPY", "buy", D(2), D("100.02"), OPEN + 14 * MS, OPEN + 16 * MS, "v1"))
    frame(20, trade(101.0, 19))
    note(Submit(order(SECOND_ORDER, "sell", OPEN + 20 * MS)))
    note(OrderUpdate(SECOND_ORDER, "accepted", OPEN + 21 * MS, OPEN + 22 * MS, "v2"))
    note(Fill(FIRST, "e2", "SPY", "buy", D(3), D("100.04"), OPEN + 24 * MS, OPEN + 26 * MS, "v1"))
    note(Rules(Limits(max_shares=D(7)), False, OPEN + 30 * MS))
    frame(40, trade(102.0, 39))
    note(Cancel(SECOND_ORDER, "v2"))
    note(Refuse("m", Intent("SPY", "buy", D(8)), "size", "8 shares, allowed 1 to 7", OPEN + 40 * MS))
    note(Shadow("quiet", Intent("SPY", "sell", D(1)), OPEN + 40 * MS))
    note(OrderUpdate(SECOND_ORDER, "canceled", OPEN + 41 * MS, OPEN + 43 * MS, "v2"))
    journal.close()
    return folder


def told(folder: Path, kind: type, nth: int = 0) -> Why:
    feeds = lambda: [MarketData("ws://x/v2/iex", Keys("", ""), "json")]  # noqa: E731
    numbers = [record.number for record in read(folder) if isinstance(record.content, kind)]
    return Telling(folder, Materials(feeds, SHIPPED, _no_plan)).tell(numbers[nth])


def _no_plan(name: str, version: Version) -> Any:
    raise AssertionError(f"the source of {name} {version} was asked for, though the journal says it all")


def test_an_order_s_cause_its_model_and_what_it_saw(tmp_path: Path) -> None:
    why = told(written(tmp_path), Submit, 1)

    assert (why.model, why.standing, why.event) == ("m", "active", "Trade")
    assert why.version == Version(DIGEST, '{"symbol":"SPY"}')
    assert (why.cause["price"], why.cause["ts"]) == (101.0, OPEN + 19 * MS)
    assert why.cause_seen == OPEN + 20 * MS
    assert why.seen is not None
    assert (why.seen.phase, why.seen.position, why.seen.account) == ("open", "2", "2")
    assert why.seen.last["price"] == 101.0
    assert why.seen.orders == (FIRST,)


def test_every_check_is_asked_once_more_in_its_order_with_its_limits(tmp_path: Path) -> None:
    why = told(written(tmp_path), Submit)

    assert [verdict.code for verdict in why.verdicts] == list(SHIPPED)
    assert {verdict.said for verdict in why.verdicts} == {"passed"}
    limits = {verdict.code: verdict.limits for verdict in why.verdicts}
    assert limits["position"] == {"max_position": "100"}
    assert limits["size"]["max_shares"] == "500"


def test_the_figures_are_those_of_the_moment(tmp_path: Path) -> None:
    """Two of the first order's five shares are held, three are on their way, and five more are sold at 101."""
    found = told(written(tmp_path), Submit, 1).figures

    assert (found["position"], found["position if all fills"]) == ("2", "-3")
    assert (D(found["price"]), D(found["notional"])) == (101, 505)
    assert (found["open orders"], found["orders today"], D(found["buying power"])) == ("1", "1", D(20_000))


def test_every_moment_from_wire_to_wire(tmp_path: Path) -> None:
    why = told(written(tmp_path), Submit)

    assert [(moment.after // MS, moment.what.partition(":")[0]) for moment in why.moments] == [
        (0, "Trade came in"), (0, "decided"), (3, "OrderUpdate accepted"), (4, "Fill of 2 at 100.02 (e1)"),
        (14, "Fill of 3 at 100.04 (e2)"),
    ]  # fmt: skip
    assert [moment.venue - OPEN for moment in why.moments] == [10 * MS, -OPEN, 13 * MS, 14 * MS, 24 * MS]
    assert why.became == "filled, 5 of 5 filled at 100.0320"  # (2 * 100.02 + 3 * 100.04) / 5


def test_an_order_that_was_withdrawn(tmp_path: Path) -> None:
    why = told(written(tmp_path), Submit, 1)

    assert [moment.what for moment in why.moments[-2:]] == [
        "the venue is asked to withdraw it", "OrderUpdate canceled: canceled, 0 of 5 filled",
    ]  # fmt: skip
    assert why.became == "canceled, 0 of 5 filled"


def test_a_refusal_by_the_rules_of_that_moment(tmp_path: Path) -> None:
    """Checks before the one that minded passed, those behind it were not asked; limits had changed by then."""
    why = told(written(tmp_path), Refuse)
    said = {verdict.code: verdict for verdict in why.verdicts}

    assert (said["size"].said, said["size"].limits["max_shares"]) == ("refused", "7")
    assert "7" in said["size"].reason
    codes = list(SHIPPED)
    assert {said[code].said for code in codes[: codes.index("size")]} == {"passed"}
    assert {said[code].said for code in codes[codes.index("size") + 1 :]} == {"not asked"}
    assert why.became == "nothing left the daemon"


def test_a_wish_in_the_shadow_asked_no_check(tmp_path: Path) -> None:
    why = told(written(tmp_path), Shadow)

    assert (why.model, why.standing, why.verdicts) == ("quiet", "shadow", ())
    assert why.seen is not None
    assert (why.seen.position, why.seen.account) == ("0", "5")


def test_decisions_are_found_by_id_by_last_digits_and_by_record(tmp_path: Path) -> None:
    folder = written(tmp_path)
    numbers = {type(record.content): record.number for record in read(folder)}

    for name in (SECOND_ORDER, "000002", "2"):
        found = find_order(folder, name)
        assert found is not None
        assert found == (numbers[Submit], order(SECOND_ORDER, "sell", OPEN + 20 * MS))
    assert find_order(folder, "3") is None
    assert [find_refusal(folder, back) for back in (0, 1, 2)] == [None, numbers[Refuse], None]
    assert find_decision(folder, numbers[Shadow] + 1) == numbers[Shadow]
    assert find_decision(folder, 3) is None


def test_a_record_that_is_no_decision_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(HftdError, match=rf"^{tmp_path}: record 2 is no decision on an order, expected one$"):
        told(written(tmp_path), SessionPhase)


def test_the_command_tells_it_in_words_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plugins").mkdir(mode=0o755)
    settings = tmp_path / "hftd.toml"
    settings.write_text("")
    written(tmp_path / "state" / "journal" / DAY)

    assert main(["why", "1", "--config", str(settings)]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"order {FIRST}: buy 5 SPY at market day, by m ")
    assert f"file {DIGEST}" in text
    assert "became      filled, 5 of 5 filled at 100.0320" in text

    assert main(["why", "--refused", "1", "--day", DAY, "--json", "--config", str(settings)]) == 0
    assert json.loads(capsys.readouterr().out)["decision"]["code"] == "size"

    assert main(["why", "77", "--config", str(settings)]) == 1
    assert capsys.readouterr().err == f"hftd: 77: not found in {DAY}\n"
    assert main(["why", "--config", str(settings)]) == 1
    assert capsys.readouterr().err == "hftd: name one: an order, --refused N or --record N\n"


def test_yesterday_s_order_is_told_of_though_its_model_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its id says the day; its file and the archive of its source are gone, and today's journal is damaged."""
    (tmp_path / "plugins").mkdir(mode=0o755)
    settings = tmp_path / "hftd.toml"
    settings.write_text("")
    written(tmp_path / "state" / "journal" / DAY)
    today = tmp_path / "state" / "journal" / "2026-11-23"
    Journal(today, Begin(FORMAT, "2026-11-23", "def456", "test", {"other": Version("ef" * 32)})).close()
    whole = (today / "000001.journal").read_bytes()
    (today / "000001.journal").write_bytes(b"damage" + whole)

    assert main(["why", SECOND_ORDER, "--config", str(settings)]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"order {SECOND_ORDER}: sell 5 SPY at market day, by m   [session {DAY}, record ")
    assert f"model       m, active, file {DIGEST}, options " in text
    assert "caused by   Trade: symbol SPY, price 101.0, " in text
    assert text.count("check       ") == len(SHIPPED)
    assert "became      canceled, 0 of 5 filled" in text

    (today / "000001.journal").write_bytes(whole + b"half a record")
    assert main(["why", order_id("2026-11-19", RUN, 1), "--config", str(settings)]) == 1
    assert capsys.readouterr().err == f"hftd: 20261119-{RUN}-000001: not found in 2 sessions\n"
