"""Rules of run_if, and how tasks decide about their run."""

import pytest

from localbricks.jobs.engine.graph import EXCLUDED, RUN, ancestors, decide, outcome
from localbricks.jobs.requests.cycles import find_cycle

S, F, X = "SUCCESS", "FAILED", "EXCLUDED"


@pytest.mark.parametrize(
    ("run_if", "upstream", "expected"),
    [
        ("ALL_SUCCESS", [S, S], RUN),
        ("ALL_SUCCESS", [S, X], RUN),
        ("ALL_SUCCESS", [S, F], "UPSTREAM_FAILED"),
        ("ALL_SUCCESS", [S, "CANCELED"], "UPSTREAM_CANCELED"),
        ("ALL_SUCCESS", [F, "CANCELED"], "UPSTREAM_FAILED"),
        ("ALL_DONE", [F, F], RUN),
        ("NONE_FAILED", [S, X], RUN),
        ("NONE_FAILED", [S, "TIMEDOUT"], "UPSTREAM_FAILED"),
        ("AT_LEAST_ONE_SUCCESS", [S, F], RUN),
        ("AT_LEAST_ONE_SUCCESS", [F, F], "UPSTREAM_FAILED"),
        ("AT_LEAST_ONE_FAILED", [S, F], RUN),
        ("AT_LEAST_ONE_FAILED", [S, S], EXCLUDED),
        ("ALL_FAILED", [F, "UPSTREAM_FAILED"], RUN),
        ("ALL_FAILED", [S, F], EXCLUDED),
        ("ALL_DONE", [X, X], EXCLUDED),
        ("ALL_SUCCESS", [], RUN),
    ],
)
def test_run_if_decides_from_the_results_of_upstream_tasks(
    run_if: str, upstream: list[str], expected: str
) -> None:
    assert decide(run_if, upstream) == expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"a": S, "b": S}, "SUCCESS"),
        ({"a": F, "b": S}, "SUCCESS_WITH_FAILURES"),
        ({"a": F, "b": "UPSTREAM_FAILED"}, "FAILED"),
        ({"a": S, "b": X}, "SUCCESS"),
        ({"a": S, "b": "CANCELED"}, "CANCELED"),
        ({"a": S, "b": "TIMEDOUT"}, "TIMEDOUT"),
    ],
)
def test_the_leaf_tasks_decide_about_the_run(results: dict[str, str], expected: str) -> None:
    assert outcome(results, {"a": [], "b": ["a"]}) == expected


def test_a_cycle_is_shown_and_only_a_cycle() -> None:
    assert find_cycle({"a": [], "b": ["a"], "c": ["a", "b"]}) == []
    assert find_cycle({"a": [], "b": ["a", "d"], "c": ["b"], "d": ["c"], "e": ["d"]}) in (
        ["b", "d", "c", "b"],
        ["d", "c", "b", "d"],
        ["c", "b", "d", "c"],
    )


def test_ancestors_are_direct_and_indirect() -> None:
    assert ancestors("c", {"a": [], "b": ["a"], "c": ["b"], "d": []}) == {"a", "b"}
