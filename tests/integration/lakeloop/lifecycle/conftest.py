"""The stack's Spark with a schema that goes when the module ends, beside the MLflow store of the unit tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.include.lakeloop.lifecycle.conftest import (  # noqa: F401
    booster,
    client,
    households,
    logged,
    model,
    packed,
    store,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session


@pytest.fixture(scope="module")
def schema(spark: "SparkSession") -> Iterator[str]:
    """A schema of its own for the module."""
    name = f"lifecycle_{uuid4().hex[:8]}"
    spark.sql(f"CREATE SCHEMA {name}")
    yield name
    spark.sql(f"DROP SCHEMA {name} CASCADE")
