"""A trading day's phases become the moments of the daemon's day."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.events import SessionPhase
from hftd.core.session import NEVER, Day, Phase, Schedule, schedule

REGULAR = ("regular",)


def day(date: str, *phases: tuple[str, int, int]) -> Day:
    return Day(date, tuple(Phase(*phase) for phase in phases))


def story(moments: tuple[SessionPhase, ...]) -> list[tuple[str, int]]:
    return [(moment.phase, moment.seen) for moment in moments]


MONDAY = day("mon", ("pre", 60, 100), ("regular", 100, 200), ("post", 200, 240))
TUESDAY = day("tue", ("pre", 360, 400), ("regular", 400, 500), ("post", 500, 540))


# ---- Day -------------------------------------------------------------------------------------------------------


def test_a_day_finds_its_phases_by_name() -> None:
    assert MONDAY.phase("post") == Phase("post", 200, 240)
    assert MONDAY.phase("break") is None


# ---- schedule --------------------------------------------------------------------------------------------------


def test_two_days_become_two_rounds_of_moments_each_knowing_when_the_next_comes() -> None:
    assert schedule([MONDAY, TUESDAY], REGULAR, wake_before=30, stop_before=5, linger=10) == (
        SessionPhase("warmup", "mon", 70, 100),
        SessionPhase("open", "mon", 100, 195),
        SessionPhase("closing", "mon", 195, 200),
        SessionPhase("closed", "mon", 200, 210),
        SessionPhase("asleep", "mon", 210, 370),
        SessionPhase("warmup", "tue", 370, 400),
        SessionPhase("open", "tue", 400, 495),
        SessionPhase("closing", "tue", 495, 500),
        SessionPhase("closed", "tue", 500, 510),
        SessionPhase("asleep", "tue", 510, 0),
    )


def test_adjoining_phases_melt_into_one_stretch() -> None:
    moments = schedule([MONDAY], ("pre", "regular", "post"), 30, 5, 10)
    assert story(moments) == [("warmup", 30), ("open", 60), ("closing", 235), ("closed", 240), ("asleep", 250)]


def test_where_more_than_the_regular_session_is_traded_each_moment_knows_that() -> None:
    moments = schedule([MONDAY, TUESDAY], ("regular", "post"), 30, 5, 10)

    assert [moment.regular for moment in moments] == [(100, 200)] * 5 + [(400, 500)] * 5
    assert Schedule(moments).at(150).regular == (100, 200)
    assert {moment.regular for moment in schedule([MONDAY, TUESDAY], REGULAR, 30, 5, 10)} == {None}


def test_phases_apart_are_traded_one_by_one() -> None:
    moments = schedule([MONDAY], ("pre", "post"), 30, 5, 10)
    assert story(moments) == [
        ("warmup", 30), ("open", 60), ("closing", 95), ("closed", 100), ("asleep", 110),
        ("warmup", 170), ("open", 200), ("closing", 235), ("closed", 240), ("asleep", 250),
    ]  # fmt: skip


def test_a_break_inside_the_day_closes_and_opens_again() -> None:
    tokyo = day("mon", ("regular", 100, 300), ("break", 180, 220))
    assert story(schedule([tokyo], REGULAR, 10, 5, 3)) == [
        ("warmup", 90), ("open", 100), ("closing", 175), ("closed", 180), ("asleep", 183),
        ("warmup", 210), ("open", 220), ("closing", 295), ("closed", 300), ("asleep", 303),
    ]  # fmt: skip


def test_a_break_of_no_length_is_none() -> None:
    quiet = day("mon", ("regular", 100, 300), ("break", 180, 180))
    assert story(schedule([quiet], REGULAR, 0, 0, 0))[1:4] == [("open", 100), ("closing", 300), ("closed", 300)]


def test_days_without_a_pause_are_two_sessions_without_sleep_between() -> None:
    round_the_clock = [day("mon", ("regular", 100, 200)), day("tue", ("regular", 200, 300))]
    assert story(schedule(round_the_clock, REGULAR, 30, 5, 10)) == [
        ("warmup", 70), ("open", 100), ("closing", 195), ("closed", 200),
        ("warmup", 200), ("open", 200), ("closing", 295), ("closed", 300), ("asleep", 310),
    ]  # fmt: skip


def test_there_is_no_sleep_when_the_next_warmup_is_due_before_the_last_answers_are_in() -> None:
    close = [day("mon", ("regular", 100, 200)), day("tue", ("regular", 235, 300))]
    assert story(schedule(close, REGULAR, 30, 5, 10))[3:6] == [("closed", 200), ("warmup", 205), ("open", 235)]


def test_a_warmup_never_begins_before_the_last_close() -> None:
    close = [day("mon", ("regular", 100, 200)), day("tue", ("regular", 220, 300))]
    assert story(schedule(close, REGULAR, 30, 5, 0))[3:6] == [("closed", 200), ("warmup", 200), ("open", 220)]


def test_days_that_overlap_take_turns_and_one_inside_another_is_left_out() -> None:
    messy = [day("mon", ("regular", 100, 200)), day("in", ("regular", 120, 180)), day("tue", ("regular", 150, 300))]
    assert [(m.phase, m.day, m.seen) for m in schedule(messy, REGULAR, 0, 0, 0) if m.phase in {"open", "closed"}] == [
        ("open", "mon", 100), ("closed", "mon", 200), ("open", "tue", 200), ("closed", "tue", 300),
    ]  # fmt: skip


def test_a_day_that_is_closing_from_its_start_never_opens() -> None:
    moments = schedule([MONDAY], REGULAR, 30, 1000, 10)
    assert story(moments) == [("warmup", 70), ("closing", 100), ("closed", 200), ("asleep", 210)]


def test_no_time_to_warm_up_or_to_stop_keeps_the_moments_in_their_order() -> None:
    assert story(schedule([MONDAY], REGULAR, 0, 0, 0)) == [
        ("warmup", 100), ("open", 100), ("closing", 200), ("closed", 200), ("asleep", 200),
    ]  # fmt: skip


def test_a_day_without_the_traded_phase_is_slept_through() -> None:
    assert schedule([day("mon", ("regular", 100, 200))], ("pre",), 30, 5, 10) == ()


# ---- Schedule --------------------------------------------------------------------------------------------------

MOMENTS = schedule([MONDAY, TUESDAY], REGULAR, wake_before=30, stop_before=5, linger=10)


def drain(plan: Schedule, now: int) -> list[SessionPhase]:
    return list(iter(lambda: plan.due(now), None))


def test_at_says_what_is_in_force_stamped_with_the_moment_it_was_asked() -> None:
    plan = Schedule(MOMENTS)
    assert plan.at(150) == SessionPhase("open", "mon", 150, 195)
    assert plan.at(195) == SessionPhase("closing", "mon", 195, 200)
    assert plan.at(194) == SessionPhase("open", "mon", 194, 195)


def test_it_is_asleep_before_between_and_after_the_days_of_the_table() -> None:
    plan = Schedule(MOMENTS)
    assert plan.at(0) == SessionPhase("asleep", "mon", 0, 70)
    assert plan.at(300) == SessionPhase("asleep", "mon", 300, 370)
    assert plan.at(9999) == SessionPhase("asleep", "tue", 9999, 0)


def test_an_empty_table_is_asleep_for_ever() -> None:
    plan = Schedule(())
    assert (plan.at(7), plan.due(NEVER - 1), plan.next) == (SessionPhase("asleep", "", 7), None, NEVER)


def test_a_moment_is_due_once_when_its_time_has_come() -> None:
    plan = Schedule(MOMENTS)
    assert plan.due(69) is None
    assert plan.due(70) == MOMENTS[0]
    assert plan.due(70) is None
    assert plan.next == 100


def test_starting_in_mid_session_goes_on_from_there() -> None:
    plan = Schedule(MOMENTS)
    assert plan.at(150).phase == "open"
    assert plan.next == 195
    assert story(tuple(drain(plan, 200))) == [("closing", 200), ("closed", 200)]


def test_a_clock_that_jumps_skips_no_moment_and_none_is_stamped_in_the_past() -> None:
    plan = Schedule(MOMENTS)
    assert [moment.phase for moment in drain(plan, 450)] == [moment.phase for moment in MOMENTS[:7]]
    assert plan.next == 495


def test_a_clock_that_goes_back_repeats_nothing() -> None:
    plan = Schedule(MOMENTS)
    drain(plan, 150)
    assert plan.due(80) is None
    assert plan.due(194) is None


def test_after_the_last_moment_nothing_comes() -> None:
    plan = Schedule(MOMENTS)
    assert len(drain(plan, 10_000)) == len(MOMENTS)
    assert plan.next == NEVER


# ---- what always holds -----------------------------------------------------------------------------------------

NAMES = ("pre", "regular", "post")

calm = settings(deadline=None)  # a busy machine is no fault of the code


@st.composite
def weeks(draw: st.DrawFn) -> list[Day]:
    """Days one after the other on a small clock, their phases in order with or without gaps, some with a break."""
    clock, days = 50, []
    for number in range(draw(st.integers(0, 4))):
        phases = []
        for name in NAMES:
            clock += draw(st.sampled_from((0, 0, 3, 20)))
            length = draw(st.integers(0, 25))
            if length:
                phases.append(Phase(name, clock, clock + length))
            clock += length
        rest = draw(st.none() | st.tuples(st.integers(0, 40), st.integers(0, 6)))
        if rest and phases:
            phases.append(Phase("break", phases[0].start + rest[0], phases[0].start + sum(rest)))
        days.append(Day(f"day {number}", tuple(phases)))
    return days


traded = st.sets(st.sampled_from(NAMES), min_size=1)
spans = st.integers(0, 40)


def open_clock(days: list[Day], trade: set[str]) -> dict[int, str]:
    """Which day trades at each tick of the clock, by colouring ticks one by one."""
    ticks = {t: one.date for one in days for p in one.phases if p.name in trade for t in range(p.start, p.end)}
    for one in days:
        for rest in (p for p in one.phases if p.name == "break"):
            for t in range(rest.start, rest.end):
                if ticks.get(t) == one.date:
                    del ticks[t]
    return ticks


@calm
@given(weeks(), traded, spans, spans, spans)
def test_moments_run_forward_and_each_ends_where_the_next_begins(
    days: list[Day], trade: set[str], wake: int, stop: int, linger: int
) -> None:
    moments = schedule(days, sorted(trade), wake, stop, linger)
    times = [moment.seen for moment in moments]
    assert times == sorted(times)
    assert [moment.until for moment in moments] == [*times[1:], 0][: len(times)]


@calm
@given(weeks(), traded, spans, spans, spans)
def test_every_stretch_of_trading_tells_its_whole_story(
    days: list[Day], trade: set[str], wake: int, stop: int, linger: int
) -> None:
    moments = schedule(days, sorted(trade), wake, stop, linger)
    told = " ".join(moment.phase for moment in moments)
    stretches = told.replace("asleep", "").replace("warmup", "\n").split("\n")[1:]
    assert {stretch.strip() for stretch in stretches} <= {"open closing closed", "closing closed"}
    assert told.endswith("asleep") == bool(moments)
    ticks = open_clock(days, trade)
    assert len(stretches) == sum(ticks.get(t - 1) != ticks[t] for t in ticks)


@calm
@given(weeks(), traded, spans, spans, spans)
def test_it_is_open_exactly_while_the_exchange_trades_and_the_end_is_far_enough(
    days: list[Day], trade: set[str], wake: int, stop: int, linger: int
) -> None:
    plan = Schedule(schedule(days, sorted(trade), wake, stop, linger))
    ticks = open_clock(days, trade)
    for now in range(max(ticks, default=0) + 100):
        phase = plan.at(now)
        ahead = all(ticks.get(t) == ticks.get(now) for t in range(now, now + stop + 1))
        assert (phase.phase == "open") == (now in ticks and ahead)
        assert (phase.phase in {"open", "closing"}) == (now in ticks)
        if now in ticks:
            assert phase.day == ticks[now]


@calm
@given(weeks(), traded, spans, spans, spans)
def test_it_is_awake_for_the_warmup_before_and_the_answers_after(
    days: list[Day], trade: set[str], wake: int, stop: int, linger: int
) -> None:
    plan = Schedule(schedule(days, sorted(trade), wake, stop, linger))
    ticks = open_clock(days, trade)
    for now in range(max(ticks, default=0) + 100):
        near = any(t in ticks for t in range(now - linger, now + wake + 1))
        assert (plan.at(now).phase != "asleep") == near


@calm
@given(weeks(), traded, st.lists(st.integers(0, 500), max_size=60), st.none() | st.integers(0, 300))
def test_whenever_it_is_asked_no_moment_is_early_lost_doubled_or_out_of_order(
    days: list[Day], trade: set[str], asked: list[int], start: int | None
) -> None:
    moments = schedule(days, sorted(trade), 7, 3, 2)
    plan = Schedule(moments)
    if start is not None:
        plan.at(start)
    clock = sorted(now for now in [*asked, 10_000] if start is None or now >= start)
    seen = [(now, due) for now in clock for due in drain(plan, now)]
    expected = [moment for moment in moments if start is None or moment.seen > start]
    assert [(due.phase, due.day, due.until) for _, due in seen] == [(m.phase, m.day, m.until) for m in expected]
    assert all(due.seen == now >= m.seen for (now, due), m in zip(seen, expected, strict=True))
