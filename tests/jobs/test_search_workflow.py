"""The notebooks of a use case with a search, from the first trial to the model that is trained."""

import json
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from lakeloop.config import load_target
from lakeloop.lifecycle.checks import CannotBeJudgedError
from lakeloop.lifecycle.features import BadColumnError, MissingColumnError
from lakeloop.lifecycle.reproduction.remote import RemoteDownError
from lakeloop.lifecycle.search.choice import Winner
from tests.jobs.running import VISITS, Workflow, rows_of

GROUPED = VISITS["gate"] | {"slices": {"columns": ["district"]}}
ONE_LEAF = {"max_leaf_nodes": 1}
WINNER = Winner("xgboost", {"max_depth": 2}, "a-search")


def test_what_the_search_found_is_what_training_trains(workflow: Any, client: MlflowClient) -> None:
    run: Workflow = workflow()
    run.publish(rows_of(run.use_case))

    run.run("tune")
    run.run("train", training_reason="due")

    winner = json.loads(run.values["tune", "winner"])
    candidate = client.get_run(run.values["train", "candidate_run_id"])
    assert run.runs() == 1 + 3 + 1 + 3  # a search with its trials, a training with two models and a baseline
    assert winner["params"].keys() >= {"learning_rate", "max_depth", "n_estimators"}
    assert candidate.data.tags["model_kind"] == winner["family"] == "xgboost"
    assert candidate.data.tags["search_run_id"] == winner["run_id"]
    for name in ("learning_rate", "max_depth"):
        assert float(candidate.data.params[name]) == pytest.approx(winner["params"][name])


def one_class_in_the_holdout(frame: pd.DataFrame) -> pd.DataFrame:
    newest = sorted(frame["as_of"].unique())[-2:]
    return frame.assign(gone=np.where(frame["as_of"].isin(newest), 0, frame["gone"]))


@pytest.mark.parametrize(
    ("spoil", "changes", "said"),
    [
        (one_class_in_the_holdout, {}, "label gone is 0 in every row of the holdout"),
        (
            lambda frame: pd.concat([frame, frame.tail(3)]),
            {},
            "3 rows of the holdout repeat visitor, as_of",
        ),
        (
            lambda frame: frame.drop(columns="district"),
            {"gate": GROUPED},
            "visits_gold.training_set has no column district",
        ),
        (lambda frame: frame.assign(district=None), {"gate": GROUPED}, "district has no value in any of"),
        (lambda frame: frame.assign(gone=frame["gone"] * 2), {}, "label gone is neither 0 nor 1"),
        (
            lambda frame: frame,
            {"baselines": [{"kind": "seasonal_naive", "name": "long ago", "lag": 90, "missing": 0.0}]},
            "baseline 'long ago' needs labels 90 weeks before a row",
        ),
        (
            lambda frame: frame,
            {"models": [*VISITS["models"], {"kind": "hist_gradient_boosting", "params": ONE_LEAF}]},
            "a model of kind hist_gradient_boosting .* cannot be trained: The 'max_leaf_nodes' parameter",
        ),
    ],
    ids=["one class", "twice", "no column", "empty group", "bad label", "short history", "simpler model"],
)
@pytest.mark.parametrize("task", ["tune", "train"])
def test_what_no_model_could_be_judged_on_is_said_before_any_is_tried(
    workflow: Any, client: MlflowClient, spoil: Any, changes: dict[str, Any], said: str, task: str
) -> None:
    run: Workflow = workflow(**changes)
    run.publish(spoil(rows_of(run.use_case)))
    run.values["tune", "winner"] = WINNER.dumps()

    with pytest.raises((CannotBeJudgedError, MissingColumnError, BadColumnError), match=said):
        run.run(task, training_reason="due")

    assert run.runs() == 0


@pytest.mark.parametrize("task", ["tune", "train"])
def test_a_champion_that_cannot_be_loaded_is_said_before_any_model_is_tried(
    workflow: Any, client: MlflowClient, task: str, tmp_path: Path
) -> None:
    run: Workflow = workflow()
    run.publish(rows_of(run.use_case))
    name = load_target("local").model_name(run.use_case)
    client.create_registered_model(name)
    client.create_model_version(name, f"file://{tmp_path}/gone")
    client.set_registered_model_alias(name, "champion", "1")
    run.values["tune", "winner"] = WINNER.dumps()

    with pytest.raises(CannotBeJudgedError, match=f"champion version 1 of {name} cannot be loaded"):
        run.run(task, training_reason="due")

    assert run.runs() == 0


def test_with_a_remote_that_is_down_nothing_is_searched(workflow: Any, client: MlflowClient) -> None:
    run: Workflow = workflow()
    run.publish(rows_of(run.use_case))
    boto3.client("s3", region_name="us-east-1").delete_bucket(Bucket="lakeloop")

    with pytest.raises(RemoteDownError, match="the DVC remote s3://lakeloop/dvc cannot be listed"):
        run.run("tune")

    assert run.runs() == 0
