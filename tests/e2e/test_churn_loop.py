"""The loop of `churn`, closed by the real scheduler on real data, and read back with other engines."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from mlflow import MlflowClient

from lakeloop.config import load_labelled_use_case, load_target
from lakeloop_datasets import dataset
from lakeloop_datasets.completejourney import frames
from lakeloop_stack.loop.airflow_api import AirflowApi, DagRun
from lakeloop_stack.loop.stages import Round
from tests.dbt_project.skew import assert_same_features

BUCKET = "lakeloop"
FIRST_HORIZON = dataset("retail").HORIZONS[0]
WEEK = pd.Timedelta(days=7)
HORIZON, ACTIVE = 4, 8

pytestmark = pytest.mark.timeout(1800)
churn, target = load_labelled_use_case("churn"), load_target("local")
MODEL = target.model_name(churn)


@pytest.fixture(scope="module")
def first(close: Callable[..., Round], lakeloop: Callable[..., str]) -> Round:
    lakeloop("replay", "retail", "--through", FIRST_HORIZON.isoformat())
    return close("churn")


@pytest.fixture(scope="module")
def champion(first: Round, mlflow_client: MlflowClient) -> Any:
    return mlflow_client.get_model_version_by_alias(MODEL, "champion")


@pytest.fixture(scope="module")
def as_of(first: Round) -> pd.Timestamp:
    """The newest completed period: the week that the first horizon ends."""
    return pd.Timestamp(churn.period.as_of(churn.period.newest_over_on(FIRST_HORIZON + pd.Timedelta(days=1))))


@pytest.fixture(scope="module")
def scores(s3: Any, as_of: pd.Timestamp) -> pd.DataFrame:
    """The period's Parquet files, fetched with boto3."""
    return parquet(s3, f"scores/churn/as_of={as_of.date()}/")


def parquet(s3: Any, prefix: str) -> pd.DataFrame:
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys if key.endswith(".parquet")
    ]
    return pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies]).to_pandas()


def active(transactions: pd.DataFrame, as_of: pd.Timestamp) -> set[int]:
    recent = transactions[transactions["as_of"].between(as_of - (ACTIVE - 1) * WEEK, as_of)]
    return set(recent["household_id"].unique())


def test_every_stage_ran_and_ended_well(first: Round) -> None:
    for stage in ("ingest", "transform", "train", "deploy", "score"):
        assert [run.state for run in first.stage(stage)] == ["success"], stage


def test_new_features_are_scored_once_with_the_new_champion(
    first: Round, states: Callable[[DagRun], dict[str, str | None]]
) -> None:
    train = states(first.stage("train")[-1])
    assert (train["champion_stands"], train["refused"], train["not_due"]) == ("skipped", "skipped", "skipped")
    assert len(first.stage("score")) == 1


def test_dbt_models_and_tests_are_tasks_of_the_run(
    first: Round, states: Callable[[DagRun], dict[str, str | None]]
) -> None:
    tasks = states(first.stage("transform")[0])
    assert any("training_set" in task for task in tasks)
    assert any(task.endswith("test") for task in tasks)
    assert set(tasks.values()) == {"success"}


