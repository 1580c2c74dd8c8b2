"""XGBoost models as MLflow writes them, with the answers to their example recorded."""

from pathlib import Path

import mlflow.xgboost
import numpy as np
import pandas as pd
import xgboost as xgb
from mlflow.models import infer_signature


def save_model(folder: Path, names: list[str], trees: int = 10) -> xgb.Booster:
    """A classifier of these columns in `folder`."""
    random = np.random.default_rng(0)
    data = pd.DataFrame(random.normal(size=(2000, len(names))), columns=names)
    label = (data.to_numpy() @ np.linspace(1, 0.1, len(names)) > 0).astype(int)
    options = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1}
    booster = xgb.train(options, xgb.DMatrix(data, label=label), trees)
    example = data.head(5)
    answers = booster.predict(xgb.DMatrix(example))
    mlflow.xgboost.save_model(
        booster,
        str(folder),
        signature=infer_signature(example, answers),
        input_example=example,
        metadata={"example_answers": answers.tolist()},
        pip_requirements=["xgboost"],
        model_format="ubj",
    )
    return booster
