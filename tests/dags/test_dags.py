"""The DAG files parse fast, without side effects, and carry what the UI and the on-call person need."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lakeloop.config.dbt import dbt_environment

ROOT = Path(__file__).resolve().parents[2]
STAGES = {"ingest", "transform", "train", "deploy", "score", "rollback", "vacuum"}
BUDGET_SECONDS = 1.0


@pytest.fixture(scope="session")
def manifest() -> None:
    """dbt's manifest, which ``lakeloop up`` makes; cosmos reads it when transform.py is parsed."""
    if not (ROOT / "dbt_project" / "target" / "manifest.json").exists():
        dbt = str(Path(sys.executable).with_name("dbt"))
        project = str(ROOT / "dbt_project")
        command = [dbt, "parse", "--project-dir", project, "--profiles-dir", project]
        unused = {"DATABRICKS_HOST": "http://127.0.0.1:1", "DATABRICKS_TOKEN": "unused", **dbt_environment()}
        subprocess.run(command, check=True, cwd=ROOT, env=_environment() | unused)


@pytest.fixture(scope="session")
def parsed(manifest: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse(ROOT, tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="session")
def parsed_with_one_wrong(manifest: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What parse_dags.py saw in a copy of the project where the use case `demand` has a key that does not exist, and
    `churn` asks for a search."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("dags", "plugins", "include/lakeloop", "include/sources", "include/use_cases"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "dbt_project").symlink_to(ROOT / "dbt_project")
    with (copy / "include" / "use_cases" / "demand.yaml").open("a") as wrong:
        wrong.write("retrys: 1\n")
    with (copy / "include" / "use_cases" / "churn.yaml").open("a") as searching:
        searching.write(
            "search: {kind: random, space: {linear: {alpha: {kind: float, low: 0.1, high: 10}}}}\n"
        )
    return parse(copy, tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="session")
def parsed_with_approval(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What parse_dags.py saw of the deploy DAGs where the local target asks for an approval."""
    return _deploy_parsed(tmp_path_factory, "  approval: [jane]\n")


@pytest.fixture(scope="session")
def parsed_on_model_serving(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same, where the local target serves by Databricks Model Serving."""
    return _deploy_parsed(tmp_path_factory, "  serving: {kind: databricks, leaves_out: [shadow, scores]}\n")


@pytest.fixture(scope="session")
def parsed_without_a_word(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same, where the target does not say that it goes without what Model Serving cannot do."""
    return _deploy_parsed(tmp_path_factory, "  serving: {kind: databricks}\n")


def _deploy_parsed(tmp_path_factory: pytest.TempPathFactory, of_local: str) -> dict[str, Any]:
    copy = tmp_path_factory.mktemp("project")
    for folder in ("plugins", "include/lakeloop", "include/sources", "include/use_cases"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "dags").mkdir()
    for file in ("deploy.py", "configuration.py"):
        shutil.copy(ROOT / "dags" / file, copy / "dags")
    targets = copy / "include" / "lakeloop" / "config" / "targets.yaml"
    text = targets.read_text()
    if "serving" in of_local:
        text = text.replace("  serving: {kind: scorer}\n", "")
    targets.write_text(text.replace("local:\n", f"local:\n{of_local}"))
    return parse(copy, tmp_path_factory.mktemp("airflow"))


def parse(project: Path, airflow_home: Path) -> dict[str, Any]:
    """In a process of its own, so that imports are measured cold."""
    env = _environment(project) | {"AIRFLOW_HOME": str(airflow_home)}
    script = [sys.executable, str(ROOT / "tests" / "dags" / "parse_dags.py"), str(project / "dags")]
    done = subprocess.run(script, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    files = json.loads(done.stdout.splitlines()[-1])
    return {
        "dags": {name: dag for seen in files.values() for name, dag in seen["dags"].items()},
        "errors": {name: seen["errors"] for name, seen in files.items() if seen["errors"]},
        "seconds": {name: seen["seconds"] for name, seen in files.items()},
        "side_effects": [effect for seen in files.values() for effect in seen["side_effects"]],
    }


def _environment(project: Path = ROOT) -> dict[str, str]:
    paths = [str(project / "include"), str(project / "plugins")]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins"),
        "AIRFLOW__COSMOS__ENABLE_CACHE": "False",
    }


def tasks(parsed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{dag}.{name}": task
        for dag, content in parsed["dags"].items()
        for name, task in content["tasks"].items()
    }


def test_every_file_parses(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}
    assert {Path(file).stem for file in parsed["seconds"]} == {*STAGES, "configuration"}


def test_every_use_case_has_every_stage(parsed: dict[str, Any]) -> None:
    use_cases, sources = (
        {file.stem for file in (ROOT / "include" / folder).glob("*.yaml")}
        for folder in ("use_cases", "sources")
    )
    assert use_cases
    assert sources
    ingests = {f"{name}_ingest" for name in sources}
    assert set(parsed["dags"]) == ingests | {
        f"{n}_{stage}" for n in use_cases for stage in STAGES - {"ingest"}
    }


def test_a_wrong_use_case_has_no_dags_and_leaves_those_of_others_alone(
    parsed: dict[str, Any], parsed_with_one_wrong: dict[str, Any]
) -> None:
    of_others = {dag for dag in parsed["dags"] if not dag.startswith("demand_")}

    assert set(parsed_with_one_wrong["dags"]) == of_others < set(parsed["dags"])
    assert list(parsed_with_one_wrong["errors"]) == ["configuration.py"]
    [said] = parsed_with_one_wrong["errors"]["configuration.py"].values()
    assert "demand.yaml: retrys: unknown key (value 1); did you mean retries?" in said
    assert "churn" not in said.split("ConfigError")[-1]


def test_parsing_has_no_side_effect(parsed: dict[str, Any]) -> None:
    assert parsed["side_effects"] == []


def test_each_file_parses_within_its_budget(parsed: dict[str, Any]) -> None:
    slow = {file: seconds for file, seconds in parsed["seconds"].items() if seconds >= BUDGET_SECONDS}
    assert slow == {}


def test_each_dag_file_fits_a_screen() -> None:
    long = {file.name for file in (ROOT / "dags").glob("*.py") if len(file.read_text().splitlines()) > 90}
    assert long == set()


def test_each_dag_is_documented(parsed: dict[str, Any]) -> None:
    for dag_id, dag in parsed["dags"].items():
        use_case, stage = dag_id.rsplit("_", 1)
        assert dag["description"], dag_id
        assert dag["doc_md"], dag_id
        assert {use_case, stage} <= set(dag["tags"]), dag_id


def test_each_task_has_owner_retries_and_timeout(parsed: dict[str, Any]) -> None:
    assert len(tasks(parsed)) > 15
    for name, task in tasks(parsed).items():
        assert task["owner"] not in ("", "airflow"), name
        assert task["retries"] >= 1, name
        if task["class"] != "RolloutOperator":  # its steps have longest durations of their own
            assert 0 < task["timeout"] <= 4 * 3600, name


def test_assets_chain_the_stages(parsed: dict[str, Any]) -> None:
    dags = parsed["dags"]
    announced = {
        dag_id: {asset for task in dag["tasks"].values() for asset in task["outlets"]}
        for dag_id, dag in dags.items()
    }
    assert dags["churn_transform"]["waits_for"] == ["retail_silver"]
    assert dags["churn_train"]["waits_for"] == ["churn_features"]
    assert dags["churn_deploy"]["waits_for"] == ["churn_validated_model"]
    assert dags["churn_score"]["waits_for"] == ["churn_champion", "churn_standing_champion"]
    for dag_id, dag in dags.items():
        for asset in dag["waits_for"]:
            assert any(asset in names for other, names in announced.items() if other != dag_id), (
                dag_id,
                asset,
            )


def test_silver_is_announced_by_a_task_that_may_skip(parsed: dict[str, Any]) -> None:
    ingest = parsed["dags"]["retail_ingest"]["tasks"]
    assert ingest["announce"]["upstream"] == ["auto_loader"]
    assert {name: task["outlets"] for name, task in ingest.items() if task["outlets"]} == {
        "announce": ["retail_silver"]
    }


def test_what_waits_on_databricks_waits_in_the_triggerer(parsed: dict[str, Any]) -> None:
    waiting = {name: task for name, task in tasks(parsed).items() if task["deferrable"] is not None}
    assert {"retail_ingest.auto_loader", "churn_train.model.train", "churn_score.score"} <= set(waiting)
    assert [name for name, task in waiting.items() if not task["deferrable"]] == []


def test_each_submitted_run_has_an_idempotency_token(parsed: dict[str, Any]) -> None:
    submitting = {"SubmitOnceOperator", "LaunchWorkflowOperator"}
    submits = {name: task for name, task in tasks(parsed).items() if task["class"] in submitting}
    wanted = {
        "retail_ingest.auto_loader",
        "churn_train.model.launch",
        "churn_deploy.promote",
        "churn_rollback.rollback",
        "churn_score.score",
        "churn_vacuum.vacuum",
    }
    assert wanted <= set(submits)
    assert [name for name, task in submits.items() if not task["idempotency_token"]] == []


def test_train_takes_an_explicit_branch(parsed: dict[str, Any]) -> None:
    train = parsed["dags"]["churn_train"]["tasks"]
    branches = {name for name, task in train.items() if task["upstream"] == ["decide"]}
    assert branches == {"first_model", "retrain_due", "not_due"}
    assert train["model.launch"]["upstream"] == ["first_model", "retrain_due"]
    assert train["gate"]["upstream"] == ["model.register"]
    assert train["passed"]["upstream"] == train["refused"]["upstream"] == ["gate"]
    assert train["champion_stands"]["upstream"] == ["not_due", "refused"]


def test_nobody_is_asked_before_a_promotion_on_a_laptop(parsed: dict[str, Any]) -> None:
    assert list(parsed["dags"]["churn_deploy"]["tasks"]) == ["promote"]


def test_a_target_may_have_each_promotion_approved(parsed_with_approval: dict[str, Any]) -> None:
    assert parsed_with_approval["errors"] == {}
    assert parsed_with_approval["side_effects"] == []
    for deploy in parsed_with_approval["dags"].values():
        assert deploy["tasks"]["approve"]["class"] == "ApproveVersionOperator"
        assert deploy["tasks"]["approve"]["timeout"] is None  # a person may take longer than a task
        behind = [name for name, task in deploy["tasks"].items() if task["upstream"] == ["approve"]]
        assert behind in (["promote"], ["rollout"])


def test_what_decides_on_events_rolls_out_between_approval_and_promotion(
    parsed: dict[str, Any], parsed_with_approval: dict[str, Any]
) -> None:
    deploy = parsed["dags"]["fraud_deploy"]["tasks"]
    assert {name: task["upstream"] for name, task in deploy.items()} == {
        "rollout": [],
        "promote": ["rollout"],
        "serve": ["promote"],
    }
    assert deploy["rollout"]["deferrable"]
    assert deploy["rollout"]["timeout"] is None  # its steps have longest durations of their own
    approved = parsed_with_approval["dags"]["fraud_deploy"]["tasks"]
    assert approved["rollout"]["upstream"] == ["approve"]
    assert approved["promote"]["upstream"] == ["rollout"]


def test_each_model_and_its_tests_is_a_task(parsed: dict[str, Any]) -> None:
    manifest = json.loads((ROOT / "dbt_project" / "target" / "manifest.json").read_text())
    models = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "churn"
    }
    shown = " ".join(parsed["dags"]["churn_transform"]["tasks"])
    assert models
    assert [model for model in models if model not in shown] == []
    assert ".test" in shown


def test_features_are_published_behind_all_models_and_tests(parsed: dict[str, Any]) -> None:
    transform = parsed["dags"]["churn_transform"]["tasks"]
    assert transform["publish"]["outlets"] == ["churn_features"]
    assert [name for name, task in transform.items() if "freshness" in task["upstream"]]
    behind: set[str] = set()
    waiting = ["publish"]
    while waiting:
        found = set(transform[waiting.pop()]["upstream"]) - behind
        behind |= found
        waiting += found
    assert behind == set(transform) - {"publish"}


def test_a_use_case_that_asks_for_a_search_tunes_before_it_trains(
    parsed: dict[str, Any], parsed_with_one_wrong: dict[str, Any]
) -> None:
    tuned = parsed_with_one_wrong["dags"]["churn_train"]["tasks"]

    assert "model.tune" not in parsed["dags"]["churn_train"]["tasks"]
    assert tuned["model.tune"]["upstream"] == ["model.launch"]
    assert tuned["model.train"]["upstream"] == ["model.launch", "model.tune"]


def test_on_model_serving_a_version_is_loaded_before_its_rollout(
    parsed_on_model_serving: dict[str, Any],
) -> None:
    deploy = parsed_on_model_serving["dags"]["fraud_deploy"]["tasks"]
    assert parsed_on_model_serving["errors"] == {}
    assert {name: task["upstream"] for name, task in deploy.items()} == {
        "load": [],
        "rollout": ["load"],
        "promote": ["rollout"],
        "serve": ["promote"],
    }
    assert deploy["load"]["deferrable"]
    assert deploy["load"]["timeout"] is None
    assert "load" not in parsed_on_model_serving["dags"]["churn_deploy"]["tasks"]


def test_a_rollout_that_cannot_be_done_has_no_dag_and_is_said(parsed_without_a_word: dict[str, Any]) -> None:
    assert "fraud_deploy" not in parsed_without_a_word["dags"]
    assert "churn_deploy" in parsed_without_a_word["dags"]
    (error,) = parsed_without_a_word["errors"]["configuration.py"].values()
    assert "target local: serving databricks: Model Serving sends no copy of a request" in error
