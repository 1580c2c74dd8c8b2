"""docs/add-a-use-case.md does what it says: its commands add a use case of other data and close its loop."""

import re
from collections.abc import Callable

import pyarrow as pa
import pytest
from mlflow import MlflowClient

STATIONS = 20

pytestmark = pytest.mark.timeout(1800)


def test_what_was_drawn_up_passes_the_check(walked: str) -> None:
    assert re.search(r"All is well with .*rides", walked)


def test_the_loop_closes_with_a_champion(walked: str, mlflow_client: MlflowClient) -> None:
    assert "The loop of rides is closed" in walked
    champion = mlflow_client.get_model_version_by_alias("dev.rides_ml.rides", "champion")
    assert champion.tags["validation_status"] == "passed"
    assert float(champion.tags["holdout_wape"]) < 1


def test_every_station_is_scored(walked: str, read: Callable[[str], pa.Table]) -> None:
    scores = read("rides_ml.scores").to_pandas()
    assert scores["station"].nunique() == len(scores) == STATIONS
    assert set(scores["as_of"].astype(str)) == {"2024-07-18"}
    assert (scores["expected_events"] > 0).all()
