"""Choosing what goes wrong: names, figures, the list, and the command line."""

from argparse import ArgumentParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.cli import sim
from hftd.errors import HftdError
from hftd.venues.sim.chaos import SCENARIOS, Scenario, catalogue, plan
from hftd.venues.sim.chaos.requests import LostReply, RequestTrouble
from hftd.venues.sim.chaos.updates import DoubledUpdates, UpdateTrouble
from hftd.venues.sim.chaos.world import ClockSkew

DOCS = Path(__file__).parents[2] / "docs"
WORDS = {
    "lost-reply", "gateway-timeout", "bad-gateway", "server-error", "slow-reply", "empty-reply", "garbled-reply",
    "rate-limit", "rate-limit-reads", "lost-updates", "doubled-updates", "late-updates", "reordered-updates",
    "cut-updates", "mute-feed", "cut-feed", "half-open", "slow-consumer", "crowded", "locked-out", "symbol-limit",
    "nonsense-frames", "halt", "bust", "late-prints", "half-day", "clock-skew", "restart", "stranger",
}  # fmt: skip


def parsed(*arguments: str) -> tuple[Scenario, ...]:
    top = ArgumentParser()
    sim.add(top.add_subparsers())
    found: tuple[Scenario, ...] = top.parse_args(["sim", *arguments]).chaos
    return found


def test_every_scenario_has_its_word():
    assert {each.word() for each in SCENARIOS} == WORDS
    assert len(SCENARIOS) == len(WORDS)


@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.word())
def test_every_scenario_is_in_the_list_with_what_it_does_and_can_be_asked_for_as_listed(kind):
    lines = catalogue().splitlines()
    (place,) = [place for place, line in enumerate(lines) if line.startswith(f"{kind.word()}=")]
    asked, _, unit = lines[place].partition(" ")
    assert plan(asked) == plan(kind.word()) == (kind(),)
    assert len(unit) > len("()")
    assert lines[place + 1] == f"    {kind.about()}"


def test_the_list_is_the_one_the_documentation_shows():
    assert catalogue() + "\n" == (DOCS / "samples" / "chaos.txt").read_text()


def test_scenarios_are_combined_and_the_last_word_counts():
    assert plan("lost-reply, doubled-updates=0.2") == (LostReply(), DoubledUpdates(0.2))
    assert plan("lost-reply,lost-reply=0.5") == (LostReply(0.5),)
    assert plan("clock-skew=-30") == (ClockSkew(-30.0),)


def test_all_orders_is_every_scenario_of_the_order_path_at_moderate_rates():
    found = plan("all-orders")
    assert {type(each) for each in found} == {
        each for each in SCENARIOS if issubclass(each, RequestTrouble | UpdateTrouble)
    }
    troubles = [each for each in found if isinstance(each, RequestTrouble | UpdateTrouble)]
    assert all(0 < each.share < each.usual() for each in troubles)
    assert next(each for each in plan("all-orders,lost-reply=0.9") if isinstance(each, LostReply)).share == 0.9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lost", "found scenario 'lost', expected one that `hftd sim --chaos list` shows"),
        ("", "found scenario '', expected one that `hftd sim --chaos list` shows"),
        ("all-orders=2", "found scenario 'all-orders', expected one that `hftd sim --chaos list` shows"),
        ("lost-reply=2", "lost-reply: found '2', expected a share of order requests, 0 to 1, such as lost-reply=0.1"),
        ("lost-reply=", "lost-reply: found '', expected a share of order requests, 0 to 1, such as lost-reply=0.1"),
        ("lost-updates=nan", "found 'nan', expected a share of order updates, 0 to 1, such as lost-updates=0.1"),
        ("cut-feed=inf", "cut-feed: found 'inf', expected seconds from one to the next, about, such as cut-feed=60"),
        ("half-day=25", "found '25', expected the hour of the close in New York, 10 to 16, such as half-day=13"),
    ],
)
def test_what_cannot_be_is_named(text, message, capsys):
    with pytest.raises(SystemExit) as ended:
        parsed("--chaos", text)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@given(st.text(max_size=20).filter(lambda text: text.partition("=")[0].strip() not in WORDS))
def test_what_is_no_scenario_is_refused_on_one_line(text):
    with pytest.raises(HftdError) as refused:
        plan(text)
    assert len(str(refused.value).splitlines()) == 1


def test_nothing_is_wrong_unless_asked_for():
    assert parsed() == ()


def test_the_list_is_printed_and_nothing_is_served(capsys):
    top = ArgumentParser()
    sim.add(top.add_subparsers())
    arguments = top.parse_args(["sim", "--chaos", "list"])
    assert arguments.run(arguments) == 0
    assert capsys.readouterr().out == catalogue() + "\n"
