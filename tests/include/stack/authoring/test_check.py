"""Every mistake in a use case is named with file, key, value and what is allowed."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config.loading import SOURCES
from lakeloop_stack.authoring.check import problems, write_dbt_sources
from tests.include.stack.authoring.conftest import Project


def test_nothing_is_wrong_with_a_right_one(project: Project) -> None:
    assert project.problems() == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"objective": "reg:squarederror"},
            "params.objective is 'reg:squarederror', which does not fit a binary task",
        ),
        ({"max_deph": 3}, 'params holds "max_deph", which XGBoost does not know'),
        ({"max_depth": "deep"}, "Invalid Parameter format for max_depth expect int but value='deep'"),
        ({"eval_metric": "mlogloss"}, "params.eval_metric is 'mlogloss', which does not fit a binary task"),
        ({"eta": 0.1, "learning_rate": 0.1}, "params holds eta (0.1) and learning_rate (0.1)"),
        ({"booster": "forest"}, "Unknown gbm type forest"),
    ],
)
def test_parameters_that_training_would_refuse_are_named_in_one_line(
    project: Project, params: dict[str, Any], said: str
) -> None:
    project.use_case["models"] = [{"kind": "linear"}, {"kind": "xgboost", "params": params}]

    [problem] = project.problems()
    assert "churn.yaml: models.1: " in problem
    assert said in problem


def test_a_rule_of_a_regression_that_ranks_the_other_way_is_named(project: Project) -> None:
    project.becomes_a_regression()
    project.use_case["baselines"][0]["higher_is"] = "unlikelier"

    [said] = project.problems()
    assert "baselines: higher_is of 'recency rule' is 'unlikelier', expected 'likelier'" in said


def test_what_dbt_reads_of_a_source_must_be_what_the_source_says(project: Project) -> None:
    assert project.problems() == []
    file = project.folder / "models" / "sources" / "_retail.yml"
    file.write_text(file.read_text() + "# mine\n")

    [said] = problems(project.folder, project.use_cases)
    assert f"{file}: does not say what" in said
    assert "`lakeloop check --write` makes it anew" in said


@pytest.mark.parametrize("name", ["_tills.yml", "_tills.yaml"])
def test_what_dbt_reads_of_a_source_that_is_gone_is_named(name: str, project: Project) -> None:
    project.problems()
    file = project.folder / "models" / "sources" / name
    file.write_text("sources: []\n")

    [said] = problems(project.folder, project.use_cases)
    assert said.startswith(f"{file}: there is no ")
    assert said.endswith("/sources/tills.yaml; delete this file, or bring the source back")


def test_models_of_a_use_case_that_is_gone_are_named(project: Project) -> None:
    project.problems()
    folder = project.folder / "models" / "parking"
    (folder / "gold").mkdir(parents=True)
    assert problems(project.folder, project.use_cases) == []
    (folder / "gold" / "parking__features.sql").write_text("select 1")

    [said] = problems(project.folder, project.use_cases)
    assert said == (
        f"{folder}: there is no {project.use_cases}/parking.yaml; delete this folder, or bring the use case back"
    )


def test_a_wrong_yaml_file_is_reported_and_its_models_are_not_left_over(project: Project) -> None:
    project.use_case["retrys"] = 1

    [said] = project.problems()
    assert "churn.yaml: retrys: unknown key" in said


def test_a_source_that_does_not_say_when_a_row_happened_is_named(project: Project, tmp_path: Path) -> None:
    source = yaml.safe_load((SOURCES / "retail.yaml").read_text(encoding="utf-8"))
    source["tables"]["transactions"]["event_time"] = None
    (tmp_path / "retail.yaml").write_text(yaml.safe_dump(source))
    shutil.copy(SOURCES / "cards.yaml", tmp_path)
    project.problems()
    write_dbt_sources(project.folder, tmp_path)

    [said] = problems(project.folder, project.use_cases, tmp_path)
    assert (
        "churn.yaml: source: no table of 'retail' has an event_time, so that no period would ever be" in said
    )
    assert said.endswith(f"set that of a table in {tmp_path}/retail.yaml")
