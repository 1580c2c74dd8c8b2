"""What is wrong with a YAML file is said with the file, the key, the value and what is allowed there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import (
    ConfigError,
    UnknownSourceError,
    UnknownTargetError,
    UnknownUseCaseError,
    configuration_errors,
    load_source,
    load_sources,
    load_target,
    load_use_case,
    load_use_cases,
    valid_sources,
    valid_use_cases,
)
from lakeloop.config.loading import SOURCES, TARGETS, USE_CASES

CLUSTER = {"kind": "job_cluster", "spark_version": "17.3.x-scala2.13", "node_type": "m5d.large"}


@pytest.mark.parametrize("file", sorted(USE_CASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_use_case_loads(file: Path) -> None:
    assert load_use_case(file.stem).name == file.stem


@pytest.mark.parametrize("file", sorted(SOURCES.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_source_loads(file: Path) -> None:
    assert load_source(file.stem).name == file.stem


def test_all_come_sorted() -> None:
    names = [use_case.name for use_case in load_use_cases()]

    assert "churn" in names
    assert names == sorted(names)
    assert "retail" in [source.name for source in load_sources()]


def test_there_is_nothing_wrong_with_the_repositorys_own_files() -> None:
    assert configuration_errors() == []


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


def test_unknown_source_lists_the_sources() -> None:
    with pytest.raises(UnknownSourceError, match=r"no source 'retial'; did you mean 'retail'\?"):
        load_source("retial")


def test_a_use_case_named_like_a_path_is_unknown() -> None:
    with pytest.raises(UnknownUseCaseError):
        load_use_case("../config/targets")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no use case here"):
        load_use_cases(tmp_path)


def test_a_file_whose_ending_would_hide_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "churn.yml").write_text("kind: batch\n")

    with pytest.raises(ConfigError, match=r"churn\.yml: is not read; rename it to churn\.yaml"):
        load_use_cases(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("old.yml", "kind: batch\n", r"old\.yml: is not read; rename it to old\.yaml"),
        (".old.yml", "kind: batch\n", r"\.old\.yml: is not read"),
        (
            "odd.yaml",
            "kind: batch\nentity: {keys: {2017-01-01: bigint}}\n",
            r"odd\.yaml: cannot be said in JSON",
        ),
        ("odd.yaml", "kind: batch\nentity: &all [*all]\n", r"odd\.yaml: cannot be said in JSON"),
    ],
)
def test_an_odd_file_leaves_the_others_alone(
    churn: dict[str, Any], write: Any, name: str, text: str, said: str
) -> None:
    folder = write(churn)
    (folder / name).write_text(text)

    assert [use_case.name for use_case in valid_use_cases(folder)] == ["churn"]
    [error] = configuration_errors(folder)
    assert re.search(said, error)


def test_a_source_that_is_not_there_is_named(churn: dict[str, Any], write: Any) -> None:
    churn["source"] = "retial"

    with pytest.raises(
        ConfigError, match=r"churn\.yaml: source: no source 'retial' .* did you mean 'retail'\?"
    ):
        load_use_case("churn", write(churn))


def test_one_wrong_file_leaves_all_others_alone(churn: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(yaml.safe_dump(churn))
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump({**churn, "retrys": 1}))

    assert [use_case.name for use_case in valid_use_cases(tmp_path)] == ["good"]
    [said] = configuration_errors(tmp_path)
    assert f"{tmp_path}/wrong.yaml: retrys: unknown key (value 1); did you mean retries?" in said


def test_a_wrong_source_takes_its_own_use_cases_along(
    churn: dict[str, Any], retail: dict[str, Any], tmp_path: Path
) -> None:
    sources, use_cases = tmp_path / "sources", tmp_path / "use_cases"
    sources.mkdir()
    use_cases.mkdir()
    (sources / "retail.yaml").write_text(yaml.safe_dump({**retail, "landign": "x"}))
    (sources / "other.yaml").write_text(yaml.safe_dump(retail))
    (use_cases / "churn.yaml").write_text(yaml.safe_dump(churn))
    (use_cases / "good.yaml").write_text(yaml.safe_dump({**churn, "source": "other"}))

    assert [source.name for source in valid_sources(sources)] == ["other"]
    assert [use_case.name for use_case in valid_use_cases(use_cases, sources)] == ["good"]
    assert len(configuration_errors(use_cases, sources)) == 1


def test_the_kind_picks_the_class(churn: dict[str, Any], write: Any) -> None:
    with pytest.raises(
        ConfigError, match=r"churn\.yaml: kind: 'streem'; allowed values are batch, ranking, stream"
    ):
        load_use_case("churn", write({**churn, "kind": "streem"}))
    churn.pop("kind")
    with pytest.raises(
        ConfigError, match=r"churn\.yaml: kind: missing; allowed values are batch, ranking, stream"
    ):
        load_use_case("churn", write(churn))


def test_the_name_is_the_files_own(churn: dict[str, Any], write: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"name: unknown key; the name is the file's own, 'churn'"):
        load_use_case("churn", write({**churn, "name": "fraud"}))
    (tmp_path / "Churn-2.yaml").write_text(yaml.safe_dump(churn))
    with pytest.raises(ConfigError, match=r"name: 'Churn-2' is wrong"):
        load_use_case("Churn-2", tmp_path)


@pytest.mark.parametrize("name", ["sources", "releases"])
def test_a_use_case_is_not_called_like_a_folder_beside_its_own(
    name: str, churn: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(churn))

    with pytest.raises(
        ConfigError, match=rf"name: '{name}': cannot be the name of a use case, because .* choose"
    ):
        load_use_case(name, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"kind: batch\nkind: batch\n", "key 'kind' is there more than once"),
        (b"kind: [batch\n", "is no YAML"),
        (b"- churn\n", "holds list, expected a mapping"),
        (b"", "holds NoneType, expected a mapping"),
        (b"kind: \xff\xfe\n", "is no YAML"),
        (b"kind: 2017-13-01\n", "is no YAML"),
        (b"? [a, b]\n: 1\n", "is no YAML"),
        (b"kind: [batch]\n", r"kind: \['batch'\]; allowed values are batch"),
        (b"kind: batch\n1: x\n", "1: unknown key"),
    ],
    ids=["twice", "syntax", "list", "empty", "utf-8", "date", "list as key", "list as kind", "number as key"],
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
