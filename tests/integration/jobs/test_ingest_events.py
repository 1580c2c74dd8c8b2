"""The ingest job reads a real broker; bronze and silver are read back with delta-rs."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from deltalake import DeltaTable

from lakeloop.config import EventSource, Target
from lakeloop_jobs.ingest import Ingested, ingest, prepare
from lakeloop_stack.services.realtime import realtime_environment
from tests.include.stack.services.realtime.conftest import realtime_in

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = {"payment_id": "string", "account": "string", "amount": "double", "paid_at": "timestamp"}
ARRIVED = 1_735_732_800_000  # 2025-01-01T12:00:00Z


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of the clients of a broker of its own."""
    with realtime_in(tmp_path_factory.mktemp("kafka")) as realtime:
        variables = realtime_environment(realtime.settings, realtime.secrets)
        yield {name: value for name, value in variables.items() if name.startswith("KAFKA_")}


@pytest.fixture
def source(
    kafka: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    spark: "SparkSession",
) -> Iterator[EventSource]:
    """One topic of two partitions; the tables go at the end."""
    for name, value in kafka.items():
        monkeypatch.setenv(name, value)
    table = {"keys": ["payment_id"], "event_time": "paid_at", "partition_by": "account", "partitions": 2}
    columns = {name: {"type": kind, "missing": "quarantine"} for name, kind in COLUMNS.items()}
    content = {
        "kind": "events",
        "name": f"bank_{uuid4().hex[:8]}",
        "description": "Payments.",
        "owner": "data",
        "tables": {"payments": table | {"columns": columns}},
    }
    made = EventSource.model_validate_json(json.dumps(content))
    new = NewTopic(made.topic("payments"), 2, replication_factor=1, config={"retention.ms": "-1"})
    admin = AdminClient(_client(kafka))  # kept: what it began ends with it
    for future in admin.create_topics([new]).values():
        future.result(30)
    yield made
    for layer in ("bronze", "silver"):
        spark.sql(f"DROP SCHEMA IF EXISTS {made.name}_{layer} CASCADE")


def _client(kafka: dict[str, str]) -> dict[str, Any]:
    return {"bootstrap.servers": kafka["KAFKA_BOOTSTRAP_SERVERS"]}


def _payment(number: int, **other: Any) -> bytes:
    row = {"payment_id": f"P{number}", "account": f"A{number % 3}", "amount": number / 4}
    return json.dumps(row | {"paid_at": "2025-01-01T11:59:00.250Z"} | other).encode()


def _send(kafka: dict[str, str], source: EventSource, *values: bytes | None) -> None:
    producer = Producer(_client(kafka))
    for number, value in enumerate(values):
        producer.produce(
            source.topic("payments"),
            value,
            key=str(number % 3),
            partition=number % 2,
            timestamp=ARRIVED + number,
        )
    assert producer.flush(30) == 0


def _ingested(spark: "SparkSession", source: EventSource, target: Target) -> Ingested:
    return ingest(spark, source, target, "payments", prepare(spark, source))


def _rows(spark: "SparkSession", stack: dict[str, str], table: str) -> list[dict[str, Any]]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}
    location = spark.sql(f"DESCRIBE DETAIL {table}").collect()[0]["location"]
    delta = DeltaTable(location.replace("s3a://", "s3://"), storage_options=options)
    return delta.to_pyarrow_table().to_pylist()


def test_each_message_arrives_once_and_what_does_not_fit_is_kept_with_its_reason(
    spark: "SparkSession",
    environment: dict[str, str],
    kafka: dict[str, str],
    source: EventSource,
    target: Target,
) -> None:
    good = [_payment(number) for number in range(6)]
    bad = [
        b'{"payment_id": "P7", "amo',
        b"[1, 2]",
        None,
        _payment(8, amount="much"),
        _payment(9, account=None),
    ]
    _send(kafka, source, *good, *bad, _payment(10, unannounced={"a": 1}), good[0])

    first = _ingested(spark, source, target)
    again = _ingested(spark, source, target)

    assert (first.counts.rows, first.counts.files) == (13, 2)
    assert (first.counts.added, first.counts.duplicates, first.counts.quarantined) == (7, 1, 5)
    assert again.counts.rows == 0
    silver = _rows(spark, environment, source.table("silver", "payments"))
    assert {row["payment_id"]: row["amount"] for row in silver} == {f"P{n}": n / 4 for n in [*range(6), 10]}
    assert {row["paid_at"].isoformat() for row in silver} == {"2025-01-01T11:59:00.250000+00:00"}
    reasons = sorted(row["reason"] for row in _rows(spark, environment, source.quarantine("payments")))
    assert reasons == [
        "account missing",
        "line cannot be read",
        "line cannot be read",
        "line cannot be read",
        "value does not fit: amount",
    ]


def test_bronze_knows_from_where_a_message_came_and_what_no_column_took(
    spark: "SparkSession",
    environment: dict[str, str],
    kafka: dict[str, str],
    source: EventSource,
    target: Target,
) -> None:
    _send(kafka, source, _payment(1, unannounced=5), _payment(2))
    _ingested(spark, source, target)
    _send(kafka, source, _payment(3))
    second = _ingested(spark, source, target)

    bronze = {row["payment_id"]: row for row in _rows(spark, environment, source.table("bronze", "payments"))}

    assert second.counts.rows == 1
    assert len(bronze) == 3
    assert json.loads(bronze["P1"]["_rescued_data"]) == {"unannounced": "5"}
    assert bronze["P2"]["_rescued_data"] is None
    assert bronze["P1"]["_arrived_at"].timestamp() * 1000 == ARRIVED
    places = {(row["_file_path"], row["_offset"]) for row in bronze.values()}
    assert len(places) == 3
    assert all(path.startswith(f"kafka://{source.topic('payments')}/") for path, _ in places)
