"""Rows of a use case with a rule in them, and an S3 of the test's own."""

from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from moto import mock_aws

from lakeloop.config import LabelledUseCase, Target, load_target
from lakeloop.lifecycle.reproduction.remote import Remote
from lakeloop.lifecycle.training.splits import TimeSplit, sliding_split
from tests.include.lakeloop.lifecycle.use_cases import BINARY, use_case

PERIODS, VISITORS = 40, 30


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lakeloop")
        yield client


@pytest.fixture
def remote(s3: Any, target: Target) -> Remote:
    return Remote(s3, target.dvc_uri)


@pytest.fixture
def target() -> Target:
    return load_target("local")


@pytest.fixture
def visits() -> LabelledUseCase:
    return use_case(BINARY)


@pytest.fixture
def frame(visits: LabelledUseCase) -> pd.DataFrame:
    """As `read_training_set` gives it: sorted; numbers, decimals as floats, flags with nulls, dates as objects."""
    return training_set(visits)


def training_set(use_case: LabelledUseCase, periods: int = PERIODS) -> pd.DataFrame:
    random, rows = np.random.default_rng(3), periods * VISITORS
    idle = random.integers(0, 60, rows)
    return pd.DataFrame(
        {
            "visitor": np.tile(np.arange(VISITORS, dtype="int64"), periods),
            "as_of": np.repeat([use_case.period.as_of(index) for index in range(periods)], VISITORS),
            "gone": ((idle > 30) ^ (random.random(rows) < 0.1)).astype("int32"),
            "idle_days": idle.astype("int32"),
            "spend": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
            "member": [True if drawn < 0.5 else None for drawn in random.random(rows)],
        }
    )


@pytest.fixture
def features() -> list[str]:
    return ["idle_days", "spend", "member"]


@pytest.fixture
def split(visits: LabelledUseCase, frame: pd.DataFrame) -> TimeSplit:
    return sliding_split(frame["as_of"].unique(), visits.period, visits.split)
