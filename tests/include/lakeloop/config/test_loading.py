"""What is wrong with a YAML file is said with the file, the key, the value and what is allowed there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import (
    ConfigError,
    UnknownTargetError,
    UnknownUseCaseError,
    load_target,
    load_use_case,
    load_use_cases,
)
from lakeloop.config.loading import TARGETS, USE_CASES

CLUSTER = {"kind": "job_cluster", "spark_version": "17.3.x-scala2.13", "node_type": "m5d.large"}


@pytest.mark.parametrize("file", sorted(USE_CASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_use_case_loads(file: Path) -> None:
    assert load_use_case(file.stem).name == file.stem


def test_all_use_cases_come_sorted() -> None:
    names = [use_case.name for use_case in load_use_cases()]

    assert "churn" in names
    assert names == sorted(names)


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_every_target_loads(name: str) -> None:
    assert load_target(name).name == name


def test_the_target_comes_from_the_environment_and_has_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for forget in (
        lambda: monkeypatch.setenv("LAKELOOP_TARGET", ""),
        lambda: monkeypatch.delenv("LAKELOOP_TARGET"),
    ):
        forget()
        with pytest.raises(
            UnknownTargetError, match=r"LAKELOOP_TARGET is not set; .*dev, local, prod, staging"
        ):
            load_target()

    monkeypatch.setenv("LAKELOOP_TARGET", "dev")
    assert load_target().name == "dev"
    assert load_target("prod").name == "prod"


def test_unknown_target_lists_the_targets() -> None:
    with pytest.raises(UnknownTargetError) as error:
        load_target("stagging")

    assert str(error.value) == (
        f"{TARGETS}: no target 'stagging'; did you mean 'staging'? There are: dev, local, prod, staging"
    )


def test_unknown_use_case_lists_the_use_cases() -> None:
    with pytest.raises(
        UnknownUseCaseError, match=r"no use case 'chrun'; did you mean 'churn'\? There are: .*churn"
    ):
        load_use_case("chrun")


def test_a_use_case_named_like_a_path_is_unknown() -> None:
    with pytest.raises(UnknownUseCaseError):
        load_use_case("../config/targets")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no use case here"):
        load_use_cases(tmp_path)


def test_a_typo_names_file_key_and_allowed_keys(churn: dict[str, Any], write: Any) -> None:
    churn["gate"]["min_acu"] = churn["gate"].pop("min_auc")
    folder = write(churn)

    with pytest.raises(ConfigError) as error:
        load_use_case("churn", folder)

    lines = str(error.value).splitlines()
    assert (
        f"{folder}/churn.yaml: gate.min_acu: unknown key (value 0.8); did you mean min_auc? allowed keys are "
        "max_regression_auc, min_auc, min_average_precision, min_lift_over_baseline_auc"
    ) in lines
    assert any("gate.min_auc: missing; allowed keys are" in line for line in lines)


def test_a_typo_at_the_top_names_the_allowed_keys(churn: dict[str, Any], write: Any) -> None:
    churn["retrys"] = 3

    with pytest.raises(
        ConfigError, match=r"churn.yaml: retrys: unknown key \(value 3\); did you mean retries\?"
    ):
        load_use_case("churn", write(churn))


def test_a_typo_in_a_source_names_its_place(churn: dict[str, Any], write: Any) -> None:
    churn["sources"]["products"]["fromat"] = "csv"

    with pytest.raises(ConfigError, match=r"sources\.products\.fromat: unknown key .* did you mean format\?"):
        load_use_case("churn", write(churn))


def test_a_value_outside_the_allowed_ones_lists_them(churn: dict[str, Any], write: Any) -> None:
    churn["sources"]["products"]["format"] = "parquet"

    with pytest.raises(
        ConfigError, match=r"sources\.products\.format: 'parquet' is not allowed; .*'json' or 'csv'"
    ):
        load_use_case("churn", write(churn))


def test_an_unknown_column_type_lists_the_allowed_ones(churn: dict[str, Any], write: Any) -> None:
    churn["sources"]["products"]["columns"]["brand"] = "varchar"

    with pytest.raises(
        ConfigError, match=r"sources\.products\.columns\.brand: 'varchar' is not allowed; .*'string'"
    ):
        load_use_case("churn", write(churn))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("gate", "min_auc"), "0.8", r"gate\.min_auc: '0.8' is wrong: Input should be a valid number"),
        (("gate", "min_auc"), 1.5, r"gate\.min_auc: 1.5 is wrong: Input should be less than or equal to 1"),
        (("retries",), 2.5, r"retries: 2.5 is wrong: Input should be a valid integer"),
        (("retries",), True, r"retries: True is wrong"),
        (("tags",), "retail", r"tags: 'retail' is wrong"),
        (("name",), "Churn", r"name: 'Churn' is wrong: String should match pattern"),
        (("question", "first_day"), "soon", r"question\.first_day: 'soon' is wrong"),
        (("schedule", "score"), "daily", r"schedule\.score: 'daily': has 1 fields, expected the five"),
        (("schedule", "score"), "61 3 * * *", r"schedule\.score: '61 3 \* \* \*': "),
        (("timeouts", "train"), 0, r"timeouts\.train: 0 is wrong"),
        (("landing",), "/landing/churn", r"landing: '/landing/churn' is wrong"),
        (("features",), [], r"features: \[\] is wrong"),
        (("features",), ["a", "a"], r"features: .*: a is there more than once"),
        (("split", "gap_weeks"), 3, r"split.gap_weeks is 3, expected at least question.horizon_weeks \(4\)"),
        (("features",), ["churned"], "features holds churned: a key or the answer is no feature"),
        (("sources", "products", "keys"), ["sku"], r"sources\.products: sku is no column of this source"),
        (
            ("sources", "transactions", "event_time"),
            "basket_id",
            "event_time basket_id is bigint, expected timestamp",
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else str(value)[:20],
)
def test_a_wrong_value_names_key_and_value(
    path: tuple[str, ...], value: Any, said: str, churn: dict[str, Any], write: Any
) -> None:
    part = churn
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value

    with pytest.raises(ConfigError, match=said) as error:
        load_use_case("churn", write(churn))

    assert "churn.yaml: " in str(error.value)


def test_the_name_must_be_the_files(churn: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "fraud.yaml").write_text(yaml.safe_dump(churn))

    with pytest.raises(ConfigError, match=r"fraud.yaml: name is 'churn', expected 'fraud'"):
        load_use_case("fraud", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"name: churn\nname: churn\n", "key 'name' is there more than once"),
        (b"name: [churn\n", "is no YAML"),
        (b"- churn\n", "holds list, expected a mapping"),
        (b"", "holds NoneType, expected a mapping"),
        (b"name: \xff\xfe\n", "is no YAML"),
        (b"name: 2017-13-01\n", "is no YAML"),
        (b"? [a, b]\n: 1\n", "is no YAML"),
        (b"1: x\n", "1: unknown key"),
    ],
    ids=["twice", "syntax", "list", "empty", "utf-8", "date", "key that is a list", "key that is a number"],
)
def test_a_file_that_is_no_mapping_is_refused(text: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "churn.yaml").write_bytes(text)

    with pytest.raises(ConfigError, match=said) as error:
        load_use_case("churn", tmp_path)

    assert str(tmp_path / "churn.yaml") in str(error.value)


def test_merge_keys_work_and_are_no_duplicates(churn: dict[str, Any], tmp_path: Path) -> None:
    churn.pop("timeouts")
    text = yaml.safe_dump(churn) + "timeouts:\n  <<: {train: 10, score: 5}\n  train: 20\n"
    (tmp_path / "churn.yaml").write_text(text)

    timeouts = load_use_case("churn", tmp_path).timeouts

    assert (timeouts.train, timeouts.score) == (20, 5)


@pytest.mark.parametrize(
    ("target", "change", "said"),
    [
        ("local", {"bucket": "Not_A_Bucket"}, "target local: bucket: 'Not_A_Bucket' is wrong"),
        (
            "local",
            {"compute": {"kind": "cluster"}},
            r"compute\.kind: 'cluster' is not allowed; .*'serverless'",
        ),
        (
            "local",
            {"compute": {"kind": "job_cluster"}},
            "kind job_cluster also needs spark_version",
        ),
        (
            "local",
            {"compute": {"kind": "job_cluster", "spark_version": "17"}},
            "kind job_cluster also needs either node_type or instance_pool_id",
        ),
        (
            "local",
            {"compute": {**CLUSTER, "instance_pool_id": "p"}},
            "kind job_cluster also needs either node_type or instance_pool_id",
        ),
        (
            "local",
            {"compute": {**CLUSTER, "data_security_mode": "NONE"}},
            "data_security_mode: 'NONE' is not allowed",
        ),
        (
            "local",
            {"compute": {**CLUSTER, "instance_profile_arn": "x"}},
            "instance_profile_arn: 'x' is wrong",
        ),
        ("local", {"compute": {"kind": "serverless", "node_type": "m5"}}, "serverless takes no node_type"),
        ("prod", {"compute": {"autoscale": {"min": 3, "max": 2}}}, "compute"),
        ("local", {"catalogue": "main"}, "catalogue: unknown key .* did you mean catalog"),
        ("local", {"workspace_root": "/Shared/x"}, "workspace_root: '/Shared/x' is wrong"),
        ("local", {"poll_seconds": 0}, "poll_seconds: 0 is wrong"),
    ],
)
def test_a_wrong_target_names_target_and_key(
    target: str, change: dict[str, Any], said: str, targets: dict[str, Any], tmp_path: Path
) -> None:
    targets[target] |= change
    file = tmp_path / "targets.yaml"
    file.write_text(yaml.safe_dump(targets))

    with pytest.raises(ConfigError, match=said) as error:
        load_target(target, file)

    assert f"{file}: target {target}" in str(error.value)


def test_a_target_without_keys_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("local:\n")

    with pytest.raises(ConfigError, match="target local is None, expected a mapping"):
        load_target("local", file)
