"""A run is started once; one that ended without success is replaced at the next try."""

from collections.abc import Callable

import pytest

from lakeloop_airflow import run_hook
from lakeloop_airflow.run_hook import RunOnceHook
from tests.plugins.conftest import Workspace

Ask = Callable[[int], int]


@pytest.fixture(params=["submit_run", "run_now"])
def ask(request: pytest.FixtureRequest, workspace: Workspace) -> Ask:
    """Asks for the run of the token ``t`` at the given try; returns its id."""

    def inner(tries: int) -> int:
        hook = RunOnceHook("databricks_default", tries=tries)
        return int(getattr(hook, request.param)({"job_id": 1, "idempotency_token": "t"}))

    return inner


def test_the_first_try_takes_whatever_run_the_token_names(ask: Ask, workspace: Workspace) -> None:
    first = ask(1)
    workspace.end(first, "FAILED")

    assert ask(1) == first


@pytest.mark.parametrize("result", [None, "SUCCESS"], ids=["alive", "succeeded"])
def test_a_retry_finds_a_run_that_is_alive_or_succeeded(
    ask: Ask, workspace: Workspace, result: str | None
) -> None:
    first = ask(1)
    if result:
        workspace.end(first, result)

    assert ask(2) == ask(3) == first


@pytest.mark.parametrize("result", ["FAILED", "CANCELED", "TIMEDOUT"])
def test_a_retry_replaces_a_run_that_ended_without_success(
    ask: Ask, workspace: Workspace, result: str
) -> None:
    first = ask(1)
    workspace.end(first, result)

    second = ask(2)
    assert second != first
    assert ask(2) == second, "a worker killed during the second try finds the second run again"
    workspace.end(second, result)

    assert len({first, second, ask(3)}) == 3
    assert sorted(workspace.tokens) == ["t", "t-2", "t-3"]


def test_a_retry_waits_until_a_run_that_is_being_cancelled_has_ended(
    ask: Ask, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_hook, "LOOK_AGAIN_SECONDS", 0.01)
    first = ask(1)
    workspace.cancelling(first, looks=5)

    assert ask(2) != first
    assert workspace.runs[first]["result_state"] == "CANCELED"
