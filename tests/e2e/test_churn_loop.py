"""The loop of `churn`, closed by the real scheduler on real data, and read back with other engines."""

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun
from lakeloop_stack.loop.stages import Round, close_loop

BUCKET = "lakeloop"
WEEK = 48  # the first horizon of `lakeloop run`
HORIZON, ACTIVE = 4, 8
PATIENCE_SECONDS = 600

pytestmark = pytest.mark.timeout(1500)


def _quiet(_runs: list[DagRun]) -> None:
    """Nobody watches."""


def _states(api: AirflowApi, run: DagRun) -> dict[str, str | None]:
    return {task.task_id: task.state for task in api.tasks(run)}


@pytest.fixture(scope="module")
def api(stack: dict[str, str]) -> AirflowApi:
    return AirflowApi(stack["AIRFLOW__API__BASE_URL"])


@pytest.fixture(scope="module")
def first(api: AirflowApi, lakeloop: Callable[..., str]) -> Round:
    lakeloop("replay", "churn", "--through-week", str(WEEK))
    return close_loop(api, "churn", _quiet, PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def champion(first: Round, mlflow_client: MlflowClient) -> Any:
    return mlflow_client.get_model_version_by_alias("churn", "champion")


@pytest.fixture(scope="module")
def night(first: Round) -> str:
    return first.stage("score")[-1].run_after.date().isoformat()


@pytest.fixture(scope="module")
def scores(s3: Any, night: str) -> pd.DataFrame:
    """The night's Parquet files, fetched with boto3."""
    prefix = f"scores/churn/date={night}/"
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys if key.endswith(".parquet")
    ]
    return pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies]).to_pandas()


def _active(transactions: pd.DataFrame, week: int) -> set[int]:
    recent = transactions[transactions["week"].between(week - ACTIVE + 1, week)]
    return set(recent["household_id"].unique())


def test_every_stage_ran_and_ended_well(first: Round) -> None:
    for stage in ("ingest", "transform", "train", "deploy", "score"):
        assert [run.state for run in first.stage(stage)][:1] == ["success"], stage


def test_new_features_are_scored_once_with_the_new_champion(api: AirflowApi, first: Round) -> None:
    assert _states(api, first.stage("train")[-1])["champion_stands"] == "skipped"
    assert len(first.stage("score")) == 1


def test_dbt_models_and_tests_are_tasks_of_the_run(api: AirflowApi, first: Round) -> None:
    states = _states(api, first.stage("transform")[0])
    assert any("training_set" in task for task in states)
    assert any(task.endswith("test") for task in states)
    assert set(states.values()) == {"success"}


