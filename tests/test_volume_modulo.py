"""volume_modulo on a stage: prints become orders, and orders a position, until a limit says no."""

from pathlib import Path

from hftd.testing import Given, play, quote, trade

MODEL = Path(__file__).parents[1] / "plugins" / "volume_modulo.py"


def test_seventeens_are_sold_and_thirty_ones_bought() -> None:
    """170 = 10 x 17, 62 = 2 x 31, 527 = 17 x 31."""
    day = play(MODEL, quote(), trade(size=170), trade(size=100), trade(size=62), trade(size=527))

    assert [(order.side, order.shares) for order in day.orders] == [("sell", 5), ("buy", 5), ("sell", 5)]
    assert day.position() == -5


def test_it_trades_until_the_position_is_as_large_as_it_may_be() -> None:
    day = play(MODEL, [trade(size=31)] * 5, shares=10, given=Given(risk={"max_position": 30}))

    assert len(day.orders) == 3
    assert {refusal.code for refusal in day.refusals} == {"position"}
