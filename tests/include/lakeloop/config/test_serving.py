"""What answers in real time on a target, and what a rollout goes without there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lakeloop.config import (
    ConfigError,
    StreamUseCase,
    load_target,
    load_use_case,
    servable_use_cases,
    serving_errors,
)
from lakeloop.config.serving import ModelServing

SELDON = {"kind": "seldon", "models": "s3://lake/models"}
ALL = ["shadow", "scores", "judgement"]


@pytest.fixture
def fraud() -> StreamUseCase:
    found = load_use_case("fraud")
    assert isinstance(found, StreamUseCase)
    return found


def _target(targets: dict[str, Any], tmp_path: Path, serving: Any) -> Any:
    targets["dev"]["serving"] = serving
    file = tmp_path / "targets.yaml"
    file.write_text(yaml.safe_dump(targets))
    return load_target("dev", file)


def test_the_scorer_does_all_that_a_use_case_asks_for(fraud: StreamUseCase) -> None:
    assert load_target("local").rollout_of(fraud) == fraud.rollout


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_model_serving_goes_without_what_it_says(name: str, fraud: StreamUseCase) -> None:
    target = load_target(name)
    rollout = target.rollout_of(fraud)
    assert rollout is not None
    assert fraud.rollout.steps == ("shadow", 5, 25, 100)
    assert rollout.steps == (5, 25, 100)
    assert rollout.limits.scores is None
    assert rollout.limits.errors == fraud.rollout.limits.errors
    assert target.endpoint_name(fraud) == f"{name}-fraud"


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (
            ["scores"],
            r"no copy of a request.*fraud asks for it \(rollout.steps: shadow\).*leaves_out: \[shadow\]",
        ),
        (["shadow"], r"no distribution of scores.*\(rollout.limits.scores\)"),
    ],
)
def test_what_it_does_not_say_is_refused_by_name(
    left_out: list[str], said: str, targets: dict[str, Any], tmp_path: Path, fraud: StreamUseCase
) -> None:
    target = _target(targets, tmp_path, {"kind": "databricks", "leaves_out": left_out})
    with pytest.raises(ValueError, match=said):
        target.rollout_of(fraud)
    assert len(serving_errors(target)) == 1
    names = [use_case.name for use_case in servable_use_cases(target)]
    assert "fraud" not in names
    assert "churn" in names


def test_a_use_case_that_asks_for_nothing_of_it_needs_no_word(
    targets: dict[str, Any], tmp_path: Path, fraud: StreamUseCase
) -> None:
    limits = fraud.rollout.limits.model_copy(update={"scores": None})
    plain = fraud.rollout.model_copy(update={"steps": (5, 100), "limits": limits})
    target = _target(targets, tmp_path, {"kind": "databricks"})
    assert target.rollout_of(fraud.model_copy(update={"rollout": plain})) == plain


def test_seldon_has_no_judged_step(targets: dict[str, Any], tmp_path: Path, fraud: StreamUseCase) -> None:
    target = _target(targets, tmp_path, SELDON | {"leaves_out": ALL})
    assert target.rollout_of(fraud).judged_steps == ()
    with pytest.raises(ValueError, match="nothing reads Seldon Core's metrics"):
        _target(targets, tmp_path, SELDON | {"leaves_out": ["shadow", "scores"]}).rollout_of(fraud)


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        ({"kind": "sagemaker"}, "serving.kind: 'sagemaker' is not allowed; allowed values are"),
        ({"kind": "databricks", "workload_size": "Huge"}, "serving.workload_size: 'Huge' is not allowed"),
        ({"kind": "databricks", "leaves_out": ["errors"]}, "leaves_out"),
        ({"kind": "scorer", "leaves_out": []}, "serving.leaves_out: unknown key"),
        ({"kind": "seldon"}, "serving.models: missing"),
        (SELDON | {"models": "models"}, "serving.models: 'models' is wrong"),
        (SELDON | {"runtime": "oipscorer"}, "oipscorer needs one, mlserver none"),
        (SELDON | {"image": "registry/scorer:1"}, "oipscorer needs one, mlserver none"),
        (SELDON | {"context": "prod"}, "expected both or none"),
        (SELDON | {"namespace": "Seldon_Mesh"}, "serving.namespace: 'Seldon_Mesh' is wrong"),
    ],
)
def test_a_wrong_serving_is_named(serving: Any, said: str, targets: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        _target(targets, tmp_path, serving)


def test_prod_is_larger() -> None:
    serving = load_target("prod").serving
    assert isinstance(serving, ModelServing)
    assert serving.workload_size == "Medium"
