"""A target that cannot hold the workers is refused by name, with what to set."""

from typing import Any

import pytest

from lakeloop.config import Compute, load_target
from lakeloop.lifecycle.training.distributed.cluster import (
    WrongComputeError,
    require_compute,
    require_workers,
)

JOB_CLUSTER = {"kind": "job_cluster", "node_type": "m5d.large", "spark_version": "17.3.x-scala2.13"}


def target_with(**train_compute: Any) -> Any:
    compute = Compute.model_validate(train_compute) if train_compute else None
    return load_target("local").model_copy(update={"train_compute": compute})


@pytest.mark.parametrize(
    ("compute", "said"),
    [
        ({}, "target local is serverless, whose Spark Connect has no barrier stages"),
        ({**JOB_CLUSTER, "workers": 3}, "has 3 workers"),
        (JOB_CLUSTER, "scales from 1 to 2 workers"),
        (
            {**JOB_CLUSTER, "workers": 4, "data_security_mode": "USER_ISOLATION"},
            "USER_ISOLATION, which has no RDDs; expected SINGLE_USER",
        ),
    ],
    ids=["serverless", "too few", "autoscaling", "no RDDs"],
)
def test_what_cannot_hold_the_workers_is_refused_by_name(compute: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongComputeError, match=said) as raised:
        require_compute(target_with(**compute), 4, "too many rows")

    assert str(raised.value).startswith("too many rows: ")
    assert "Set `train_compute: {kind: job_cluster, node_type: ..., spark_version: ..., workers: 4}`" in str(
        raised.value
    )


@pytest.mark.parametrize("size", [{"workers": 4}, {"workers": 9}, {"autoscale": {"min": 4, "max": 4}}])
def test_a_cluster_of_a_fixed_size_is_taken(size: dict[str, Any]) -> None:
    require_compute(target_with(**JOB_CLUSTER, **size), 4, "too many rows")


def test_a_spark_connect_session_is_refused() -> None:
    from pyspark.sql.connect.session import SparkSession

    session: Any = SparkSession.__new__(SparkSession)  # no server is asked

    with pytest.raises(WrongComputeError, match="this is Spark Connect"):
        require_workers(session, 2)
