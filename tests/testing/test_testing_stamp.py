"""Whatever a script says, time goes on, the books add up, and the same script gives the same story."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.events import Bar, Event
from hftd.testing import Given, bar, gap, load, minutes, play, quote, status, trade, wait
from hftd.testing.stamp import stamped

MODEL = load(Path(__file__).parents[2] / "plugins" / "volume_modulo.py")
OPEN = 1_767_623_400_000_000_000  # 2026-01-05 14:30 UTC
MINUTE, DAY = 60_000_000_000, 86_400_000_000_000
CENTS = st.integers(9_900, 10_100).map(lambda cents: cents / 100)

CUES: st.SearchStrategy[Any] = st.one_of(
    st.builds(trade, price=CENTS, size=st.integers(1, 600)),
    CENTS.map(lambda bid: quote(bid, bid + 0.01)),
    st.builds(bar, close=CENTS, span=st.sampled_from(("minute", "updated", "day"))),
    st.builds(status, halted=st.booleans()),
    st.builds(gap, st.just(bar()), seconds=st.floats(0, 300)),
    st.builds(wait, st.floats(0, 300)),
    st.builds(minutes, CENTS, CENTS),
)
WORLDS = st.builds(Given, largest_fill=st.one_of(st.none(), st.integers(1, 7)), rejects=st.sampled_from(("", "", "no")))


@settings(max_examples=60, deadline=None)
@given(st.lists(CUES, max_size=25), WORLDS)
def test_books_add_up_and_a_script_has_one_story(script: list[Any], world: Given) -> None:
    stage = play(MODEL, *script, given=world)

    signed = [fill.shares if fill.side == "buy" else -fill.shares for fill in stage.fills]
    assert stage.position() == sum(signed, Decimal(0))
    assert len(stage.wishes) == len(stage.orders) + len(stage.refusals)
    assert list(play(MODEL, *script, given=world).story()) == list(stage.story())


def events(script: list[Any]) -> Iterator[Event]:
    return (cue for cue in script if isinstance(cue, Event))


@given(st.lists(CUES, min_size=1), st.integers(0, 10**13))
def test_what_has_no_time_comes_after_what_was(script: list[Any], after: int) -> None:
    """At the same time only where a gap takes none. A bar's span began before, and a minute's is over."""
    for event in events(script):
        made = stamped(event, OPEN + after, "SPY")
        assert made.seen >= OPEN + after
        assert getattr(made, "symbol", "SPY") == "SPY"
        if isinstance(made, Bar):
            length = DAY if made.span == "day" else MINUTE
            assert made.ts % length == 0
            assert made.ts < made.seen if made.span == "day" else made.ts + MINUTE <= made.seen


@given(st.builds(trade, at=st.integers(OPEN, OPEN + 10**13), symbol=st.sampled_from(("QQQ", "SPY"))))
def test_what_has_a_time_and_a_symbol_keeps_them(event: Event) -> None:
    assert stamped(event, OPEN, "SPY") is event
