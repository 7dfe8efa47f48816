"""ema_cross on a stage: minute after minute, a crossing moves the position."""

from pathlib import Path

from hftd.testing import minutes, play

MODEL = Path(__file__).parents[2] / "plugins" / "ema_cross.py"


def test_it_is_long_from_a_crossing_up_to_the_crossing_down() -> None:
    """Periods 1 and 2 on 10 10 13 10 13 13: slow 10, 12, 10 2/3, 12 2/9, 12 20/27; above from the fifth minute on.

    The slow average then nears 13 from below, so a minute at 10 is the crossing down, to 10 74/81.
    """
    day = play(MODEL, minutes(10, 10, 13, 10, 13, 13), fast=1, slow=2, shares=3)
    assert [(fill.side, fill.shares, fill.price) for fill in day.fills] == [("buy", 3, 13)]

    day.tell(minutes(10, 10))
    assert [(fill.side, fill.shares, fill.price) for fill in day.fills[1:]] == [("sell", 3, 10)]
    assert (day.position(), day.profit) == (0, -9)
