"""Questions leave half of the venue's budget to orders."""

from hftd.runtime.budget import Budget


def test_questions_stop_at_half_of_the_budget() -> None:
    budget = Budget(200)

    assert sum(budget.ask(0.0, 1) for _ in range(200)) == 100


def test_orders_are_always_let_through_and_counted() -> None:
    budget = Budget(200)
    budget.spend(0.0, 150)

    assert not budget.ask(0.0, 1)


def test_the_bucket_fills_again_in_a_minute() -> None:
    budget = Budget(200)
    budget.spend(0.0, 200)

    assert not budget.ask(29.0, 1)
    assert budget.ask(31.0, 1)


def test_a_venue_without_a_limit_is_asked_freely() -> None:
    assert all(Budget(0).ask(0.0, 3) for _ in range(10_000))


def test_retry_after_closes_questions_for_so_long() -> None:
    budget = Budget(200)
    budget.pause(10.0, 30.0)

    assert not budget.ask(39.0, 1)
    assert budget.ask(41.0, 1)
