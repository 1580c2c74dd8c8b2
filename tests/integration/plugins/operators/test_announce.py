"""What silver gained is read through the SQL warehouse of the stack; an event only when it gained something."""

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from lakeloop.config import FileSource, Target
from lakeloop_airflow import assets
from lakeloop_airflow.operators.announce import AnnounceOperator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class _Pushed(dict[str, Any]):
    """A task instance that can be pushed to."""

    def xcom_push(self, key: str, value: Any) -> None:
        self[key] = value


class Events(list[Any]):
    """The asset's events, oldest first, asked for as the task SDK's accessor is."""

    def ascending(self, ascending: bool) -> "Events":
        return self if ascending else Events(reversed(self))

    def limit(self, limit: int) -> "Events":
        return Events(self[:limit])


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture
def source(spark: "SparkSession") -> Iterator[FileSource]:
    """A source with two empty silver tables."""
    table = {"format": "json", "keys": ["id"], "columns": {"id": "bigint"}}
    content: dict[str, Any] = {
        "kind": "files",
        "description": "x",
        "owner": "x",
        "landing": "landing/announce",
    }
    name = f"announce_{uuid4().hex[:8]}"
    content |= {"name": name, "tables": {"sales": table, "shops": table}}
    spark.sql(f"CREATE SCHEMA {name}_silver")
    for one in ("sales", "shops"):
        spark.sql(f"CREATE TABLE {name}_silver.{one} (id BIGINT, _ingested_at TIMESTAMP) USING DELTA")
    yield FileSource.model_validate(content, strict=False)
    spark.sql(f"DROP SCHEMA {name}_silver CASCADE")


@pytest.fixture
def add(spark: "SparkSession", source: FileSource) -> Any:
    """Adds rows to silver, ingested at the given second of 1970."""

    def inner(table: str, *seconds: float) -> None:
        rows = ", ".join(f"(1, timestamp_micros({round(second * 1_000_000)}))" for second in seconds)
        spark.sql(f"INSERT INTO {source.table('silver', table)} VALUES {rows}")

    return inner


@pytest.fixture
def announce(
    source: FileSource, target: Target, stack: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Executes the operator after `events`; returns the new event's extra."""
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", stack["AIRFLOW_CONN_DATABRICKS_DEFAULT"])
    asset = assets.silver(source)
    operator = AnnounceOperator(task_id="announce", source=source, target=target, announces=asset)

    def inner(*events: dict[str, Any] | None) -> Any:
        outlet, pushed = SimpleNamespace(extra={}), _Pushed()
        context = {
            "inlet_events": {asset: Events(SimpleNamespace(extra=extra) for extra in events)},
            "outlet_events": {asset: outlet},
            "ti": pushed,
        }
        assert operator.execute(context) == outlet.extra
        return outlet.extra

    return inner


def test_rows_are_announced_once_with_their_tables_and_versions(add: Any, announce: Any) -> None:
    add("sales", 1, 2.000001)
    first = announce()
    assert first == {
        "rows": 2,
        "tables": {"sales": {"rows": 2, "version": 1}},
        "through": "1970-01-01T00:00:02.000001+00:00",
    }
    with pytest.raises(
        AirflowSkipException, match=r"No new rows in sales, shops since 1970-01-01 00:00:02\.000001"
    ):
        announce(first)

    add("sales", 2.000002)
    add("shops", 3)
    second = announce(first)
    assert second["rows"] == 2
    assert second["tables"] == {"sales": {"rows": 1, "version": 2}, "shops": {"rows": 1, "version": 1}}
    assert datetime.fromisoformat(second["through"]).second == 3
    with pytest.raises(AirflowSkipException):
        announce(first, second)


def test_an_event_made_by_hand_does_not_hide_where_the_last_one_ended(add: Any, announce: Any) -> None:
    add("sales", 1)
    first = announce()
    add("sales", 2)
    assert announce(first, None, {"note": "by hand"})["rows"] == 1


def test_empty_tables_announce_nothing(announce: Any) -> None:
    with pytest.raises(AirflowSkipException, match="nothing to announce"):
        announce()
