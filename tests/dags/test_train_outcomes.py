"""Whatever becomes of its tasks, a run of the train DAG says it: failed, refused, not due, or a new model."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ("model.launch", "model.train", "model.validate", "model.register")
TRAINS = ("first_model", "retrain_due")
FAILURES = [
    {"decide": "failed"},
    *({"decide": decided, task: "failed"} for decided in TRAINS for task in (*WORKFLOW, "gate")),
    *({"decide": decided, "gate": "passed", "passed": "failed"} for decided in TRAINS),
]
REFUSALS = [{"decide": decided, "gate": "refused"} for decided in TRAINS]
SUCCESSES = [{"decide": decided, "gate": "passed"} for decided in TRAINS]
NOT_DUE = [{"decide": "not_due"}]
SCENARIOS = [*FAILURES, *REFUSALS, *SUCCESSES, *NOT_DUE]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What Airflow made of each scenario, by the scenario as JSON."""
    env = os.environ | {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "LAKELOOP_TARGET": "local",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")]),
    }
    script = [sys.executable, str(ROOT / "tests" / "dags" / "train_outcomes.py")]
    arguments = [str(ROOT / "dags" / "train.py"), json.dumps(SCENARIOS)]
    done = subprocess.run([*script, *arguments], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    results = json.loads(done.stdout.splitlines()[-1])
    return {json.dumps(scenario): result for scenario, result in zip(SCENARIOS, results, strict=True)}


@pytest.mark.parametrize("scenario", FAILURES, ids=json.dumps)
def test_any_failed_task_makes_a_failed_run_that_announces_nothing(
    played: dict[str, dict[str, Any]], scenario: dict[str, str]
) -> None:
    result = played[json.dumps(scenario)]

    assert result["run"] == "failed"
    assert result["announced"] == []
    assert result["tasks"]["champion_stands"] in ("upstream_failed", "skipped")


@pytest.mark.parametrize("scenario", REFUSALS, ids=json.dumps)
def test_a_refusal_is_a_success_that_says_so(
    played: dict[str, dict[str, Any]], scenario: dict[str, str]
) -> None:
    result = played[json.dumps(scenario)]

    assert result["run"] == "success"
    assert (result["tasks"]["refused"], result["tasks"]["passed"]) == ("success", "skipped")
    assert result["announced"] == ["churn_standing_champion"]


@pytest.mark.parametrize("scenario", SUCCESSES, ids=json.dumps)
def test_a_model_that_passed_is_announced_and_scoring_waits_for_it(
    played: dict[str, dict[str, Any]], scenario: dict[str, str]
) -> None:
    result = played[json.dumps(scenario)]

    assert result["run"] == "success"
    assert (result["tasks"]["refused"], result["tasks"]["champion_stands"]) == ("skipped", "skipped")
    assert result["announced"] == ["churn_validated_model"]


@pytest.mark.parametrize("scenario", NOT_DUE, ids=json.dumps)
def test_when_no_training_is_due_nothing_trains_and_the_champion_scores(
    played: dict[str, dict[str, Any]], scenario: dict[str, str]
) -> None:
    result = played[json.dumps(scenario)]

    assert result["run"] == "success"
    assert {result["tasks"][task] for task in (*WORKFLOW, "gate", "passed", "refused")} == {"skipped"}
    assert result["announced"] == ["churn_standing_champion"]
