"""What the contracts of a use case's models do not give is named before dbt or training miss it."""

import re
from typing import Any

import pytest

from lakeloop_stack.authoring.check import problems
from tests.include.stack.authoring.conftest import Project


def test_a_model_that_is_not_declared_is_named(project: Project) -> None:
    project.columns["label"] = project.columns.pop("labels")

    [said] = project.problems()
    assert "churn.yaml: tables.labels: no model 'churn__labels' is declared" in said
    assert "did you mean 'churn__label'?" in said


def test_a_contract_that_is_not_enforced_is_named(project: Project) -> None:
    project.enforced = {}

    features, labels = project.problems()
    assert "model churn__features: config.contract.enforced is not true" in features
    assert "model churn__labels: config.contract.enforced is not true" in labels


def test_a_key_of_another_type_is_named(project: Project) -> None:
    project.columns["features"]["household_id"] = "string"

    [said] = project.problems()
    assert said.endswith("model churn__features: household_id is string, the use case's YAML says bigint")


def test_a_missing_period_is_named(project: Project) -> None:
    project.columns["labels"]["asof"] = project.columns["labels"].pop("as_of")

    [said] = project.problems()
    assert "model churn__labels: column as_of (date) is missing; did you mean 'asof'?" in said


@pytest.mark.parametrize("kind", ["string", "interval day", "timestamp", "double", "decimal(3,0)"])
def test_a_label_of_a_binary_task_that_is_neither_0_nor_1_is_refused(kind: str, project: Project) -> None:
    project.columns["labels"]["churned"] = kind

    [said] = project.problems()
    assert f"label churned is {kind}, expected a whole number or a boolean (0 or 1) for a binary task" in said
    assert said.endswith("cast it in churn__labels.sql")


@pytest.mark.parametrize("kind", ["boolean", "tinyint", "INTEGER", "bigint"])
def test_whole_numbers_and_booleans_are_labels_of_a_binary_task(kind: str, project: Project) -> None:
    project.columns["labels"]["churned"] = kind

    assert project.problems() == []


@pytest.mark.parametrize("kind", ["string", "interval day", "timestamp", "boolean", "array<int>"])
def test_a_label_of_a_regression_that_is_no_number_is_refused(kind: str, project: Project) -> None:
    project.becomes_a_regression()
    project.columns["labels"]["churned"] = kind

    [said] = project.problems()
    assert f"label churned is {kind}, expected a number for a regression task; cast it in" in said


@pytest.mark.parametrize("kind", ["double", "smallint", "decimal(10, 2)", "NUMERIC(10,2)"])
def test_numbers_are_labels_of_a_regression(kind: str, project: Project) -> None:
    project.becomes_a_regression()
    project.columns["labels"]["churned"] = kind

    assert project.problems() == []


@pytest.mark.parametrize("kind", ["string", "interval day", "timestamp"])
def test_a_feature_that_holds_no_numbers_is_refused(kind: str, project: Project) -> None:
    project.columns["features"]["favourite"] = kind

    [said] = project.problems()
    assert (
        f"feature favourite is {kind}, expected a number; encode it in SQL, or list it under features.except"
        in said
    )


def test_types_may_be_called_as_dbt_calls_them(project: Project) -> None:
    project.columns["features"] |= {"household_id": "LONG", "days_since_purchase": "integer"}

    assert project.problems() == []


def test_a_baseline_on_nothing_is_refused_with_the_nearest_name(project: Project) -> None:
    project.use_case["baselines"][0]["feature"] = "days_since_purchas"

    [said] = project.problems()
    assert "baselines.0.feature: 'days_since_purchas' is no column of churn__features" in said
    assert "did you mean 'days_since_purchase'?" in said


def test_a_baseline_on_a_text_that_is_no_feature_is_refused(project: Project) -> None:
    project.columns["features"]["segment"] = "string"
    project.use_case["features"] = {"except": ["segment"]}
    project.use_case["baselines"][0]["feature"] = "segment"

    [said] = project.problems()
    assert "baselines.0.feature: 'segment' is string in churn__features, expected a number; encode it" in said


def test_a_baseline_on_a_text_that_is_a_feature_is_told_once(project: Project) -> None:
    project.columns["features"]["segment"] = "string"
    project.use_case["baselines"][0]["feature"] = "segment"

    [said] = project.problems()
    assert "feature segment is string, expected a number" in said


def test_a_baseline_may_go_by_a_number_that_is_no_feature(project: Project) -> None:
    project.use_case["features"] = {"except": ["days_since_purchase"]}
    project.columns["features"]["spend"] = "double"

    assert project.problems() == []


