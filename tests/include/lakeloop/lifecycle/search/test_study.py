"""A search is a function of its seed: however it runs, wherever it was killed, its trials are the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop.lifecycle.search.sampling import grid
from lakeloop.lifecycle.search.study import AllFailedError, ChangedSearchError, Trial, run
from lakeloop.lifecycle.search.trial import Job, Outcome
from tests.include.lakeloop.lifecycle.search.searched import (
    ALL_FAMILIES,
    Judging,
    Kept,
    by_formula,
    search_of,
)

KINDS = ("random", "bayesian")
GRID: dict[str, Any] = {
    "linear": {"alpha": {"kind": "choice", "of": [0.1, 1.0, 10.0]}},
    "xgboost": {
        "learning_rate": {"kind": "float", "low": 0.1, "high": 0.3, "step": 0.1},
        "max_depth": {"kind": "int", "low": 2, "high": 4, "step": 2},
    },
}


def searched(
    kept: Kept | None = None, judging: Judging | None = None, first: Any = (), **changes: Any
) -> list[Trial]:
    search = search_of(**changes)
    return run(search, "auc", first, {"xgboost": {"subsample": 0.5}}, judging or Judging(), kept or Kept())[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pruner", ["none", "median", "hyperband"])
def test_the_seed_decides(kind: str, pruner: str) -> None:
    settings: dict[str, Any] = {
        "kind": kind,
        "pruner": pruner,
        "trials": 20,
        "folds": {"count": 3, "periods": 1},
    }

    once, again, other = searched(**settings), searched(**settings), searched(**settings, seed=1)

    assert once == again
    assert [trial.params for trial in once] != [trial.params for trial in other]


def test_a_random_setting_does_not_depend_on_how_many_run_at_once() -> None:
    serial, parallel = (searched(parallel=number, trials=7) for number in (1, 4))

    assert serial == parallel


def test_the_bayesian_search_learns() -> None:
    """Each seed's best of 30 against random's: TPE knows where to look after its first ten."""
    found = {
        kind: [max(t.mean for t in searched(kind=kind, trials=30, seed=seed)) for seed in range(5)]
        for kind in KINDS
    }

    assert sorted(found["bayesian"])[2] > sorted(found["random"])[2]


def test_a_grid_tries_each_of_its_settings_once_in_an_order_of_the_seed() -> None:
    settings: dict[str, Any] = {"kind": "grid", "space": GRID, "auto": True, "trials": 9}

    trials = searched(**settings)

    tried = [(trial.family, *trial.params.values()) for trial in trials]
    assert len(tried) == len(set(tried)) == 9 == len(grid(search_of(**settings)))
    assert {trial.params["learning_rate"] for trial in trials if trial.family == "xgboost"} == {0.1, 0.2, 0.3}
    assert tried != [(t.family, *t.params.values()) for t in searched(**settings, seed=1)]


def test_what_comes_first_is_tried_first_and_the_rest_is_not_searched() -> None:
    judging = Judging()

    trials = searched(judging=judging, first=[{"xgboost.learning_rate": 0.2, "xgboost.max_depth": 3}])

    assert trials[0].params == {"learning_rate": 0.2, "max_depth": 3}
    assert {job.params["subsample"] for job in judging.jobs} == {0.5}


def test_families_share_one_budget() -> None:
    trials = searched(space=ALL_FAMILIES, auto=True, trials=24, kind="bayesian")

    assert len(trials) == 24
    assert {trial.family for trial in trials} == set(ALL_FAMILIES)
    better = sum(trial.family == "xgboost" for trial in trials[12:])
    assert better > 4  # the better family gets more than its third of the later trials


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from(["none", "median", "hyperband"]), st.integers(1, 4), st.data())
def test_a_killed_search_goes_on_as_if_it_had_not_been(
    kind: Any, pruner: Any, parallel: int, data: Any
) -> None:
    """Whichever trials are recorded of a batch: the rest is trained, and nothing twice."""
    asked = {
        "kind": kind,
        "pruner": pruner,
        "parallel": parallel,
        "trials": 12,
        "folds": {"count": 3, "periods": 1},
    }

    def judged(job: Job) -> float:
        if job.trial == 5 and job.fold == 1:
            raise ZeroDivisionError
        return by_formula(job)

    class Failing(Judging):
        def __call__(self, jobs: Any) -> list[Outcome]:
            self.jobs += jobs
            return [_outcome(job, judged) for job in jobs]

    whole = searched(judging=Failing(), **asked)
    begun = data.draw(st.integers(0, 12))
    lost = data.draw(st.sets(st.integers(begun // parallel * parallel, begun))) if begun else set()
    known = {trial.number: trial for trial in whole[:begun] if trial.number not in lost}
    kept, judging = Kept(known), Failing()

    assert searched(kept, judging, **asked) == whole
    assert not {job.trial for job in judging.jobs} & set(known)
    assert {trial.number for trial in kept.added} == set(range(12)) - set(known)


def _outcome(job: Job, judged: Any) -> Outcome:
    try:
        return Outcome(job.trial, job.fold, judged(job), 1.0)
    except ZeroDivisionError:
        return Outcome(job.trial, job.fold, None, 1.0, "ZeroDivisionError: division by zero")


def test_a_pruned_trial_saves_its_later_folds() -> None:
    judging = Judging()

    trials = searched(judging=judging, pruner="median", trials=20, folds={"count": 3, "periods": 1})

    pruned = [trial for trial in trials if trial.state == "pruned"]
    assert pruned
    assert len(judging.jobs) == sum(len(trial.values) for trial in trials) < 60
    assert max(trial.mean for trial in pruned) < max(trial.mean for trial in trials)


def test_the_budget_in_seconds_counts_what_was_spent_before() -> None:
    clock = iter([0.0, 400.0])

    trials = searched(Kept(spent=lambda: next(clock)), trials=6, parallel=2, seconds=300)

    assert len(trials) == 2
    with pytest.raises(AllFailedError, match=r"none of 0 trials .* no time was left for a trial"):
        searched(Kept(spent=lambda: 300.0), seconds=300)


def test_what_is_recorded_is_told_also_when_no_time_is_left() -> None:
    whole = searched()

    trials = searched(Kept({trial.number: trial for trial in whole[:3]}, spent=lambda: 1e9))

    assert trials == whole[:3]


def test_a_record_of_another_search_is_refused() -> None:
    other = searched(seed=5)

    with pytest.raises(
        ChangedSearchError, match=r"trial 0 was recorded with xgboost .* delete the search's run"
    ):
        searched(Kept({0: other[0]}))


def test_a_search_in_which_nothing_works_says_why() -> None:
    def failing(jobs: Any) -> list[Outcome]:
        return [Outcome(job.trial, job.fold, None, 0.1, "ValueError: no") for job in jobs]

    with pytest.raises(AllFailedError, match=r"none of 6 trials could be judged .* said: ValueError: no"):
        searched(judging=failing)  # type: ignore[arg-type]
