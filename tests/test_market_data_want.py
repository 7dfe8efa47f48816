"""Subscriptions that change on a live stream: held against what the simulated venue makes of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Event, FeedDown, FeedUp
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Wanted
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.sim.conversation import CONNECTED, Conversation
from hftd.venues.sim.wire import JsonCodec


class Line:
    """A feed and the venue's end of its stream; the venue answers when it is told to."""

    def __init__(self, wanted: Wanted, limit: int | None = None) -> None:
        self.feed = MarketData("ws://x", Keys("key", "secret"), "json")
        self.venue = Conversation(JsonCodec(), lambda key, secret: 0, symbol_limit=limit)
        self.events: list[Event] = []
        self.feed.want(wanted)
        self.feed.opened()
        self.hear(CONNECTED)
        self.answer()

    def hear(self, *messages: dict[str, Any]) -> None:
        self.events += self.feed.decode(msgspec.json.encode(list(messages)), 1)

    def answer(self) -> None:
        """Everything the feed says, answered in turn, until it has nothing to say."""
        while self.feed.outbox:
            self.hear(self.venue.hear(self.feed.outbox.pop(0)))

    def subscribed(self) -> dict[str, set[str]]:
        return {channel: symbols for channel, symbols in self.venue.wanted.items() if symbols}


@pytest.fixture
def line() -> Line:
    return Line(Wanted(trades=("SPY",), quotes=("SPY",)))


def test_what_is_new_is_asked_for_and_what_is_over_is_let_go(line: Line) -> None:
    line.feed.want(Wanted(trades=("QQQ", "SPY"), daily_bars=("QQQ",)))
    assert [msgspec.json.decode(each) for each in line.feed.outbox] == [
        {"action": "unsubscribe", "quotes": ["SPY"]},
        {"action": "subscribe", "trades": ["QQQ"], "dailyBars": ["QQQ"]},
    ]
    line.answer()

    assert line.subscribed() == {"trades": {"SPY", "QQQ"}, "dailyBars": {"QQQ"}}
    assert line.events == [FeedUp("market data", 1)]


def test_nothing_new_says_nothing(line: Line) -> None:
    line.feed.want(Wanted(trades=("SPY",), quotes=("SPY",)))
    assert line.feed.outbox == []


def test_before_the_login_it_is_only_remembered() -> None:
    feed = MarketData("ws://x", Keys("key", "secret"), "json")
    feed.opened()
    feed.want(Wanted(trades=("SPY",)))
    assert feed.outbox == []


def test_an_answer_to_an_earlier_wish_does_not_count(line: Line) -> None:
    """It comes while a later one is on its way, and lists less than is wanted by then."""
    line.feed.want(Wanted(trades=("SPY", "QQQ"), quotes=("SPY",)))
    first = line.feed.outbox.pop()
    line.feed.want(Wanted(trades=("SPY", "QQQ", "IWM"), quotes=("SPY",)))
    line.hear(line.venue.hear(first))
    line.answer()

    assert line.events == [FeedUp("market data", 1)]
    assert line.subscribed()["trades"] == {"SPY", "QQQ", "IWM"}


def test_what_the_venue_does_not_send_is_told(line: Line) -> None:
    line.feed.want(Wanted(trades=("SPY", "QQQ"), quotes=("SPY",)))
    line.feed.outbox.clear()
    line.hear({"T": "subscription", "trades": ["SPY"], "quotes": ["SPY"], "bars": []})

    assert line.events[-1] == FeedDown("market data", "the venue does not send trades of QQQ", 1)


def test_a_new_connection_asks_for_what_is_wanted_by_then(line: Line) -> None:
    line.feed.want(Wanted(trades=("QQQ",)))
    line.feed.opened()
    line.venue = Conversation(JsonCodec(), lambda key, secret: 0)
    line.hear(CONNECTED)
    line.answer()

    assert line.subscribed() == {"trades": {"QQQ"}}
    assert line.events == [FeedUp("market data", 1)] * 2


SYMBOLS = st.lists(st.sampled_from(["SPY", "QQQ", "IWM", "DIA"]), unique=True, min_size=1).map(tuple)
WISHES = st.lists(st.tuples(st.builds(Wanted, trades=SYMBOLS, quotes=SYMBOLS, bars=SYMBOLS), st.booleans()), max_size=8)


@given(WISHES)
def test_whatever_is_wanted_in_turn_the_last_wish_is_what_is_sent(wishes: list[tuple[Wanted, bool]]) -> None:
    """Answered at once or late: the venue ends with exactly that, and the stream stays up."""
    line = Line(Wanted(trades=("SPY",)))
    last = Wanted(trades=("SPY",))
    for last, at_once in wishes:
        line.feed.want(last)
        if at_once:
            line.answer()
    line.answer()

    assert line.subscribed() == {
        channel: set(symbols)
        for channel, symbols in (("trades", last.trades), ("quotes", last.quotes), ("bars", last.bars)) if symbols
    }  # fmt: skip
    assert line.events == [FeedUp("market data", 1)]