def test_an_exception_that_is_no_column_is_named(project: Project) -> None:
    project.use_case["features"] = {"except": ["spend"]}

    [said] = project.problems()
    assert "features.except: 'spend' is no column of churn__features" in said


def test_a_slice_that_is_no_column_is_named_with_the_nearest(project: Project) -> None:
    project.use_case["gate"]["slices"] = {"columns": ["ages"]}

    [said] = project.problems()
    assert "gate.slices.columns: 'ages' is no column of churn__training_set; did you mean 'age'?" in said
    assert "select it in churn__training_set.sql and declare it under the model's columns in" in said


def test_a_slice_that_only_another_model_has_is_named_with_that_model(project: Project) -> None:
    project.columns["stores"] = {"city": "string"}
    project.use_case["gate"]["slices"] = {"columns": ["city"]}

    [said] = project.problems()
    assert "gate.slices.columns: 'city' is no column of churn__training_set, but of churn__stores; " in said


@pytest.mark.parametrize(
    ("key", "gate"),
    [
        (
            "gate.fairness.columns",
            {"fairness": {"columns": ["ages"], "demographic_parity_difference": "<= 0.1"}},
        ),
        ("gate.leakage.known_at", {"leakage": {"known_at": ["ages"]}}),
    ],
)
def test_what_else_the_gate_reads_is_named_like_a_slice(
    key: str, gate: dict[str, Any], project: Project
) -> None:
    project.use_case["gate"] |= gate

    [said] = project.problems()
    assert f"{key}: 'ages' is no column of churn__training_set; did you mean 'age'?" in said


@pytest.mark.parametrize(
    ("key", "gate"),
    [
        (
            "gate.behaviour.0",
            {
                "behaviour": [
                    {"kind": "minimum", "name": "m", "row": {"days_since_purchases": 9}, "expect": ">= 0.1"}
                ]
            },
        ),
        ("gate.leakage.known_ahead", {"leakage": {"known_ahead": ["days_since_purchases"]}}),
    ],
)
def test_a_test_of_what_is_no_feature_is_named_with_the_nearest(
    key: str, gate: dict[str, Any], project: Project
) -> None:
    project.use_case["gate"] |= gate

    [said] = project.problems()
    assert (
        f"{key}: 'days_since_purchases' is no feature of churn__features; did you mean 'days_since_purchase'?"
        in said
    )


@pytest.mark.parametrize("column", ["days_since_purchase", "as_of", "churned", "age"])
def test_a_slice_may_be_any_column_of_features_and_labels(column: str, project: Project) -> None:
    project.use_case["gate"]["slices"] = {"columns": [column]}

    assert project.problems() == []


def test_an_enforced_contract_of_the_training_set_names_all_that_is_read(project: Project) -> None:
    project.enforced["training_set"] = True
    project.columns["training_set"] |= {"household_id": "bigint", "as_of": "date", "churned": "int"}
    project.use_case["gate"]["slices"] = {"columns": ["days_since_purchase"]}

    feature, sliced = project.problems()
    assert "model churn__training_set: column days_since_purchase is missing from the contract" in feature
    assert "'days_since_purchase' is no column of churn__training_set, but of churn__features" in sliced


def test_a_label_among_the_features_is_refused(project: Project) -> None:
    project.columns["features"]["churned"] = "int"

    [said] = project.problems()
    assert "model churn__features: has the label churned; take it out: it is known only later" in said


def test_a_key_without_a_type_is_named(project: Project) -> None:
    project.columns["features"]["household_id"] = None  # type: ignore[assignment]

    [said] = project.problems()
    assert said.endswith("model churn__features: column household_id has no data_type, expected bigint")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models: [", r"odd\.yaml: is no YAML"),
        ("models:\nmodels:\n", r"odd\.yaml: is no YAML \(key 'models' is there more than once"),
        ("models: 2017-13-01", r"odd\.yaml: is no YAML"),
        ("models: [{columns: []}]", r"odd\.yaml: models\.0\.name: .*Field required"),
        ("models: [{name: x, config: {contract: true}}]", r"odd\.yaml: models\.0\.config\.contract: True: "),
    ],
)
def test_a_dbt_file_that_cannot_be_read_is_named_beside_the_other_mistakes(
    project: Project, text: str, said: str
) -> None:
    project.problems()
    (project.folder / "models" / "churn" / "odd.yaml").write_text(text)

    [problem] = problems(project.folder, project.use_cases)
    assert re.search(said, problem)


@pytest.mark.parametrize("text", ["", "models:\n", "models: [{name: x, columns: , config: }]"])
def test_what_dbt_takes_for_empty_is_empty(project: Project, text: str) -> None:
    project.problems()
    (project.folder / "models" / "churn" / "more.yml").write_text(text)

    assert problems(project.folder, project.use_cases) == []
