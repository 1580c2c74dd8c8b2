"""Where things lie in each target."""

import json
from typing import cast

import pytest
from pydantic import ValidationError

from lakeloop.config import Autoscale, Compute, FileSource, Target, load_source, load_target, load_use_case

churn, retail = load_use_case("churn"), cast(FileSource, load_source("retail"))


def test_addresses_of_a_source_and_a_use_case() -> None:
    local = load_target("local")

    assert local.landing_uri(retail) == "s3://lakeloop/landing/retail"
    assert local.checkpoint_uri(retail, "products") == "s3://lakeloop/checkpoints/retail/products"
    assert local.scores_uri(churn) == "s3://lakeloop/scores/churn"
    assert local.notebook("1.0", "train") == "/Workspace/Shared/lakeloop/local/releases/1.0/notebooks/train"
    assert local.wheel("1.0") == "/Workspace/Shared/lakeloop/local/releases/1.0/lakeloop-1.0-py3-none-any.whl"


@pytest.mark.parametrize("where", ["deployment", "pointer"])
def test_targets_may_share_a_workspace(where: str) -> None:
    dev, prod = load_target("dev"), load_target("prod")

    assert dev.workspace_root == prod.workspace_root
    assert getattr(dev, where) != getattr(prod, where)
    assert dev.experiment(churn) == "/Shared/lakeloop/dev/churn"
    assert dev.run_name(churn, "score") == "[dev] churn score"


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(KeyError, match="source retail has no table 'orders'; it has transactions"):
        load_target("local").checkpoint_uri(retail, "orders")


def test_the_model_lives_in_the_catalog_of_its_target() -> None:
    assert load_target("local").model_name(churn) == "dev.churn_ml.churn"
    assert load_target("prod").model_name(churn) == "prod.churn_ml.churn"


def test_training_may_have_machines_of_its_own() -> None:
    cluster = Compute(kind="job_cluster", node_type="m5d.large", spark_version="17.3.x", workers=4)
    target = load_target("local").model_copy(update={"train_compute": cluster})

    assert target.compute_of("train") == cluster
    assert target.compute_of("score") == target.compute
    assert load_target("local").compute_of("train") == target.compute


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"workers": 4}, 4),
        ({"autoscale": {"min": 3, "max": 3}}, 3),
        ({"autoscale": {"min": 1, "max": 3}}, None),
    ],
)
def test_a_cluster_is_fixed_or_scales(size: dict, expected: int | None) -> None:
    described = {"kind": "job_cluster", "node_type": "m5d.large", "spark_version": "17.3.x", **size}

    assert Compute.model_validate(described).fixed_workers == expected
    assert Compute(kind="serverless").fixed_workers is None


def test_two_sizes_are_refused() -> None:
    with pytest.raises(ValidationError, match="workers and autoscale are both set; set one"):
        Compute(
            kind="job_cluster",
            node_type="m",
            spark_version="17",
            workers=2,
            autoscale=Autoscale(min=1, max=2),
        )


def test_nobody_is_asked_unless_the_target_says_so() -> None:
    assert load_target("local").approval is False
    local = load_target("local").model_dump(exclude_unset=True)
    assert Target.model_validate_json(json.dumps(local | {"approval": ["jane"]})).approval == ("jane",)
    assert Target.model_validate_json(json.dumps(local | {"approval": True})).approval is True


@pytest.mark.parametrize("approval", [[], "yes", [""], 1])
def test_an_approval_by_nobody_is_refused(approval: object) -> None:
    with pytest.raises(ValueError, match=r"\napproval"):
        Target.model_validate_json(
            json.dumps(load_target("local").model_dump(exclude_unset=True) | {"approval": approval})
        )
