"""Large prints are bought, others are not."""

from hftd.testing import trade


def test_a_large_print_is_bought(stage):
    day = stage("plugins/my_model.py", trade(size=999), trade(size=1_000), trade(100.5))

    assert [order.shares for order in day.orders] == [10]
    assert day.position() == 10
