"""What decides the bits of a model is written down for every kind of model."""

import numpy as np
import pandas as pd
import pytest

from lakeloop.config.use_case.task import HistGradientBoosting, Linear, Model, XGBoost
from lakeloop.lifecycle.reproduction.recipe import determined_by
from lakeloop.lifecycle.training.models import train
from lakeloop.lifecycle.training.trees import SEED
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

X = pd.DataFrame({"visits": np.arange(60.0), "spend": np.arange(60.0) % 7})
ROWS = (X, (np.arange(60) % 3 == 0).astype(float))


@pytest.mark.parametrize(
    ("model", "seed"),
    [
        (XGBoost(kind="xgboost", params={"n_estimators": 2}), SEED),
        (HistGradientBoosting(kind="hist_gradient_boosting", params={"max_iter": 2}), SEED),
        (Linear(kind="linear"), None),
    ],
)
def test_the_seed_of_each_kind_of_model_is_known(model: Model, seed: int | None) -> None:
    trained = train(model, use_case(BINARY).task, ROWS, ROWS, ROWS)

    assert determined_by(trained.params)["seed"] == seed
