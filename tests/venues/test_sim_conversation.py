"""A market-data session without a socket: answers and error codes of Alpaca's stream, sections 3 and 4."""

import json
from typing import Any

import pytest

from hftd.core.events import Bust, Quote, Trade
from hftd.venues.sim.conversation import Conversation
from hftd.venues.sim.wire import JsonCodec


def session(refused: int = 0, logged_in: bool = True, **more: Any) -> Conversation:
    talk = Conversation(JsonCodec(), lambda key, secret: refused, **more)
    if logged_in:
        talk.log_in("k", "s")
    return talk


def say(talk: Conversation, **said: Any) -> dict[str, Any]:
    return talk.hear(json.dumps(said))


def code(answer: dict[str, Any]) -> int:
    assert answer["T"] == "error"
    return int(answer["code"])


def test_login_once():
    talk = session(logged_in=False)
    assert say(talk, action="auth", key="k", secret="s") == {"T": "success", "msg": "authenticated"}
    assert say(talk, action="auth", key="k", secret="s") == {"T": "error", "code": 403, "msg": "already authenticated"}


@pytest.mark.parametrize(("refused", "text"), [(402, "auth failed"), (406, "connection limit exceeded")])
def test_a_refused_login_may_be_tried_again(refused, text):
    answers = [refused, 0]
    talk = Conversation(JsonCodec(), lambda key, secret: answers.pop(0))
    assert say(talk, action="auth", key="k", secret="s") == {"T": "error", "code": refused, "msg": text}
    assert say(talk, action="auth", key="k", secret="s")["msg"] == "authenticated"


def test_nothing_without_login():
    assert code(say(session(logged_in=False), action="subscribe", trades=["SPY"])) == 401


@pytest.mark.parametrize(
    "frame",
    ["nonsense", "[]", "1", '{"action":"dance"}', "{}", '{"action":"subscribe","trades":"SPY"}',
     '{"action":"subscribe","trades":[1]}', '{"action":"subscribe","trades":["S PY"]}', '{"action":"subscribe"}',
     '{"action":"auth","key":1}', b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_message_is_invalid_syntax(frame):
    assert session().hear(frame) == {"T": "error", "code": 400, "msg": "invalid syntax"}


def test_a_subscription_is_answered_with_the_complete_set():
    talk = session()
    say(talk, action="subscribe", trades=["AAPL"], dailyBars=["VOO"])
    answer = say(talk, action="subscribe", quotes=["CLDR", "AMD"], bars=["*"], statuses=["*"])
    # The documented answer to the documented request.
    assert answer == {
        "T": "subscription", "trades": ["AAPL"], "quotes": ["AMD", "CLDR"], "bars": ["*"], "updatedBars": [],
        "dailyBars": ["VOO"], "statuses": ["*"], "lulds": [], "corrections": ["AAPL"], "cancelErrors": ["AAPL"],
    }  # fmt: skip


def test_unsubscribing_takes_away_only_what_it_names():
    talk = session()
    say(talk, action="subscribe", trades=["AAPL", "SPY", "*"])
    assert say(talk, action="unsubscribe", trades=["*", "QQQ"])["trades"] == ["AAPL", "SPY"]
    assert talk.subscribed
    say(talk, action="unsubscribe", trades=["AAPL", "SPY"])
    assert not talk.subscribed


@pytest.mark.parametrize("name", ["orderbooks", "news", "corrections"])
def test_a_channel_that_is_not_offered_leaves_the_set_alone(name):
    talk = session()
    say(talk, action="subscribe", trades=["AAPL"])
    assert code(say(talk, action="subscribe", quotes=["AAPL"], **{name: ["AAPL"]})) == 410
    assert say(talk, action="unsubscribe", bars=["X"])["quotes"] == []


def test_the_symbol_limit_counts_trades_and_quotes_and_leaves_the_set_alone():
    talk = session(symbol_limit=3)
    say(talk, action="subscribe", trades=["A", "B"], bars=["C", "D", "E", "F"])
    assert code(say(talk, action="subscribe", quotes=["A", "B"])) == 405
    assert say(talk, action="subscribe", quotes=["A"])["quotes"] == ["A"]


def test_the_test_stream_lists_three_channels():
    assert say(session(test=True), action="subscribe", trades=["FAKEPACA"]) == {
        "T": "subscription", "trades": ["FAKEPACA"], "quotes": [], "bars": [],
    }  # fmt: skip


def test_only_what_is_subscribed_is_wanted_and_busts_follow_trades():
    talk = session()
    say(talk, action="subscribe", trades=["SPY"], quotes=["*"])
    trade, other = Trade("SPY", 1.0, 1, 0, 0), Trade("QQQ", 1.0, 1, 0, 0)
    quote, bust = Quote("QQQ", 1.0, 1, 1.1, 1, 0, 0), Bust("SPY", 1, 1.0, 1, "C", 0, 0)
    assert [talk.wants(each) for each in (trade, other, quote, bust)] == [True, False, True, True]


def test_sessions_that_want_the_same_have_the_same_taste():
    one, two = session(), session()
    say(one, action="subscribe", trades=["A", "B"])
    say(two, action="subscribe", trades=["B"])
    assert one.taste != two.taste
    say(two, action="subscribe", trades=["A"])
    assert one.taste == two.taste
