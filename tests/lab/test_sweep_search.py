"""The search of a sweep: the same trials whoever is quick, whoever is killed, and none of them twice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("optuna")

from hftd.errors import HftdError
from hftd.lab.sweep.draw import Sampler
from hftd.lab.sweep.job import Result, Span
from hftd.lab.sweep.ranking import Trial, ranked
from hftd.lab.sweep.search import Search
from hftd.lab.sweep.space import Choice, Range, Space, Values
from hftd.lab.sweep.study import open_study, storage

PLANE = Space((Range("x", Decimal(-5), Decimal(5), None, whole=False), Range("n", Decimal(0), Decimal(9), Decimal(1),
                                                                            whole=True)))  # fmt: skip
GRID = Space((Range("n", Decimal(0), Decimal(5), Decimal(1), whole=True), Choice("on", (False, True))))
ABOUT = {"model": "of the test", "seed": 0}


class Killed(Exception):
    """Where the process would have died."""


class Crew:
    """Plays on paper: the nearer to x = 3 and n = 7 the better. ``seed`` shuffles who is done first."""

    def __init__(self, slots: int = 2, seed: int = 0, lives: int = 10_000) -> None:
        self.slots = slots
        self.played: list[tuple[int, dict[str, Any]]] = []
        self.spans: set[Span | None] = set()
        self._open: list[tuple[int, Values]] = []
        self._random = Random(seed)
        self._lives = lives

    def submit(self, number: int, values: Values, span: Span | None = None) -> None:
        self._open.append((number, values))
        self.spans.add(span)

    def finished(self) -> Sequence[tuple[int, Result]]:
        if len(self.played) >= self._lives:
            raise Killed
        number, values = self._open.pop(self._random.randrange(min(self.slots, len(self._open))))
        self.played.append((number, dict(values)))
        return [(number, judged(values))]

    def close(self) -> None:
        self._open.clear()


def judged(values: Values) -> Result:
    if values.get("n") == 4:
        return Result(None, "n is 4", "engine", {}, 0.0)
    worth = -((float(values.get("x", 3)) - 3) ** 2) - abs(int(values["n"]) - 7)
    return Result(worth, "", "engine", {"pnl": worth}, 0.0)


def search(
    file: Path | None, crew: Crew, space: Space, sampler: Sampler, trials: int, seed: int = 1
) -> Sequence[Trial]:
    with storage(file) as kept:
        study = open_study(kept, "sweep", ABOUT)
        told: list[int] = []
        Search(study, crew, space, sampler, seed, trials=trials).run(lambda number, _: told.append(number))
        assert told == list(range(trials))
        assert len(study.trials) == trials
        assert all(trial.state.is_finished() for trial in study.trials)
        return ranked(study)


def in_order(trials: Sequence[Trial]) -> list[tuple[int, Values]]:
    return [(trial.number, trial.values) for trial in sorted(trials, key=lambda trial: trial.number)]


@contextmanager
def killed_at(lives: int, file: Path, space: Space, sampler: Sampler, trials: int) -> Iterator[Crew]:
    crew = Crew(lives=lives)
    with pytest.raises(Killed):
        search(file, crew, space, sampler, trials)
    yield crew


def test_a_grid_is_every_point_once() -> None:
    crew = Crew()
    trials = search(None, crew, GRID, "grid", 12)
    assert [values for _, values in in_order(trials)] == [
        {"n": n, "on": on} for n in range(6) for on in (False, True)
    ]  # fmt: skip
    assert len(crew.played) == 12
    assert trials[0].values == {"n": 5, "on": False}
    # What is worth nothing comes last.
    assert [trial.values["n"] for trial in trials[-2:]] == [4, 4]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_one_seed_searches_the_same_with_one_worker_and_with_many(sampler: Sampler) -> None:
    runs = [in_order(search(None, Crew(slots, seed), PLANE, sampler, 24)) for slots, seed in ((1, 0), (2, 5), (8, 6))]
    assert runs[0] == runs[1] == runs[2]
    assert in_order(search(None, Crew(), PLANE, sampler, 24, seed=2)) != runs[0]


def test_a_search_that_learns_comes_nearer_than_chance() -> None:
    found = {sampler: search(None, Crew(), PLANE, sampler, 60)[0].result.value for sampler in ("tpe", "random")}
    assert found["tpe"] is not None
    assert found["tpe"] > -0.5
    assert found["tpe"] >= (found["random"] or 0.0)


@pytest.mark.parametrize("lives", [0, 1, 7, 15])
@pytest.mark.parametrize("sampler", ["grid", "tpe"])
def test_a_killed_search_goes_on_as_if_nothing_had_been(tmp_path: Path, lives: int, sampler: Sampler) -> None:
    space, trials = (GRID, 12) if sampler == "grid" else (PLANE, 18)
    undisturbed = search(None, Crew(), space, sampler, trials)
    if lives >= trials:
        lives = trials - 1
    with killed_at(lives, tmp_path / "study", space, sampler, trials) as first:
        second = Crew(slots=3, seed=9)
        assert search(tmp_path / "study", second, space, sampler, trials) == undisturbed
    played = [number for number, _ in first.played + second.played]
    assert sorted(played) == list(range(trials))


def test_a_finished_study_plays_nothing_and_more_trials_go_on(tmp_path: Path) -> None:
    first = search(tmp_path / "study", Crew(), PLANE, "random", 10)
    again = Crew()
    assert search(tmp_path / "study", again, PLANE, "random", 10) == first
    assert again.played == []
    assert in_order(search(tmp_path / "study", again, PLANE, "random", 15))[:10] == in_order(first)
    assert sorted(number for number, _ in again.played) == [10, 11, 12, 13, 14]


def test_options_that_were_told_are_not_played_again() -> None:
    small = Space((Choice("n", (1, 2)),))
    crew = Crew()
    trials = search(None, crew, small, "random", 40)
    assert len(trials) == 40
    assert len(crew.played) < 20
    assert {trial.result.value for trial in trials} == {-6.0, -5.0}


def test_what_an_unfinished_line_said_never_happened(tmp_path: Path) -> None:
    file = tmp_path / "study"
    with killed_at(5, file, GRID, "grid", 12) as first:
        whole = file.read_bytes()
        file.write_bytes(whole + b'{"op_code":8,"worker_id":"x')
        second = Crew()
        assert len(search(file, second, GRID, "grid", 12)) == 12
        assert len(first.played) + len(second.played) == 12


def test_a_study_is_of_one_sweep_and_one_process(tmp_path: Path) -> None:
    file = tmp_path / "study"
    search(file, Crew(), GRID, "grid", 12)
    with storage(file) as kept:
        with pytest.raises(HftdError, match="seed of this study is 0, now 3; expected the same, or another --study"):
            open_study(kept, "sweep", {**ABOUT, "seed": 3})
        with pytest.raises(HftdError, match="another sweep is at it"), storage(file):
            pass


@pytest.mark.parametrize("text", ["buy milk\nbuy eggs", "PAR1", '{"op_code":0}\nbuy milk\n'])
def test_a_file_that_is_no_study_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text)
    with pytest.raises(HftdError, match=r"notes\.txt: (no study of a sweep|a damaged study)"), storage(file) as kept:
        open_study(kept, "sweep", ABOUT)
    assert file.read_text() == text
