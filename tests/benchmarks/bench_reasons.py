"""Rows a second of the scorer with and without reasons: `python tests/benchmarks/bench_reasons.py [rows]`.

Boosted trees (45 features, 400 trees of depth 3) and a linear model, on random rows with missing values, in batches as
Spark hands them to its workers. Processor time of one process, so that other work on the machine does not count.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import xgboost as xgb

from lakeloop.lifecycle.explain.loaded import explainer_of
from lakeloop.lifecycle.scoring import Batches, pack, scorer
from lakeloop.lifecycle.training.linear import train_linear

FEATURES, TREES, BATCH = 45, 400, 10_000
NAMES = [f"feature_{number}" for number in range(FEATURES)]


def random_rows(rows: int, seed: int) -> pd.DataFrame:
    """Features with a tenth of the values missing."""
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(rows, FEATURES)), columns=NAMES)
    return x.mask(random.random(x.shape) < 0.1)


def packed_models(x: pd.DataFrame, folder: Path) -> dict[str, bytes]:
    """One of each kind, as the score job packs it."""
    known = x.fillna(0)
    y = ((known["feature_0"] * known["feature_1"] + known["feature_2"]) > 0).astype(int).to_numpy()
    params = {"objective": "binary:logistic", "max_depth": 3, "learning_rate": 0.05, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(x, label=y), num_boost_round=TREES)
    mlflow.xgboost.save_model(booster, folder / "trees", pip_requirements=["mlflow"], model_format="json")
    mlflow.sklearn.save_model(
        train_linear({}, "binary", (x, y), (x, y), (x, y)).final,
        folder / "linear",
        pip_requirements=["mlflow"],
        pyfunc_predict_fn="predict_proba",
        skops_trusted_types=["numpy.dtype"],
    )
    return {name: pack(folder / name) for name in ("trees", "linear")}


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the best of three."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def scored_rows(score: Callable[[Batches], Batches], batches: list[pa.RecordBatch]) -> int:
    return sum(len(part) for part in score(iter(batches)))


def main() -> None:
    """Print a line for each model and number of reasons."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    x = random_rows(rows, seed=1).assign(key=np.arange(rows))
    batches = [
        pa.RecordBatch.from_pandas(x[first : first + BATCH], preserve_index=False)
        for first in range(0, rows, BATCH)
    ]
    with tempfile.TemporaryDirectory() as folder:
        models = packed_models(random_rows(20_000, seed=2), Path(folder))
    for name, packed in models.items():
        for most in (0, 3):
            score = scorer(packed, ["key"], NAMES, "p", most)
            list(score(iter([batches[0][:10]])))  # loads the model
            taken = seconds(partial(scored_rows, score, batches))
            print(
                f"{name}, {most} reasons: {rows / taken:,.0f} rows/s ({taken:.2f} s for {rows:,})", flush=True
            )


def tree_shap() -> None:
    """The booster itself against shap.TreeExplainer, which asks the booster in turn."""
    import shap

    x = random_rows(20_000, seed=3)
    y = (x["feature_0"].fillna(0) > 0).astype(int)
    params = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(x, label=y), num_boost_round=TREES)
    explain, theirs = explainer_of(booster), shap.TreeExplainer(booster)
    own = seconds(lambda: explain(x))
    other = seconds(lambda: theirs.shap_values(x))
    print(f"SHAP of {len(x):,} rows: pred_contribs {own:.2f} s, shap.TreeExplainer {other:.2f} s", flush=True)


if __name__ == "__main__":
    main()
    tree_shap()
