"""Model Serving driven by the unmodified databricks-sdk, on a workspace without Spark."""

import os
import signal
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import xgboost as xgb
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    OperationFailed,
    ResourceAlreadyExists,
    ResourceConflict,
    ResourceDoesNotExist,
)
from databricks.sdk.errors import NotImplemented as NotImplementedLocally
from databricks.sdk.service.serving import (
    DataframeSplitInput,
    EndpointCoreConfigInput,
    EndpointStateConfigUpdate,
    EndpointStateReady,
    Route,
    ServedEntityInput,
    ServedModelStateDeployment,
    TrafficConfig,
)

from tests.conformance.serving.local_workspace import LocalWorkspace
from tests.include.lakeloop.lifecycle.serving.scorers import COLUMNS, booster, rows_of, until

PATIENCE = timedelta(minutes=2)
NAME = "decisions"


def got(client: WorkspaceClient) -> Any:
    """The endpoint; the SDK says of each of its parts that it may be None."""
    return client.serving_endpoints.get(NAME)


def entity(model: str, version: str, **more: Any) -> ServedEntityInput:
    return ServedEntityInput(
        entity_name=model, entity_version=version, workload_size="Small", scale_to_zero_enabled=False, **more
    )


def routes(**percents: int) -> TrafficConfig:
    made = [
        Route(served_model_name=name.replace("_", "-"), traffic_percentage=percent)
        for name, percent in percents.items()
    ]
    return TrafficConfig(routes=made)


def created(client: WorkspaceClient, model: str, version: str = "1") -> Any:
    config = EndpointCoreConfigInput(name=NAME, served_entities=[entity(model, version)])
    return client.serving_endpoints.create_and_wait(NAME, config=config, timeout=PATIENCE)


def asked(client: WorkspaceClient, rows: int = 1, seed: int = 5) -> Any:
    table = rows_of(rows, seed)
    split = DataframeSplitInput(columns=COLUMNS, data=table.to_numpy().tolist())
    return client.serving_endpoints.query(NAME, dataframe_split=split)


def expected(seed: int, base: float = 0.0) -> list[float]:
    scores: list[float] = booster(seed=seed, base=base).predict(xgb.DMatrix(rows_of(3, 5))).tolist()
    return scores


def test_an_endpoint_answers_as_the_model_does_in_every_form_of_a_table(
    workspace: LocalWorkspace, model: str
) -> None:
    client = workspace.client
    made = created(client, model)
    assert made.state.ready == EndpointStateReady.READY
    assert made.state.config_update == EndpointStateConfigUpdate.NOT_UPDATING
    assert [(one.name, one.entity_version) for one in made.config.served_entities] == [(f"{model}-1", "1")]
    assert [one.name for one in client.serving_endpoints.list()] == [NAME]
    table = rows_of(3, 5)
    records, matrix = table.to_dict("records"), table.to_numpy().tolist()
    answers = [
        asked(client, rows=3),
        client.serving_endpoints.query(NAME, dataframe_records=records),
        client.serving_endpoints.query(NAME, instances=records),
        client.serving_endpoints.query(NAME, instances=matrix),
        client.serving_endpoints.query(NAME, inputs=matrix),
        client.serving_endpoints.query(NAME, inputs=table.to_dict("list")),
    ]
    for answer in answers:
        assert answer.predictions == pytest.approx(expected(1), abs=1e-6)
        assert answer.served_model_name == f"{model}-1"


