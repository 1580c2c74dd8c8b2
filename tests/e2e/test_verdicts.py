"""What becomes of a training that fails, one that is refused, and one without a feature that the champion uses.

On the use case of the walk-through, whose data are small; each changes its YAML as a user would, and deploys.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient

from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun
from lakeloop_stack.machine.settings import ROOT
from localbricks_testing.waiting import wait_until

FILE = ROOT / "include" / "use_cases" / "rides.yaml"
MODEL = "dev.rides_ml.rides"

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture
def train(walked: str, lakeloop: Callable[..., str], trigger: Callable[..., DagRun]) -> Callable[..., DagRun]:
    """Changes keys of the use case, deploys, trains whatever the schedule says, and leaves the file as it was."""

    def changed(**keys: Any) -> DagRun:
        before = FILE.read_text(encoding="utf-8")
        try:
            FILE.write_text(yaml.safe_dump({**yaml.safe_load(before), "retries": 0, **keys}, sort_keys=False))
            lakeloop("up")
            return trigger("rides_train", force=True)
        finally:
            FILE.write_text(before, encoding="utf-8")

    return changed


def champion(client: MlflowClient) -> str:
    return str(client.get_model_version_by_alias(MODEL, "champion").version)


def test_a_refused_training_is_a_run_that_says_so_and_changes_nothing(
    train: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    mlflow_client: MlflowClient,
) -> None:
    before = champion(mlflow_client)
    run = train(gate={"floors": {"wape": "<= 0.0001"}, "compare_by": "wape"})
    tasks = states(run)
    assert (run.state, tasks["refused"], tasks["passed"]) == ("success", "success", "skipped")
    assert tasks["champion_stands"] == "success"
    refused = max(mlflow_client.search_model_versions(f"name = '{MODEL}'"), key=lambda v: int(v.version))
    tags = mlflow_client.get_model_version(MODEL, refused.version).tags
    assert tags["validation_status"] == "refused"
    assert "0.0001" in tags["validation_reason"]
    assert champion(mlflow_client) == before


def test_a_failed_training_is_a_failed_run(
    train: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    mlflow_client: MlflowClient,
) -> None:
    before = champion(mlflow_client)
    run = train(models=[{"kind": "xgboost", "params": {"max_depth": -5}}])
    tasks = states(run)
    assert (run.state, tasks["model.train"]) == ("failed", "failed")
    assert tasks["champion_stands"] not in ("success", "skipped")
    assert champion(mlflow_client) == before


def test_a_feature_can_be_dropped_while_the_champion_uses_it(
    walked: str,
    lakeloop: Callable[..., str],
    trigger: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
    api: AirflowApi,
    mlflow_client: MlflowClient,
) -> None:
    """Scoring refuses until the successor is promoted, which is judged without the champion."""
    before, since = champion(mlflow_client), datetime.now(UTC)
    for file in ("gold/rides__features.sql", "_rides.yml"):
        path = ROOT / "dbt_project" / "models" / "rides" / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "events_trend" not in line), encoding="utf-8")
    lakeloop("up")
    assert trigger("rides_transform").state == "success"
    refusing = wait_until(
        lambda: ended(api, "rides_score", since, "failed"), "the score that is refused", 900
    )
    assert states(refusing)["score"] == "failed"

    assert states(trigger("rides_train", force=True))["passed"] == "success"
    wait_until(lambda: ended(api, "rides_score", refusing.run_after, "success"), "the successor's score", 900)
    assert int(champion(mlflow_client)) > int(before)


def ended(api: AirflowApi, dag_id: str, since: datetime, state: str) -> DagRun | None:
    """The newest run since then, when it has ended like this."""
    runs = [run for run in api.runs([dag_id], since) if run.state == state]
    return runs[-1] if runs else None
