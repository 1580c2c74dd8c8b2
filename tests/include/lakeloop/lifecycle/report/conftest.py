"""Findings of real models on real holdout rows, binary and regression, passed and refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from lakeloop.config.use_case.gate import Gate
from lakeloop.lifecycle import plots
from lakeloop.lifecycle.evaluation import gate
from lakeloop.lifecycle.evaluation.rows import ScoredRows, units_of
from lakeloop.lifecycle.evaluation.slices import slice_table
from lakeloop.lifecycle.explain.contributions import Explanation
from lakeloop.lifecycle.report import writing
from lakeloop.lifecycle.report.findings import Findings, explained
from lakeloop.lifecycle.training.models import predict
from tests.include.lakeloop.lifecycle.explain.models import NAMES, labels, rows, trained
from tests.include.lakeloop.lifecycle.use_cases import BINARY, REGRESSION, use_case

DESCRIBED = {"idle_days": "Days since the last visit.", "visits": "Visits of the last <8> weeks."}
TAGS = {
    "data_versions": '{"visits_gold.training_set": 7, "visits_gold.features": 5}',
    "data_hashes": '{"training": "7e57", "holdout": "401d", "features": "fea7"}',
    "dvc": '{"snapshot": "5a4e.dir", "landing": null}',
    "code_revision": "abc123",
    "lock_hash": "10c4",
    "determined_by": '{"seed": 11, "threads": 1, "python": "3.11.9", "machine": "x86_64"}',
    "fit": "2020-01-06..2020-06-01",
    "early_stopping": "2020-06-08..2020-06-22",
    "trained_through": "2020-06-22",
    "holdout": "2020-07-06..2020-08-31",
    "training_reason": "first model",
    "training_place": "driver",
    "training_place_reason": "200 rows fit",
    "target": "dev",
    "training_run_id": "a-training",
    "search_run_id": "a-search",
    "job_run_id": "77",
    "model": "XGBoost",
}
KINDS = {
    "binary": (BINARY, "xgboost binary:logistic"),
    "regression": (REGRESSION, "xgboost reg:absoluteerror"),
}
Make = Callable[..., Findings]


@pytest.fixture(scope="session")
def pyfunc(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """A trained model of a kind as scoring loads it."""

    def inner(kind: str) -> Any:
        folder: Path = tmp_path_factory.mktemp("models") / "model"
        model, _ = trained(kind, seed=4)
        if kind.startswith("xgboost"):
            mlflow.xgboost.save_model(model, folder, pip_requirements=["mlflow"], model_format="json")
        else:
            mlflow.sklearn.save_model(
                model,
                folder,
                pip_requirements=["mlflow"],
                pyfunc_predict_fn="predict_proba",
                skops_trusted_types=["numpy.dtype"],
            )
        return mlflow.pyfunc.load_model(str(folder))

    return inner


@pytest.fixture(scope="session")
def findings(pyfunc: Callable[[str], Any]) -> Make:
    """Of a task's kind, with limits that the candidate keeps, or of a gate of the test's own."""

    def inner(task: str = "binary", **limits: Any) -> Findings:
        content, kind = KINDS[task]
        floors = {"auc": ">= 0.5"} if task == "binary" else {"mae": "<= 1000"}
        changed = {
            **content["gate"],
            "floors": floors,
            "slices": {"columns": ["region"], "min_rows": 40},
            **limits,
        }
        case = use_case(content, gate=changed)
        x = rows(9, 200)
        y = labels(x, kind, 9)
        holdout = x.assign(region=np.where(np.arange(200) % 4, "north", "south"), **{case.task.label: y})
        keys = {name: np.arange(200) % 50 for name in case.entity.keys}
        holdout = holdout.assign(**keys, as_of=pd.Timestamp("2020-07-06").date())
        return _judged(case, pyfunc(kind), x, y, holdout)

    return inner


def _judged(case: Any, model: Any, x: pd.DataFrame, y: np.ndarray, holdout: pd.DataFrame) -> Findings:
    predictions = {
        "candidate": predict(model, case.task, x),
        "idle rule": x["idle_days"].fillna(0).to_numpy(),
    }
    scored = ScoredRows(case.task.kind, y, predictions, units_of(case, holdout))
    metrics = [case.gate.compare_by]
    slices = slice_table(holdout, scored, ["region"], metrics, "candidate", case.gate.bootstrap)
    judge: Gate = case.gate
    found = explained(model, x[NAMES], predictions["candidate"])
    pictures = plots.of_predictions(case.task.kind, holdout["as_of"], y, predictions, "holdout")
    return Findings(
        case,
        "dev.visits_ml.visits",
        "run1",
        TAGS,
        {"trees": "8"},
        gate.decide(judge, scored, ["idle rule"], [], gate.Champion(None)),
        holdout,
        scored,
        slices,
        found,
        pictures | writing.pictures(found),
        DESCRIBED,
    )


@pytest.fixture
def wrong() -> Explanation:
    """An explanation of one row that no prediction fits."""
    return Explanation(0.0, np.full((1, 4), 9.0), "logit")
