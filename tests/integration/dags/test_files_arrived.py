"""The sensor of the ingest DAG on the stack's S3: it waits off the worker and wakes for the first file."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import TaskDeferred

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def prefix() -> str:
    return f"tests/{uuid4().hex[:8]}"


@pytest.fixture
def sensor(stack: dict[str, str], prefix: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``files_arrived`` as the DAG file makes it, looking below a prefix of its own."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.bases.operator import ExecutorSafeguard

    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)
    connection = {
        "conn_type": "aws",
        "login": stack["AWS_ACCESS_KEY_ID"],
        "password": stack["AWS_SECRET_ACCESS_KEY"],
        "extra": {"endpoint_url": stack["AWS_ENDPOINT_URL"], "region_name": stack["AWS_REGION"]},
    }
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    bag = DagBag(ROOT / "dags" / "ingest.py")
    assert bag.import_errors == {}
    task: Any = bag.dags["retail_ingest"].get_task("files_arrived")
    assert task.bucket_key == "s3://lakeloop/landing/retail/*"
    task.bucket_key = f"s3://lakeloop/{prefix}/*"
    return task


def test_it_wakes_for_the_first_file(sensor: Any, s3: Any, prefix: str) -> None:
    with pytest.raises(TaskDeferred) as deferral:
        sensor.execute({})
    assert deferral.value.timeout.total_seconds() == 30 * 60

    async def wait() -> Any:
        events = deferral.value.trigger.run()
        waiting = asyncio.ensure_future(anext(events))
        put = {"Bucket": "lakeloop", "Key": f"{prefix}/products/date=2017-01-01/products.csv", "Body": b"x"}
        await asyncio.to_thread(lambda: s3.put_object(**put))
        return await asyncio.wait_for(waiting, 60)

    event = asyncio.run(wait())

    assert event.payload == {"status": "success"}
    sensor.execute_complete({}, event.payload)
    s3.delete_object(Bucket="lakeloop", Key=f"{prefix}/products/date=2017-01-01/products.csv")


def test_a_file_that_is_there_already_needs_no_waiting(sensor: Any, s3: Any, prefix: str) -> None:
    s3.put_object(Bucket="lakeloop", Key=f"{prefix}/products/date=2017-01-01/products.csv", Body=b"x")

    assert sensor.execute({}) is None

    s3.delete_object(Bucket="lakeloop", Key=f"{prefix}/products/date=2017-01-01/products.csv")


def test_a_missing_bucket_is_named(sensor: Any) -> None:
    sensor.bucket_key = "s3://no-such-bucket/landing/*"

    with pytest.raises(Exception, match="NoSuchBucket"):
        sensor.execute({})
