"""The validation writes one report, shows it and says where it is; it names a champion that knows its holdout."""

import json
from html import unescape
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from mlflow.pyfunc import PythonModel
from mlflow.tracking import MlflowClient

from lakeloop.config import load_target
from lakeloop.lifecycle import registry
from lakeloop.lifecycle.report.address import FILE, address
from tests.include.lakeloop.lifecycle.data import FEATURES
from tests.jobs.running import Workflow, rows_of

TRAINED: dict[str, str] = {"training_reason": "due"}


@pytest.fixture
def run(workflow: Any) -> Workflow:
    made: Workflow = workflow(search=None)
    made.publish(rows_of(made.use_case))
    made.run("train", **TRAINED)
    return made


def report_of(run: Workflow) -> str:
    return str(mlflow.artifacts.load_text(f"runs:/{run.values['validate', 'candidate_run_id']}/{FILE}"))


def test_the_page_that_is_shown_is_the_report_that_mlflow_keeps(
    run: Workflow, client: MlflowClient, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = client.get_run(run.values["train", "candidate_run_id"]).info

    run.run("validate")

    [shown] = run.pages
    kept = report_of(run)
    assert kept in unescape(shown)
    assert f"Gate: {'passed' if run.values['validate', 'passed'] == 'true' else 'refused'}" in kept
    assert candidate.run_id in kept  # its origin
    assert address("http://mlflow:5000", "", candidate.experiment_id, candidate.run_id) == (
        f"http://mlflow:5000/#/experiments/{candidate.experiment_id}/runs/{candidate.run_id}/artifacts/{FILE}"
    )
    assert "report: MLflow has no pages here" in capsys.readouterr().out  # a database has none


class Silent(PythonModel):
    """Answers with no number."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> np.ndarray:
        return np.full(len(model_input), np.nan)


def test_a_candidate_whose_answers_are_no_numbers_has_a_report_too(run: Workflow) -> None:
    example = rows_of(run.use_case)[FEATURES].head(3)
    with mlflow.start_run(run_id=run.values["train", "candidate_run_id"]):
        signature = infer_signature(example, np.array([0.5]))
        mlflow.pyfunc.log_model(
            name=registry.MODEL, python_model=Silent(), signature=signature, pip_requirements=[]
        )

    run.run("validate")

    [shown] = run.pages
    kept = report_of(run)
    assert run.values["validate", "passed"] == "false"
    assert kept in unescape(shown)
    assert "80 of 80 predictions are not finite, expected 0" in kept
    assert "there is no figure of it" in kept
    assert run.values["validate", "candidate_run_id"] in kept


def test_a_champion_that_was_trained_on_what_judges_now_is_named(run: Workflow, client: MlflowClient) -> None:
    name = load_target("local").model_name(run.use_case)
    trained = run.values["train", "candidate_run_id"]
    client.set_tag(trained, registry.STATUS, registry.PASSED)
    champion = registry.register(client, name, trained)
    client.set_registered_model_alias(name, registry.CHAMPION, champion.version)
    rows = rows_of(run.use_case)
    run.publish(rows[rows["as_of"] <= sorted(rows["as_of"].unique())[-6]])  # a table that was set back
    run.run("train", **TRAINED)

    run.run("validate")

    candidate = run.values["validate", "candidate_run_id"]
    decision = json.loads(mlflow.artifacts.load_text(f"runs:/{candidate}/decision.json"))
    [said] = [one for one in decision["checks"] if one["key"] == "gate.champion.learned_from_holdout"]
    compared = next(one for one in decision["checks"] if one["figures"].get("other") == "champion")
    assert said["passed"] == compared["passed"]
    assert said["value"] == f"trained through {champion.tags['trained_through']}"
    assert "so that" in said["sentence"]
    assert said["sentence"] in report_of(run).replace("&gt;", ">")
