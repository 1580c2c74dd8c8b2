"""A partition that Spark writes is one file, and only that partition is replaced."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from lakeloop.lifecycle.export import write_partition

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_spark_writes_one_file_per_partition_and_replaces_only_that(spark: "SparkSession", s3: Any) -> None:
    prefix = f"tests/{uuid4().hex[:8]}"
    root = f"s3://lakeloop/{prefix}"

    write_partition(s3, spark.range(100), root, "date=2017-01-11", 100)
    write_partition(s3, spark.range(50), root, "date=2017-01-12", 50)
    uri = write_partition(s3, spark.range(7), root, "date=2017-01-12", 7)

    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="lakeloop", Prefix=prefix)["Contents"]]
    assert uri == f"{root}/date=2017-01-12/"
    assert sorted(keys) == [f"{prefix}/date=2017-01-1{day}/part-00000.parquet" for day in (1, 2)]
    counts = [_rows(s3, key) for key in sorted(keys)]
    assert counts == [100, 7]
    s3.delete_objects(Bucket="lakeloop", Delete={"Objects": [{"Key": key} for key in keys]})


def _rows(client: Any, key: str) -> int:
    body = client.get_object(Bucket="lakeloop", Key=key)["Body"].read()
    return pq.read_table(pa.BufferReader(body)).num_rows
