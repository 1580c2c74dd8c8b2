"""The loop is driven and followed through Airflow's API; what fails is named with its log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lakeloop_stack.loop.airflow_api import AirflowApi, AirflowApiError, DagRun
from lakeloop_stack.loop.driver import RunReport, wait_for_dags
from lakeloop_stack.loop.stages import Dags, Round, StageFailedError
from lakeloop_stack.loop.stages import close_loop as close
from lakeloop_stack.supervisor.readiness import StackError

from .airflow_server import AirflowServer, run

RUNS = ("GET", "/api/v2/dags/~/dagRuns")
DAGS = Dags("retail", "churn")
TRIGGER = ("POST", "/api/v2/dags/retail_ingest/dagRuns")
SCORE = ("POST", "/api/v2/dags/churn_score/dagRuns")


@pytest.fixture
def server() -> Iterator[AirflowServer]:
    serving = AirflowServer()
    for dag in DAGS.ids:
        serving.routes["GET", f"/api/v2/dags/{dag}/assets/queuedEvents"] = (404, {"detail": "none"})
        serving.routes["GET", f"/api/v2/dags/{dag}"] = (200, {"is_paused": True})
        serving.routes["PATCH", f"/api/v2/dags/{dag}"] = (200, {"is_paused": False})
    serving.routes[TRIGGER] = serving.routes[SCORE] = (200, {"dag_run_id": "manual"})
    yield serving
    serving.close()


@pytest.fixture
def api(server: AirflowServer) -> AirflowApi:
    return AirflowApi(server.url)


def scripted(server: AirflowServer, *rounds: list[dict[str, Any]]) -> None:
    """Each look at the runs shows the next of `rounds`; the last one stays."""
    left = list(rounds)

    def answer(_query: dict[str, list[str]]) -> tuple[int, Any]:
        return 200, {"dag_runs": left.pop(0) if len(left) > 1 else left[0]}

    server.routes[RUNS] = answer


def close_loop(api: AirflowApi, timeout_seconds: float = 30) -> Round:
    return close(api, DAGS, quiet, timeout_seconds, lambda: "score", poll_seconds=0.01)


def quiet(_runs: list[DagRun]) -> None:
    """Nobody watches."""


def test_it_triggers_ingest_and_follows_until_the_last_run_has_ended(
    server: AirflowServer, api: AirflowApi
) -> None:
    ingest, transform = run("retail_ingest", "success"), run("churn_transform", "success")
    scripted(
        server,
        [],
        [run("retail_ingest", "queued")],
        [run("retail_ingest", "running")],
        [ingest, run("churn_transform", "running")],
        [ingest, transform, run("other_ingest", "running")],
    )
    done = close_loop(api)
    assert done.seconds() == {"ingest": 12.5, "transform": 12.5}
    assert [body for method, path, body in server.requests if (method, path) == TRIGGER] == [
        {"logical_date": None}
    ]


def test_it_waits_for_the_run_that_a_queued_asset_event_will_make(
    server: AirflowServer, api: AirflowApi
) -> None:
    ended = [run("retail_ingest", "success")]
    events = iter([1, 1, 0])

    def queued(_query: dict[str, list[str]]) -> tuple[int, Any]:
        return 200, {"total_entries": next(events, 0)}

    server.routes["GET", "/api/v2/dags/churn_transform/assets/queuedEvents"] = queued
    scripted(server, ended, ended, ended, [*ended, run("churn_transform", "success")])
    done = close_loop(api)
    assert [r.dag_id for r in done.runs] == ["retail_ingest", "churn_transform"]


def test_a_failed_task_is_named_with_its_page_and_the_end_of_its_log(
    server: AirflowServer, api: AirflowApi
) -> None:
    scripted(server, [run("churn_train", "failed")])
    path = "/api/v2/dags/churn_train/dagRuns/r1/taskInstances"
    tasks = [
        {"task_id": "decide", "state": "success", "try_number": 1},
        {"task_id": "gate", "state": "failed", "try_number": 3},
        {"task_id": "after", "state": "upstream_failed", "try_number": 0},
    ]
    log = [
        {"event": "Reading the verdict"},
        {"event": "Task failed", "error_detail": [{"exc_type": "ValueError", "exc_value": "no"}]},
    ]
    server.routes["GET", path] = (200, {"task_instances": tasks})
    server.routes["GET", f"{path}/gate/logs/3"] = (200, {"content": log})
    with pytest.raises(StageFailedError) as caught:
        close_loop(api)
    told = str(caught.value)
    assert "churn_train.gate failed (try 3)" in told
    assert f"{server.url}/dags/churn_train/runs/r1/tasks/gate" in told
    assert "ValueError: no" in told
    assert "after" not in told


def test_what_still_runs_is_named_when_time_is_over(server: AirflowServer, api: AirflowApi) -> None:
    scripted(server, [run("churn_train", "running")])
    with pytest.raises(StageFailedError, match=r"Not finished in time: churn_train \(running\)"):
        close_loop(api, timeout_seconds=0)


def test_an_error_of_the_api_names_status_request_and_answer(server: AirflowServer, api: AirflowApi) -> None:
    server.routes[TRIGGER] = (409, {"detail": "already there"})
    with pytest.raises(AirflowApiError, match=r"answered 409 to POST .*retail_ingest/dagRuns.*already there"):
        api.trigger("retail_ingest")


def test_dags_that_airflow_cannot_parse_are_named_with_the_reason(
    server: AirflowServer, api: AirflowApi
) -> None:
    dags = [{"dag_id": dag} for dag in DAGS.ids if dag != "churn_train"]
    error = {"filename": "train.py", "stack_trace": "ImportError: no module\n"}
    server.routes["GET", "/api/v2/dags"] = (200, {"dags": dags})
    server.routes["GET", "/api/v2/importErrors"] = (200, {"import_errors": [error]})
    with pytest.raises(StackError, match=r"(?s)not parsed churn_train .*train\.py: ImportError: no module"):
        wait_for_dags(api, DAGS, 0)


def test_each_change_of_state_is_said_once() -> None:
    said: list[str] = []
    report = RunReport(said.append)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for state in ("queued", "running", "running", "success", "success"):
        report([DagRun("churn_score", "r1", state, start, start, start)])
    assert [line.split()[1] for line in said] == ["running", "success"]


def test_a_dag_is_unpaused_before_it_is_asked_for(server: AirflowServer, api: AirflowApi) -> None:
    scripted(server, [run("retail_ingest", "success"), run("churn_transform", "success")])
    close_loop(api)
    asked = [(method, path) for method, path, _ in server.requests if method in ("PATCH", "POST")]
    assert asked == [*(("PATCH", f"/api/v2/dags/{dag}") for dag in DAGS.ids), TRIGGER]


def test_a_dag_that_is_not_paused_is_left_alone(server: AirflowServer, api: AirflowApi) -> None:
    server.routes["GET", f"/api/v2/dags/{DAGS.ids[1]}"] = (200, {"is_paused": False})

    api.unpause(DAGS.ids)

    patched = [path for method, path, _ in server.requests if method == "PATCH"]
    assert patched == [f"/api/v2/dags/{dag}" for dag in DAGS.ids if dag != DAGS.ids[1]]


def test_when_nothing_landed_the_stage_that_is_left_is_triggered(
    server: AirflowServer, api: AirflowApi
) -> None:
    ingest = [run("retail_ingest", "success")]
    scripted(
        server,
        ingest,
        ingest,
        [*ingest, run("churn_score", "running")],
        [*ingest, run("churn_score", "success")],
    )
    done = close_loop(api)
    assert [path for method, path, _ in server.requests if method == "POST"] == [TRIGGER[1], SCORE[1]]
    assert [r.dag_id for r in done.runs] == ["retail_ingest", "churn_score"]
