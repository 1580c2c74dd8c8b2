"""The tasks of a deploy DAG on Model Serving, with the triggers in between, on a workspace without Spark."""

import asyncio
import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from airflow.triggers.base import BaseTrigger

import lakeloop.config
from lakeloop.config import StreamUseCase, Target, load_target, load_use_case
from lakeloop.config.serving import ModelServing
from lakeloop_airflow.operators.endpoint import LoadVersionOperator
from lakeloop_airflow.operators.rollout import ServeChampionOperator
from lakeloop_airflow.triggers.endpoint import EndpointReadyTrigger
from tests.conformance.serving.local_workspace import TOKEN, LocalWorkspace
from tests.include.lakeloop.lifecycle.serving.scorers import Registry

SERVING = ModelServing(kind="databricks", leaves_out=("shadow", "scores"), update_minutes=5)


@pytest.fixture
def use_case() -> StreamUseCase:
    found = load_use_case("fraud")
    assert isinstance(found, StreamUseCase)
    return found


@pytest.fixture
def target(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The local one on Model Serving, whose models are those of the registry here."""
    found = load_target("local").model_copy(update={"serving": SERVING})
    monkeypatch.setattr(Target, "model_name", lambda self, use_case: registry.model)
    monkeypatch.setattr(lakeloop.config, "load_target", lambda name: found)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    return found


@pytest.fixture
def connected(workspace: LocalWorkspace, monkeypatch: pytest.MonkeyPatch) -> LocalWorkspace:
    """``databricks_default`` leads to the workspace."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)
    fields = {"conn_type": "databricks", "schema": "http", "host": "127.0.0.1", "password": TOKEN}
    connection = json.dumps(fields | {"port": workspace.port})
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", connection)
    return workspace


def _fired(trigger: BaseTrigger) -> dict[str, Any]:
    """What it says, after it was kept in a database and made anew."""
    path, arguments = trigger.serialize()
    assert path == "lakeloop_airflow.triggers.endpoint.EndpointReadyTrigger"
    again = EndpointReadyTrigger(**json.loads(json.dumps(arguments)))

    async def first() -> dict[str, Any]:
        async for event in again.run():
            payload: dict[str, Any] = json.loads(json.dumps(event.payload))
            return payload
        raise AssertionError("the trigger ended without an event")

    return asyncio.run(first())


def _loaded(use_case: StreamUseCase, target: Target, version: str) -> str:
    given: dict[str, Any] = {"use_case": use_case, "target": target, "version": version}
    operator = LoadVersionOperator(task_id="load", **given)
    with pytest.raises(TaskDeferred):
        operator.execute({})
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({})  # a worker that was killed in between
    return operator.loaded({}, _fired(deferred.value.trigger))


def test_a_version_is_loaded_then_serves(
    use_case: StreamUseCase, target: Target, connected: LocalWorkspace, registry: Registry
) -> None:
    assert "local-fraud is READY" in _loaded(use_case, target, "1")
    assert "local-fraud is READY" in _loaded(use_case, target, "2")
    registry.alias("champion", "2")
    given: dict[str, Any] = {"use_case": use_case, "target": target, "version": "2"}
    assert ServeChampionOperator(task_id="serve", **given).execute({}) == "2"
    given["version"] = "1"
    with pytest.raises(AirflowFailException, match="version 2 answers, expected the promoted 1"):
        ServeChampionOperator(task_id="serve", **given).execute({})


def test_a_version_that_is_refused_fails_the_task_with_the_reason(
    use_case: StreamUseCase, target: Target, connected: LocalWorkspace, broken_version: str
) -> None:
    _loaded(use_case, target, "1")
    with pytest.raises(AirflowFailException, match=r"is not served: .*recorded predictions"):
        _loaded(use_case, target, broken_version)


def test_an_endpoint_that_cannot_be_asked_is_overdue(
    use_case: StreamUseCase, target: Target, connected: LocalWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"conn_type": "databricks", "schema": "http", "host": "127.0.0.1", "password": "wrong"}
    connection = json.dumps(fields | {"port": connected.port})
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", connection)
    event = _fired(EndpointReadyTrigger("fraud", "local", "databricks_default", 0, 0.1))
    assert event["state"] == "overdue"
    assert "PermissionDenied" in event["said"]
    given: dict[str, Any] = {"use_case": use_case, "target": target, "version": "1"}
    with pytest.raises(AirflowFailException, match="is not served after 5 minutes"):
        LoadVersionOperator(task_id="load", **given).loaded({}, event)