def test_traffic_is_split_as_an_update_says(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    updated: Any = client.serving_endpoints.update_config_and_wait(
        NAME,
        served_entities=[entity(model, "1", name="champion"), entity(model, "2", name="challenger")],
        traffic_config=routes(champion=90, challenger=10),
        timeout=PATIENCE,
    )
    assert updated.config.config_version == 2
    answered = Counter(asked(client).served_model_name for _ in range(400))
    # 400 draws of 10 %: outside of 13..75 with a probability below 1e-6
    assert set(answered) == {"champion", "challenger"}
    assert 13 <= answered["challenger"] <= 75
    scores = {asked(client, rows=3).served_model_name: asked(client, rows=3) for _ in range(60)}
    for answer in scores.values():
        seed, base = (1, 0.0) if answer.served_model_name == "champion" else (2, 1.0)
        assert answer.predictions == pytest.approx(expected(seed, base), abs=1e-6)


def test_a_version_that_fails_verification_leaves_the_old_config_serving(
    workspace: LocalWorkspace, model: str, broken_version: str
) -> None:
    client = workspace.client
    created(client, model)
    with pytest.raises(OperationFailed, match="UPDATE_FAILED"):
        client.serving_endpoints.update_config_and_wait(
            NAME, served_entities=[entity(model, broken_version)], timeout=PATIENCE
        )
    found: Any = client.serving_endpoints.get(NAME)
    assert found.state.ready == EndpointStateReady.READY
    assert [one.entity_version for one in found.config.served_entities] == ["1"]
    failed = found.pending_config.served_entities[0].state
    assert failed.deployment == ServedModelStateDeployment.DEPLOYMENT_FAILED
    assert "from its recorded predictions" in failed.deployment_state_message
    assert asked(client, rows=3).predictions == pytest.approx(expected(1), abs=1e-6)
    again: Any = client.serving_endpoints.update_config_and_wait(
        NAME, served_entities=[entity(model, "2")], timeout=PATIENCE
    )
    assert again.pending_config is None
    assert asked(client).served_model_name == f"{model}-2"


def test_what_does_not_exist_or_does_not_fit_is_refused_by_name(
    workspace: LocalWorkspace, model: str
) -> None:
    client = workspace.client
    api = client.serving_endpoints
    with pytest.raises(ResourceDoesNotExist, match=f"Model '{model}' with version '99' does not exist"):
        created(client, model, "99")
    with pytest.raises(ResourceDoesNotExist, match="Model 'nobody'"):
        created(client, "nobody")
    created(client, model)
    with pytest.raises(ResourceAlreadyExists, match=NAME):
        created(client, model)
    both = [entity(model, "1", name="a"), entity(model, "2", name="b")]
    with pytest.raises(InvalidParameterValue, match="percentages sum to 80, expected 100"):
        api.update_config(NAME, served_entities=both, traffic_config=routes(a=50, b=30))
    with pytest.raises(InvalidParameterValue, match="routes names c; served entities are a, b"):
        api.update_config(NAME, served_entities=both, traffic_config=routes(a=50, c=50))
    with pytest.raises(InvalidParameterValue, match="traffic_config is missing"):
        api.update_config(NAME, served_entities=both)
    with pytest.raises(InvalidParameterValue, match="environment_vars: not supported"):
        api.update_config(NAME, served_entities=[entity(model, "1", environment_vars={"A": "b"})])
    with pytest.raises(ResourceDoesNotExist, match="nothing"):
        api.get("nothing")
    with pytest.raises(ResourceDoesNotExist, match="nothing"):
        api.query("nothing", instances=[[1.0]])
    with pytest.raises(NotImplementedLocally, match="served-models/a/build-logs is not implemented"):
        api.build_logs(NAME, "a")
    with pytest.raises(NotImplementedLocally, match="openapi is not implemented"):
        api.get_open_api(NAME)
    assert asked(client, rows=3).predictions == pytest.approx(expected(1), abs=1e-6)


def test_bad_requests_get_the_scorers_reason(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    good = rows_of(1, 5).to_dict("records")[0]
    with pytest.raises(BadRequest, match="distance"):
        client.serving_endpoints.query(NAME, dataframe_records=[{"amount": 1.0, "count": 2.0}])
    with pytest.raises(BadRequest, match="extra"):
        client.serving_endpoints.query(NAME, dataframe_records=[{**good, "extra": 1.0}])
    with pytest.raises(InvalidParameterValue, match=r"dataframe_records\.0\.amount"):
        client.serving_endpoints.query(NAME, dataframe_records=[{**good, "amount": "much"}])
    with pytest.raises(InvalidParameterValue, match="expected exactly one of"):
        client.serving_endpoints.query(NAME, dataframe_records=[good], instances=[good])
    with pytest.raises(InvalidParameterValue, match="expected rows"):
        client.serving_endpoints.query(NAME, instances=[[1.0], [1.0, 2.0]])


def test_metrics_are_gauges_of_the_last_minute(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)

    def exported() -> str:
        answer: Any = client.serving_endpoints.export_metrics(NAME)
        return str(answer.contents.read().decode())

    label = f'endpoint_name="{NAME}",served_entity_name="{model}-1"'
    for _ in range(7):
        asked(client)
    until(lambda: f"request_count_total{{{label}}} " in exported(), workspace.folder / "log")
    seen = set()

    def counted() -> bool:
        for line in exported().splitlines():
            if line.startswith(f"request_count_total{{{label}}}"):
                seen.add(tuple(line.rpartition("} ")[2].split()))
        return sum(float(value) for value, _ in seen) >= 7

    with pytest.raises(BadRequest):
        client.serving_endpoints.query(NAME, dataframe_records=[{"amount": 1.0}])
    until(lambda: f"request_4xx_count_total{{{label}}} 1.0" in exported(), workspace.folder / "log")
    for _ in range(7):
        asked(client)
    until(counted, workspace.folder / "log")
    assert len({ended for _, ended in seen}) == len(seen)  # a minute has one count


def test_a_deleted_endpoint_is_gone_with_its_process(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    assert workspace.scorers()
    assert "listens on" in client.serving_endpoints.logs(NAME, f"{model}-1").logs
    client.serving_endpoints.delete(NAME)
    until(lambda: workspace.scorers() == [], workspace.folder / "log")
    with pytest.raises(NotFound):
        client.serving_endpoints.get(NAME)
    assert created(client, model, "2").state.ready == EndpointStateReady.READY


def test_a_killed_workspace_finds_its_scorer_again(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    before = workspace.scorers()
    workspace.restart(signal.SIGKILL)
    until(
        lambda: got(client).state.ready == EndpointStateReady.READY,
        workspace.folder / "log",
    )
    assert workspace.scorers() == before
    assert asked(client, rows=3).predictions == pytest.approx(expected(1), abs=1e-6)


def test_a_workspace_that_was_stopped_starts_its_scorer_again(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    workspace.end()
    assert workspace.scorers() == []
    workspace.start()
    until(
        lambda: got(client).state.ready == EndpointStateReady.READY,
        workspace.folder / "log",
    )
    assert asked(client, rows=3).predictions == pytest.approx(expected(1), abs=1e-6)


def test_an_update_that_was_cut_off_is_carried_out(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    client.serving_endpoints.update_config(NAME, served_entities=[entity(model, "2")])
    with pytest.raises(ResourceConflict, match="being updated"):
        client.serving_endpoints.update_config(NAME, served_entities=[entity(model, "1")])
    workspace.restart(signal.SIGKILL)
    until(lambda: got(client).config.config_version == 2, workspace.folder / "log")
    assert asked(client, rows=3).predictions == pytest.approx(expected(2, 1.0), abs=1e-6)


def test_a_killed_scorer_is_started_again_with_what_it_served(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    created(client, model)
    before = workspace.scorers()
    for pid in before:
        with suppress(ProcessLookupError):  # workers end with their parent
            os.kill(pid, signal.SIGKILL)
    until(lambda: set(workspace.scorers()) - set(before), workspace.folder / "log")
    until(
        lambda: got(client).state.ready == EndpointStateReady.READY,
        workspace.folder / "log",
    )
    assert asked(client, rows=3).predictions == pytest.approx(expected(1), abs=1e-6)


def test_an_endpoint_that_is_being_updated_is_not_deleted(workspace: LocalWorkspace, model: str) -> None:
    client = workspace.client
    config = EndpointCoreConfigInput(name=NAME, served_entities=[entity(model, "1")])
    waiting = client.serving_endpoints.create(NAME, config=config)
    with pytest.raises(ResourceConflict, match="being updated"):
        client.serving_endpoints.delete(NAME)
    waiting.result(PATIENCE)
