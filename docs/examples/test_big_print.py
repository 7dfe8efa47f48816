"""The side that was hit is followed for a minute; then the position is given up, whatever the venue does."""

from decimal import Decimal

from hftd.testing import Given, quote, trade, wait

HIT = (quote(99.99, 100.01), trade(100.01, size=1_000))


def test_it_follows_the_side_that_was_hit(stage):
    assert stage("plugins/big_print.py", *HIT).position() == 20
    assert stage("plugins/big_print.py", quote(99.99, 100.01), trade(99.99, size=1_000)).position() == -20
    assert stage("plugins/big_print.py", quote(99.99, 100.01), trade(100.0, size=1_000)).wishes == []


def test_it_is_flat_a_minute_later(stage):
    day = stage("plugins/big_print.py", HIT, wait(55), quote(100.19, 100.21))
    assert day.position() == 20

    day.tell(wait(5))
    assert day.position() == 0
    assert day.profit == Decimal("3.60")  # 20 x (100.19 - 100.01)


def test_it_holds_no_more_than_it_may(stage):
    day = stage("plugins/big_print.py", HIT, given=Given(risk={"max_position": 10}))

    assert [refusal.code for refusal in day.refusals] == ["position"]
    assert day.position() == 0


def test_it_counts_the_parts_of_an_order(stage):
    day = stage("plugins/big_print.py", HIT, quote(), quote(), given=Given(largest_fill=8))

    assert [fill.shares for fill in day.fills] == [8, 8, 4]
    assert day.model.traded == 20


def test_it_lives_with_a_rejection(stage):
    day = stage("plugins/big_print.py", HIT, wait(60), given=Given(rejects="not shortable"))

    assert [rejection.reason for rejection in day.rejections] == ["not shortable"]
    assert day.benched == ""