def test_silver_holds_every_real_transaction_once(
    first: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    keys = ["basket_id", "product_id"]
    silver = read("churn_silver.transactions").select([*keys, "sales_value"]).to_pandas()
    real = transactions.loc[transactions["week"] <= WEEK, [*keys, "sales_value"]]
    assert not silver.duplicated(keys).any()
    both = real.merge(silver, on=keys, how="left", suffixes=("", "_silver"))
    assert both["sales_value_silver"].notna().all()
    assert (both["sales_value"] - both["sales_value_silver"]).abs().max() < 1e-9


def test_no_label_is_premature(first: Round, read: Callable[[str], pa.Table]) -> None:
    labels = read("churn_gold.household_week_labels").to_pandas()
    assert labels["week"].max() == WEEK - HORIZON


def test_labels_say_what_the_data_say(
    first: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    week = WEEK - HORIZON
    labels = read("churn_gold.household_week_labels").to_pandas().query("week == @week")
    later = transactions[transactions["week"].between(week + 1, week + HORIZON)]
    bought = set(later["household_id"].unique())
    assert set(labels["household_id"]) == _active(transactions, week)
    assert set(labels.loc[labels["churned"] == 1, "household_id"]) == _active(transactions, week) - bought


def test_champion_carries_its_lineage_and_its_figures(champion: Any, mlflow_client: MlflowClient) -> None:
    assert champion.tags["validation_status"] == "passed"
    run = mlflow_client.get_run(champion.run_id)
    assert json.loads(run.data.tags["data_versions"])["churn_gold.training_set"] >= 0
    assert run.data.tags["code_revision"] not in ("", "unknown")
    assert "no champion yet" in run.data.tags["training_reason"]
    assert run.data.params["max_depth"]
    assert run.data.metrics["holdout_auc"] > run.data.metrics["baseline_auc"]
    plots = {file.path for file in mlflow_client.list_artifacts(champion.run_id, "plots")}
    expected = {"roc", "precision_recall", "calibration", "feature_importance", "holdout_roc"}
    assert {f"plots/{name}.png" for name in expected} <= plots


def test_ledger_has_one_row_of_the_promotion(
    champion: Any, delta_table: Callable[[str], DeltaTable], read: Callable[[str], pa.Table]
) -> None:
    rows = read("churn_ml.promotions").to_pylist()
    row = rows[0]
    assert (row["from_version"], row["to_version"]) == (None, champion.version)
    assert row["who"].startswith("airflow:churn_deploy:")
    assert row["why"]
    assert row["code_revision"]
    assert json.loads(row["metrics"])["holdout_auc"] > 0.5
    assert delta_table("churn_ml.promotions").metadata().configuration["delta.appendOnly"] == "true"


def test_all_active_households_are_scored(
    scores: pd.DataFrame, champion: Any, transactions: pd.DataFrame
) -> None:
    assert {"household_id", "week", "churn_probability", "model_version", "scored_at"} <= set(scores)
    assert set(scores["week"]) == {WEEK}
    assert set(scores["household_id"]) == _active(transactions, WEEK)
    assert not scores["household_id"].duplicated().any()
    assert scores["churn_probability"].between(0, 1).all()
    assert scores["churn_probability"].std() > 0.05
    assert set(scores["model_version"]) == {champion.version}


def test_delta_and_parquet_hold_the_same_scores(
    scores: pd.DataFrame, night: str, read: Callable[[str], pa.Table]
) -> None:
    delta = read("churn_ml.scores").to_pandas()
    delta = delta[delta["score_date"].astype(str) == night]
    both = delta.merge(scores, on="household_id", how="outer", suffixes=("", "_parquet"))
    assert (both["churn_probability"] == both["churn_probability_parquet"]).all()


def test_running_a_night_again_replaces_that_night_and_nothing_else(
    scores: pd.DataFrame, night: str, api: AirflowApi, s3: Any, read: Callable[[str], pa.Table]
) -> None:
    other = "scores/churn/date=2017-01-01/part-00000.parquet"
    s3.put_object(Bucket=BUCKET, Key=other, Body=b"another night")
    before = read("churn_ml.scores").to_pandas()
    begin = datetime.now(UTC)
    api.trigger("churn_score")
    run = _wait(api, "churn_score", begin)
    assert (run.state, run.run_after.date().isoformat()) == ("success", night)
    after = read("churn_ml.scores").to_pandas()
    assert len(after) == len(before) == len(scores)
    assert after["scored_at"].min() > before["scored_at"].max()
    assert s3.get_object(Bucket=BUCKET, Key=other)["Body"].read() == b"another night"


def _wait(api: AirflowApi, dag_id: str, since: datetime) -> DagRun:
    """The run that was triggered after `since`, once it has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        runs = api.runs([dag_id], since)
        if runs and runs[-1].done:
            return runs[-1]
        time.sleep(0.5)
    raise TimeoutError(f"{dag_id} has not ended after {PATIENCE_SECONDS} s")


def test_one_more_week_is_scored_without_a_new_model(
    first: Round,
    api: AirflowApi,
    lakeloop: Callable[..., str],
    champion: Any,
    mlflow_client: MlflowClient,
    read: Callable[[str], pa.Table],
    transactions: pd.DataFrame,
) -> None:
    lakeloop("replay", "churn", "--through-week", str(WEEK + 1))
    second = close_loop(api, "churn", _quiet, PATIENCE_SECONDS)
    train = _states(api, second.stage("train")[-1])
    assert (train["not_due"], train["model.launch"]) == ("success", "skipped")
    assert train["champion_stands"] == "success"
    assert (len(second.stage("deploy")), len(second.stage("score"))) == (0, 1)
    assert mlflow_client.get_model_version_by_alias("churn", "champion").version == champion.version
    scored = read("churn_ml.scores").to_pandas()
    newest = scored[scored["week"] == WEEK + 1]
    assert set(newest["household_id"]) == _active(transactions, WEEK + 1)
