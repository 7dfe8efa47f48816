"""Questions leave half of the venue's budget to orders."""

from hftd.runtime.wire.budget import Budget


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


def test_a_pause_is_no_longer_than_two_minutes() -> None:
    """The fate of an order must be found out some time, whatever a venue asks for."""
    budget = Budget(200)
    budget.pause(10.0, 86_400.0)

    assert budget.closed(10.0) == 120.0
    assert (budget.closed(129.0), budget.closed(131.0)) == (1.0, 0.0)


def test_a_refusal_without_a_time_makes_the_pauses_double_until_it_is_calm() -> None:
    budget = Budget(200)
    pauses, now = [], 10.0
    for _ in range(9):
        budget.pause(now)
        pauses.append(budget.closed(now))
        now += pauses[-1]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0]

    budget.pause(now + 61.0)
    assert budget.closed(now + 61.0) == 1.0


def test_orders_leave_while_questions_wait() -> None:
    budget = Budget(200)
    budget.pause(0.0, 30.0)
    budget.spend(1.0)

    assert (budget.ask(1.0, 1), budget.closed(1.0)) == (False, 29.0)


def test_before_any_refusal_nothing_is_closed() -> None:
    assert Budget(200).closed(0.0) == 0.0
