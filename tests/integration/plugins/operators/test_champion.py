"""An old night has the champion that it had, by the ledger that the SQL warehouse sees."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from mlflow.tracking import MlflowClient

from lakeloop.config import Target, UseCase
from lakeloop.lifecycle.deployment.delta_ledger import DeltaLedger
from lakeloop.lifecycle.deployment.ledger import LedgerRow, following
from lakeloop.lifecycle.sql import through_spark
from lakeloop_airflow.operators.champion import ChampionOperator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture(scope="module")
def schema(spark: "SparkSession") -> Iterator[str]:
    """A schema for a ledger; it goes when the module ends."""
    name = f"champion_{uuid4().hex[:8]}"
    spark.sql(f"CREATE SCHEMA {name}")
    yield name
    spark.sql(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def past(
    use_case: UseCase, target: Target, schema: str, stack: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> ChampionOperator:
    operator = ChampionOperator(task_id="champion", use_case=use_case, target=target, date="2017-01-01")
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    operator.ledger_table = f"{schema}.promotions"
    return operator


@pytest.mark.parametrize("missing", ["{schema}.nothing", "no_such_schema.promotions"])
def test_an_old_night_without_a_ledger_is_skipped(
    past: ChampionOperator, schema: str, model: str, missing: str
) -> None:
    past.date, past.ledger_table = "2017-01-01", missing.format(schema=schema)

    with pytest.raises(AirflowSkipException, match=f"{model} had no champion at 2017-01-01 23:59 UTC"):
        past.execute({})


def test_an_old_night_has_the_champion_that_it_had(
    past: ChampionOperator, spark: "SparkSession", client: MlflowClient, version: Any, model: str
) -> None:
    client.set_registered_model_alias(model, "champion", version())
    midnight = datetime(2017, 1, 10, tzinfo=UTC)
    for moment, before, after in [
        (midnight - timedelta(microseconds=1), None, "7"),  # the last moment of the 9th
        (midnight, "7", "8"),
    ]:
        row = LedgerRow(
            who="a", why="b", model=model, promoted_at=moment, from_version=before, to_version=after
        )
        ledger = DeltaLedger(through_spark(spark), past.ledger_table)
        ledger.append(following(ledger.rows(model), row))

    nights = {}
    for day in (9, 10, 11):
        past.date = f"2017-01-{day:02d}"
        nights[day] = past.execute({})

    assert nights == {9: "7", 10: "8", 11: "8"}