def test_silver_holds_every_real_transaction_once(
    first: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    keys = ["basket_id", "product_id"]
    silver = read("retail_silver.transactions").select([*keys, "sales_value"]).to_pandas()
    real = transactions.loc[transactions["day"] <= pd.Timestamp(FIRST_HORIZON), [*keys, "sales_value"]]
    assert len(silver) == len(real)
    both = real.merge(silver, on=keys, how="left", suffixes=("", "_silver"))
    assert both["sales_value_silver"].notna().all()
    assert (both["sales_value"] - both["sales_value_silver"]).abs().max() < 1e-9


def test_every_arrived_row_is_in_silver_or_in_quarantine(
    first: Round, read: Callable[[str], pa.Table]
) -> None:
    """By its key: what is in silver arrived; what arrived and is not there is in quarantine, as often as it arrived."""
    keys = ["basket_id", "product_id"]
    arrived = Counter(zip(*read("retail_bronze.transactions").select(keys).to_pydict().values(), strict=True))
    silver = set(zip(*read("retail_silver.transactions").select(keys).to_pydict().values(), strict=True))
    quarantine = read("retail_silver.transactions_quarantine")
    rows = [json.loads(row) for row in quarantine["row"].to_pylist()]
    kept_out = Counter(tuple(row.get(key) for key in keys) for row in rows)
    assert kept_out
    assert all(quarantine["reason"].to_pylist())
    assert silver <= arrived.keys()
    assert {key: times for key, times in arrived.items() if key not in silver} == {
        key: times for key, times in kept_out.items() if key not in silver
    }


def test_no_label_is_premature(first: Round, as_of: pd.Timestamp, read: Callable[[str], pa.Table]) -> None:
    labels = read("churn_gold.labels").to_pandas()
    assert pd.Timestamp(labels["as_of"].max()) == as_of - HORIZON * WEEK


def test_labels_say_what_the_data_say(
    first: Round, as_of: pd.Timestamp, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    labelled = as_of - HORIZON * WEEK
    labels = read("churn_gold.labels").to_pandas()
    labels = labels[pd.to_datetime(labels["as_of"]) == labelled]
    later = transactions[transactions["as_of"].between(labelled + WEEK, as_of)]
    bought = set(later["household_id"].unique())
    assert set(labels["household_id"]) == active(transactions, labelled)
    assert set(labels.loc[labels["churned"] == 1, "household_id"]) == active(transactions, labelled) - bought


def test_served_features_are_what_pandas_makes_of_the_delivered_data(
    first: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    """Skew: all features of a sample of households in all weeks, made once more without dbt's SQL."""
    served = read("churn_gold.features").to_pandas()
    sample = sorted(served["household_id"].unique())[::40]
    served = served[served["household_id"].isin(sample)]
    assert len(served) > 1000
    arrived = (transactions["day"] <= pd.Timestamp(FIRST_HORIZON)) & transactions["household_id"].isin(sample)
    assert_same_features(served, frames() | {"transactions": transactions[arrived]})


def test_a_row_is_trained_on_as_it_is_served(first: Round, read: Callable[[str], pa.Table]) -> None:
    served, trained = (read(f"churn_gold.{table}").to_pandas() for table in ("features", "training_set"))
    keys = list(churn.keys)
    both = trained[keys].merge(served, on=keys, how="left")
    assert len(both) > 50_000
    pd.testing.assert_frame_equal(both, trained[list(served.columns)])


def test_champion_carries_its_lineage_and_its_figures(
    champion: Any, mlflow_client: MlflowClient, read: Callable[[str], pa.Table]
) -> None:
    assert champion.tags["validation_status"] == "passed"
    run = mlflow_client.get_run(champion.run_id)
    published = read("churn_ml.published_features").to_pylist()[0]
    assert json.loads(run.data.tags["data_versions"]) == {
        f"churn_gold.{table}": published[f"{table}_version"]
        for table in ("features", "labels", "training_set")
    }
    assert run.data.tags["code_revision"] not in ("", "unknown")
    assert "no model was trained yet" in run.data.tags["training_reason"]
    assert run.data.params["max_depth"]
    assert run.data.metrics["holdout_auc"] > run.data.metrics["baseline_auc"]
    assert mlflow_client.list_artifacts(champion.run_id, "plots")


def test_the_gate_links_to_the_report_and_the_version_has_its_card(
    first: Round, champion: Any, api: AirflowApi, stack: dict[str, str], lakeloop: Callable[..., str]
) -> None:
    address = api.links(first.stage("train")[-1], "gate")["See Validation Report"]
    server = stack["MLFLOW_TRACKING_URI"]
    found = re.fullmatch(rf"{server}/#/experiments/(\d+)/runs/(\w+)/artifacts/(report\.html)", address or "")
    assert found
    assert found[2] == champion.run_id
    # what MLflow's page of an artifact fetches
    report = httpx.get(f"{server}/get-artifact", params={"path": found[3], "run_uuid": found[2]}, timeout=60)
    assert "Gate: passed" in report.text
    assert "Days from the last purchase to the end of the week" in report.text
    assert champion.description.startswith(f"# Model card: {MODEL}")
    assert "## Intended use" in lakeloop("card", "churn")


def test_ledger_has_one_row_of_the_proposal_and_one_of_the_promotion(
    champion: Any, delta_table: Callable[[str], DeltaTable], read: Callable[[str], pa.Table]
) -> None:
    proposal, row = sorted(read("churn_ml.promotions").to_pylist(), key=lambda row: row["promoted_at"])
    assert (proposal["event"], proposal["to_version"]) == ("proposal", champion.version)
    assert (row["from_version"], row["to_version"]) == (None, champion.version)
    assert "churn_deploy" in row["who"]
    assert "auc" in row["why"].lower()
    assert row["code_revision"]
    assert json.loads(row["metrics"])["holdout_auc"] > 0.5
    assert delta_table("churn_ml.promotions").metadata().configuration["delta.appendOnly"] == "true"


def test_all_active_entities_are_scored(
    scores: pd.DataFrame, as_of: pd.Timestamp, champion: Any, transactions: pd.DataFrame
) -> None:
    assert {"household_id", "churn_probability", "model_version", "scored_at"} <= set(scores)
    assert set(scores["household_id"]) == active(transactions, as_of)
    assert not scores["household_id"].duplicated().any()
    assert scores["churn_probability"].between(0, 1).all()
    assert scores["churn_probability"].std() > 0.05
    assert set(scores["model_version"]) == {champion.version}
    assert scores["reasons"].map(len).eq(churn.score.reasons).all()


def test_delta_and_parquet_hold_the_same_scores(
    scores: pd.DataFrame, as_of: pd.Timestamp, read: Callable[[str], pa.Table]
) -> None:
    delta = read("churn_ml.scores").to_pandas()
    delta = delta[pd.to_datetime(delta["as_of"]) == as_of]
    both = delta.merge(scores, on="household_id", how="outer", suffixes=("", "_parquet"))
    assert (both["churn_probability"] == both["churn_probability_parquet"]).all()


def test_scoring_a_night_again_replaces_its_period_and_nothing_else(
    scores: pd.DataFrame, s3: Any, read: Callable[[str], pa.Table], trigger: Callable[..., DagRun]
) -> None:
    other = "scores/churn/as_of=2017-01-07/part-00000.parquet"
    s3.put_object(Bucket=BUCKET, Key=other, Body=b"another period")
    before = read("churn_ml.scores").to_pandas()
    assert trigger("churn_score").state == "success"
    after = read("churn_ml.scores").to_pandas()
    assert len(after) == len(before) == len(scores)
    assert after["scored_at"].min() > before["scored_at"].max()
    assert s3.get_object(Bucket=BUCKET, Key=other)["Body"].read() == b"another period"
    s3.delete_object(Bucket=BUCKET, Key=other)


def test_an_old_night_is_scored_with_its_own_data_or_not_at_all(
    champion: Any,
    read: Callable[[str], pa.Table],
    transactions: pd.DataFrame,
    trigger: Callable[..., DagRun],
    states: Callable[[DagRun], dict[str, str | None]],
) -> None:
    night = date(2017, 6, 20)
    before = read("churn_ml.scores").to_pandas()
    run = trigger("churn_score", date=night.isoformat())
    assert run.state == "success"
    assert states(run)["score"] == "skipped"  # nobody was champion then
    assert len(read("churn_ml.scores").to_pandas()) == len(before)

    run = trigger("churn_score", date=night.isoformat(), model_version=champion.version)
    assert run.state == "success"
    scored = read("churn_ml.scores").to_pandas()
    old = scored[pd.to_datetime(scored["as_of"]) < pd.Timestamp(night)]
    assert set(old["as_of"].astype(str)) == {"2017-06-17"}
    assert set(old["household_id"]) == active(transactions, pd.Timestamp("2017-06-17"))


def test_promoting_the_champion_once_more_changes_nothing(
    champion: Any,
    mlflow_client: MlflowClient,
    read: Callable[[str], pa.Table],
    trigger: Callable[..., DagRun],
) -> None:
    run = trigger("churn_deploy", version=champion.version, reason="by hand")
    assert run.state == "success"
    assert mlflow_client.get_model_version_by_alias(MODEL, "champion").version == champion.version
    assert [row["event"] for row in read("churn_ml.promotions").to_pylist()].count("promotion") == 1


def test_an_ingest_without_new_rows_starts_nothing(
    first: Round, close: Callable[..., Round], states: Callable[[DagRun], dict[str, str | None]]
) -> None:
    again = close("churn")
    assert states(again.stage("ingest")[-1])["announce"] == "skipped"
    assert again.stage("transform") == again.stage("train") == []
    assert [run.state for run in again.stage("score")] == ["success"]


def test_a_row_from_the_future_goes_to_quarantine_and_one_more_week_needs_no_new_model(
    first: Round,
    as_of: pd.Timestamp,
    s3: Any,
    close: Callable[..., Round],
    lakeloop: Callable[..., str],
    champion: Any,
    mlflow_client: MlflowClient,
    read: Callable[[str], pa.Table],
    transactions: pd.DataFrame,
    states: Callable[[DagRun], dict[str, str | None]],
) -> None:
    week_later = FIRST_HORIZON + WEEK
    future = {
        "household_id": 1, "store_id": 1, "basket_id": 990000001, "product_id": 819063, "quantity": 1,
        "sales_value": 1.0, "retail_disc": 0.0, "coupon_disc": 0.0, "coupon_match_disc": 0.0,
        "transaction_timestamp": "2018-06-01T12:00:00",
    }  # fmt: skip
    key = f"landing/retail/transactions/date={week_later:%Y-%m-%d}/from-the-future.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(future).encode())
    lakeloop("replay", "retail", "--through", f"{week_later:%Y-%m-%d}")

    second = close("churn")

    quarantined = read("retail_silver.transactions_quarantine").to_pandas()
    assert "event time after arrival" in set(quarantined["reason"])
    assert 990000001 not in set(read("retail_silver.transactions")["basket_id"].to_pylist())
    labels = read("churn_gold.labels").to_pandas()
    assert pd.Timestamp(labels["as_of"].max()) == as_of - (HORIZON - 1) * WEEK
    train = states(second.stage("train")[-1])
    assert (train["not_due"], train["model.launch"]) == ("success", "skipped")
    assert train["champion_stands"] == "success"
    assert (len(second.stage("deploy")), len(second.stage("score"))) == (0, 1)
    assert mlflow_client.get_model_version_by_alias(MODEL, "champion").version == champion.version
    scored = read("churn_ml.scores").to_pandas()
    newest = scored[pd.to_datetime(scored["as_of"]) == as_of + WEEK]
    assert set(newest["household_id"]) == active(transactions, as_of + WEEK)
