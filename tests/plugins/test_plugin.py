"""Airflow itself finds the plugin, and templates of the DAG files reach its macros."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lakeloop.config import Releases, load_target
from tests.plugins.conftest import served

EPOCH = datetime(2017, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from datetime import datetime, UTC
from types import SimpleNamespace
from airflow import plugins_manager
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.execution_time import macros
from airflow.sdk.plugins_manager import integrate_macros_plugins

integrate_macros_plugins()
ti = SimpleNamespace(dag_id="churn_x", task_id="t", run_id="r", map_index=-1, max_tries=2)
event = SimpleNamespace(extra={"version": "7", "reason": "good", "who": "jane (train)"},
                        timestamp=datetime(2017, 1, 1, tzinfo=UTC))

run = SimpleNamespace(dag_id="churn_x", run_id="r", logical_date=datetime(2017, 1, 12, 3, tzinfo=UTC),
                      start_date=datetime(2017, 1, 12, 4, tzinfo=UTC), triggering_user_name=None)
ti.xcom_pull = lambda task_ids: {"champion": "5"}[task_ids]

def rendered(file, task_id, **params):
    dag = next(dag for dag_id, dag in DagBag(file).dags.items() if dag_id.startswith("churn_"))
    ti.task = task = dag.get_task(task_id)
    task.render_template_fields({
        "ti": ti, "dag": dag, "run_id": "r", "macros": macros, "params": params,
        "triggering_asset_events": {"asset": [event]},
        "dag_run": run,
    })
    return {"token": task.idempotency_token, "environments": task.environments,
            "parameters": task.tasks[0]["python_wheel_task"]["named_parameters"]}

print(json.dumps({
    "errors": plugins_manager.get_import_errors(),
    "plugins": [plugin.name for plugin in plugins_manager._get_plugins()[0] if plugin.name],
    "promote": rendered("dags/deploy.py", "promote", version=None, reason=None, override=False),
    "score": rendered("dags/score.py", "score", date=None, model_version=None),
    "again": rendered("dags/score.py", "score", date="2017-01-03", model_version="5"),
}))
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an Airflow process with our plugins folder sees."""
    env = os.environ | {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")]),
    }
    with served() as workspace:
        workspace.files[load_target("local").pointer] = Releases().switched("1.0", EPOCH).model_dump_json()
        env["AIRFLOW_CONN_DATABRICKS_DEFAULT"] = workspace.connection
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_plugin_is_loaded_and_nothing_else_in_the_folder_is_taken_for_one(
    airflow: dict[str, Any],
) -> None:
    assert airflow["errors"] == {}
    assert airflow["plugins"].count("lakeloop") == 1


def test_deploy_promotes_the_announced_version_and_says_who_and_why(airflow: dict[str, Any]) -> None:
    assert airflow["promote"]["parameters"] == {
        "use-case": "churn",
        "target": "local",
        "version": "7",
        "reason": "good",
        "who": "airflow:churn_x:r after jane (train)",
        "override": "false",
    }


def test_score_is_for_the_schedules_moment(airflow: dict[str, Any]) -> None:
    assert airflow["score"]["parameters"]["date"] == "2017-01-12T03:00:00+00:00"
    assert airflow["score"]["parameters"]["model-version"] == "5"
    assert airflow["score"]["parameters"]["override"] == "false"


def test_a_night_that_a_person_scores_with_a_version_may_replace_newer_scores(
    airflow: dict[str, Any],
) -> None:
    assert airflow["again"]["parameters"] == {
        "use-case": "churn",
        "target": "local",
        "date": "2017-01-03",
        "model-version": "5",
        "override": "true",
    }


def test_the_wheel_is_that_of_the_release_that_the_workspace_names(airflow: dict[str, Any]) -> None:
    [environment] = airflow["score"]["environments"]

    assert environment["spec"]["dependencies"] == [load_target("local").wheel("1.0")]


def test_tokens_are_rendered(airflow: dict[str, Any]) -> None:
    assert len(airflow["score"]["token"]) == 36
