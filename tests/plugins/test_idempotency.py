"""An automatic retry asks for the run that exists; a person who clears a task asks for a new one."""

from types import SimpleNamespace
from typing import Any

import pytest

from lakeloop_airflow.idempotency import idempotency_token as token_for
from lakeloop_airflow.idempotency import nth_token, tries_so_far


def idempotency_token(ti: Any) -> str:
    return token_for(ti, "local")


def attempt(**change: Any) -> SimpleNamespace:
    first = {
        "dag_id": "churn_score",
        "run_id": "scheduled__2017-01-01T03:00:00+00:00",
        "task_id": "score",
        "map_index": -1,
        "try_number": 1,
        "max_tries": 2,
    }
    return SimpleNamespace(**(first | change))


def test_a_retry_keeps_the_token() -> None:
    assert idempotency_token(attempt(try_number=2)) == idempotency_token(attempt())


def test_clearing_changes_it_as_airflow_raises_max_tries_by_the_tries_so_far() -> None:
    cleared = attempt(try_number=2, max_tries=1 + 2)
    again = attempt(try_number=3, max_tries=2 + 2)

    assert len({idempotency_token(ti) for ti in (attempt(), cleared, again)}) == 3


def test_another_task_run_or_map_index_has_another_token() -> None:
    changes: list[dict[str, Any]] = [{"task_id": "x"}, {"run_id": "x"}, {"dag_id": "x"}, {"map_index": 0}]
    others = [attempt(**change) for change in changes]

    assert len({idempotency_token(ti) for ti in [attempt(), *others]}) == 5


def test_targets_that_share_a_workspace_have_tokens_of_their_own() -> None:
    assert token_for(attempt(), "dev") != token_for(attempt(), "prod")


def test_databricks_takes_it() -> None:
    token = idempotency_token(attempt(run_id="r" * 250))

    assert 1 <= len(nth_token(token, 10)) <= 64
    assert len({nth_token(token, number) for number in range(1, 11)}) == 10


@pytest.mark.parametrize(
    ("change", "tries"),
    [
        ({}, 1),
        ({"try_number": 3}, 3),
        ({"try_number": 4, "max_tries": 3 + 2}, 1),  # cleared after its third try
        ({"try_number": 5, "max_tries": 3 + 2}, 2),
        ({"try_number": 1, "max_tries": 5}, 1),
    ],
)
def test_tries_count_from_when_somebody_asked(change: dict[str, Any], tries: int) -> None:
    assert tries_so_far(attempt(**change), retries=2) == tries
