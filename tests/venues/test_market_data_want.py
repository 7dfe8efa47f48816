"""Subscriptions that change on a live stream: held against what the simulated venue makes of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.events import Declined, Event, FeedDown, FeedUp
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Wanted
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.sim.conversation import AUTHENTICATED, CONNECTED, Conversation
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


@pytest.fixture
def narrow() -> Line:
    """One whose venue sends the trades and quotes of three symbols at the most, each counted."""
    return Line(Wanted(trades=("SPY",), quotes=("SPY",)), limit=3)


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


def declined(*words: str) -> list[Declined]:
    said = "the venue says 405 symbol limit exceeded"
    return [Declined("market data", f"{said}: {each} are wanted", 1) for each in words]


def test_what_is_declined_leaves_what_was_sent_before(narrow: Line) -> None:
    """Sent on, wanted no more: the stream stays up, and what is wanted next is asked for as from there."""
    narrow.feed.want(Wanted(trades=("IWM", "QQQ", "SPY"), quotes=("SPY",)))
    narrow.answer()

    assert narrow.events[1:] == declined("3 symbols' trades and 1 symbols' quotes")
    assert (narrow.feed.wanted, narrow.feed.refusal) == (Wanted(trades=("SPY",), quotes=("SPY",)), "")
    assert narrow.subscribed() == {"trades": {"SPY"}, "quotes": {"SPY"}}
    narrow.feed.want(Wanted(trades=("QQQ", "SPY"), quotes=("SPY",)))
    narrow.answer()
    assert narrow.subscribed() == {"trades": {"SPY", "QQQ"}, "quotes": {"SPY"}}
    assert narrow.events[2:] == []


def test_what_was_let_go_before_the_venue_declined_is_not_taken_for_sent(narrow: Line) -> None:
    narrow.feed.want(Wanted(trades=("DIA", "IWM", "QQQ", "TLT")))
    narrow.answer()

    assert narrow.subscribed() == {}
    assert narrow.feed.wanted == Wanted()


def test_of_two_wishes_on_their_way_the_one_that_fits_holds(narrow: Line) -> None:
    narrow.feed.want(Wanted(trades=("DIA", "IWM", "QQQ", "SPY"), quotes=("SPY",)))
    narrow.feed.want(Wanted(trades=("DIA", "IWM", "QQQ", "SPY", "TLT"), quotes=("SPY",)))
    narrow.answer()

    assert narrow.events[1:] == declined("5 symbols' trades and 1 symbols' quotes")
    assert narrow.feed.wanted == Wanted(trades=("SPY", "TLT"), quotes=("SPY",))
    assert narrow.subscribed() == {"trades": {"SPY", "TLT"}, "quotes": {"SPY"}}


def test_a_new_connection_that_is_declined_falls_back_to_what_was_sent_last(line: Line) -> None:
    line.feed.opened()
    line.feed.want(Wanted(trades=("IWM", "QQQ", "SPY"), quotes=("SPY",)))
    line.venue = Conversation(JsonCodec(), lambda key, secret: 0, symbol_limit=3)
    line.hear(CONNECTED)
    line.answer()

    assert line.events[1:] == declined("3 symbols' trades and 1 symbols' quotes")
    assert (line.feed.wanted, line.feed.refusal) == (Wanted(trades=("SPY",), quotes=("SPY",)), "405")


def test_so_does_a_new_process_that_has_read_the_days_journal(line: Line) -> None:
    """Its frames tell what was sent; then another connection is opened, and more is wanted."""
    line.feed = MarketData("ws://x", Keys("key", "secret"), "json")
    for told in (CONNECTED, AUTHENTICATED, line.venue.hear(b'{"action":"subscribe","trades":["SPY"]}')):
        line.hear(told)
    line.feed.opened()
    line.feed.want(Wanted(trades=("IWM", "QQQ", "SPY"), quotes=("SPY",)))
    line.venue = Conversation(JsonCodec(), lambda key, secret: 0, symbol_limit=3)
    line.hear(CONNECTED)
    line.answer()

    assert line.events[-1:] == declined("3 symbols' trades and 1 symbols' quotes")
    assert (line.feed.wanted, line.feed.refusal) == (Wanted(trades=("SPY",), quotes=("SPY",)), "405")


def test_a_first_subscription_that_is_declined_goes_on_being_wanted() -> None:
    wanted = Wanted(trades=("IWM", "QQQ", "SPY"))
    line = Line(wanted, limit=2)

    assert line.events == declined("3 symbols' trades and 0 symbols' quotes")
    assert (line.feed.wanted, line.feed.refusal) == (wanted, "405")


SYMBOLS = st.lists(st.sampled_from(["SPY", "QQQ", "IWM", "DIA"]), unique=True, min_size=1).map(tuple)
WISHES = st.lists(st.tuples(st.builds(Wanted, trades=SYMBOLS, quotes=SYMBOLS, bars=SYMBOLS), st.booleans()), max_size=8)


@given(WISHES, st.integers(2, 6))
def test_whatever_is_declined_the_feed_knows_what_is_sent(wishes: list[tuple[Wanted, bool]], limit: int) -> None:
    """Answered at once or late: what it wants in the end is what the venue sends, and the stream stays up."""
    line = Line(Wanted(trades=("SPY",)), limit=limit)
    for wish, at_once in wishes:
        line.feed.want(wish)
        if at_once:
            line.answer()
    line.answer()

    channels = {"trades": line.feed.wanted.trades, "quotes": line.feed.wanted.quotes, "bars": line.feed.wanted.bars}
    assert line.subscribed() == {channel: set(symbols) for channel, symbols in channels.items() if symbols}
    assert line.events[0] == FeedUp("market data", 1)
    assert all(isinstance(event, Declined) for event in line.events[1:])


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
