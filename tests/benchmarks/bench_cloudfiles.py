"""How `cloudFiles` compares with Spark's own json source: same rows, same server, same Delta sink.

Run it where `eval "$(lakeloop env)"` has been said: ``python tests/benchmarks/bench_cloudfiles.py [--rows 1200000]``.
Runs of both sources take turns; the first of each is not counted. Once with types, once with every column as text,
which is Auto Loader's default.
"""

import argparse
import json
import random
import statistics
import time
from uuid import uuid4

import boto3
from pyspark.sql import SparkSession

BUCKET = "lakeloop"
FILES = 24
DDL = {
    "typed": "id bigint, value double, name string, at timestamp",
    "text": "id string, value string, name string, at string",
}


def main() -> None:
    """Write the files, run both sources in turn, print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_200_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    prefix, spark = f"bench_cloudfiles/{uuid4().hex[:8]}", SparkSession.builder.getOrCreate()
    write_files(prefix, options.rows)
    try:
        for mode, ddl in DDL.items():
            seconds: dict[str, list[float]] = {"json": [], "cloudFiles": []}
            for number in range(options.runs + 1):
                for source, taken in seconds.items():
                    name = f"{mode}-{source}-{number}"
                    taken.append(read(spark, source, ddl, prefix, name, options.rows))
            report(mode, {source: taken[1:] for source, taken in seconds.items()})
    finally:
        remove(prefix)


def write_files(prefix: str, rows: int) -> None:
    """Equal files of JSON lines."""
    dice, client = random.Random(1), boto3.client("s3")
    for file in range(FILES):
        numbers = range(file * rows // FILES, (file + 1) * rows // FILES)
        lines = [_line(n, dice.random()) for n in numbers]
        client.put_object(Bucket=BUCKET, Key=f"{prefix}/in/{file:03d}.json", Body="\n".join(lines))


def _line(number: int, value: float) -> str:
    moment = f"2017-01-{number % 28 + 1:02d}T10:00:00Z"
    return json.dumps({"id": number, "value": round(99 * value, 2), "name": f"n{number % 997}", "at": moment})


def read(spark: SparkSession, source: str, ddl: str, prefix: str, name: str, rows: int) -> float:
    """Seconds from the start of a stream to the end of its last batch. Raises when a row is missing."""
    began, out = time.monotonic(), f"s3a://{BUCKET}/{prefix}/{name}"
    reader = spark.readStream.format(source)
    if source == "json":
        reader = reader.schema(ddl + ", _rescued_data string")
    else:
        reader = reader.option("cloudFiles.format", "json").option("cloudFiles.schemaHints", ddl)
        reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/{name}-schema")
    writer = reader.load(f"s3a://{BUCKET}/{prefix}/in").writeStream.format("delta").trigger(availableNow=True)
    writer.option("checkpointLocation", f"{out}-checkpoint").start(out).awaitTermination()
    seconds = time.monotonic() - began
    landed = spark.read.format("delta").load(out).count()
    if landed != rows:
        raise RuntimeError(f"{source} landed {landed} rows of {rows}")
    return seconds


def report(mode: str, seconds: dict[str, list[float]]) -> None:
    """Print what each source took, and the ratio of the medians."""
    for source, taken in seconds.items():
        print(f"{source}: median {statistics.median(taken):.1f} s of {', '.join(f'{t:.1f}' for t in taken)}")
    ratio = statistics.median(seconds["cloudFiles"]) / statistics.median(seconds["json"])
    print(f"{mode}: cloudFiles / json = {ratio:.2f}")


def remove(prefix: str) -> None:
    """Delete everything below the prefix."""
    client = boto3.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{prefix}/"):
        client.delete_objects(
            Bucket=BUCKET, Delete={"Objects": [{"Key": o["Key"]} for o in page["Contents"]]}
        )


if __name__ == "__main__":
    main()
