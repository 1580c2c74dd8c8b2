"""Auto Loader on the running Spark Connect server, as a user writes it; read back with delta-rs."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from deltalake import DeltaTable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BUCKET = "lakeloop"
Put = Callable[[str, str | bytes], None]
Rows = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> "SparkSession":
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(stack["SPARK_REMOTE"]).getOrCreate()


@pytest.fixture
def prefix(s3: Any) -> Iterator[str]:
    """A prefix of the test's own in the bucket; what is below it goes."""
    name = f"test_cloudfiles/{uuid4().hex[:8]}"
    yield name
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{name}/"):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=BUCKET, Key=item["Key"])


@pytest.fixture
def put(s3: Any, prefix: str) -> Put:
    """Writes a file into the folder that the stream reads."""
    return lambda name, body: s3.put_object(Bucket=BUCKET, Key=f"{prefix}/in/{name}", Body=body)


@pytest.fixture
def rows(stack: dict[str, str], prefix: str) -> Rows:
    """The rows of the sink, sorted by id."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    options = {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}

    def inner() -> list[dict[str, Any]]:
        table = DeltaTable(f"s3://{BUCKET}/{prefix}/out", storage_options=options)
        return sorted(table.to_pyarrow_table().to_pylist(), key=lambda row: (row["id"] is None, row["id"]))

    return inner


def _stream(spark: "SparkSession", prefix: str, **options: str) -> "DataFrame":
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    return reader.options(**options).load(f"s3://{BUCKET}/{prefix}/in")


def _write(frame: "DataFrame", prefix: str) -> None:
    writer = frame.writeStream.format("delta").outputMode("append").trigger(availableNow=True)
    writer = writer.option("checkpointLocation", f"s3a://{BUCKET}/{prefix}/checkpoint")
    writer.start(f"s3a://{BUCKET}/{prefix}/out").awaitTermination()


HINTS = {"cloudFiles.schemaHints": "id bigint, value double"}


def test_the_papers_snippet(spark: "SparkSession", prefix: str, put: Put, rows: Rows) -> None:
    from pyspark.sql.functions import col

    lines = [{"id": 1, "name": "a", "value": 1.5}, {"id": 2, "name": "b", "value": 2}, {"id": 1, "name": "a"}]
    put("a.json", "\n".join(json.dumps(line) for line in lines))

    # Configure Autoloader to ingest data from S3
    df = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "json")
        .option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
        .load(f"s3://{BUCKET}/{prefix}/in")
    )

    # Perform data cleaning and transformation
    cleaned_df = df.dropDuplicates(["id"]).withColumn("value", col("value").cast("double"))

    _write(cleaned_df, prefix)
    assert [(row["id"], row["name"], row["value"]) for row in rows()] == [("1", "a", 1.5), ("2", "b", 2.0)]


def test_each_file_once_also_a_late_one_with_a_smaller_name(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put_numbers(put, 5, 6)
    frame = _stream(spark, prefix, **HINTS, **{"cloudFiles.maxFilesPerTrigger": "1"})
    _write(frame, prefix)
    assert [row["id"] for row in rows()] == [5, 6]
    put_numbers(put, 1, 7)
    put("5.json", '{"id":50}')  # overwritten: it has been read
    _write(_stream(spark, prefix, **HINTS), prefix)
    assert [row["id"] for row in rows()] == [1, 5, 6, 7]
    _write(_stream(spark, prefix, **HINTS), prefix)
    assert len(rows()) == 4


def test_the_schemes_of_a_bucket_are_one_source(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put("1.json", '{"id":1}')
    for scheme in ("s3a", "s3"):
        reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json").options(**HINTS)
        reader = reader.option("cloudFiles.schemaLocation", f"{scheme}://{BUCKET}/{prefix}/schema")
        _write(reader.load(f"{scheme}://{BUCKET}/{prefix}/in"), prefix)
        assert [row["id"] for row in rows()] == [1]


def put_numbers(put: Put, *numbers: int) -> None:
    """One file for each number."""
    for number in numbers:
        put(f"{number}.json", json.dumps({"id": number}))


def test_what_does_not_fit_is_kept_with_its_file(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put("0.json", '{"id":0,"value":0}')
    assert _stream(spark, prefix, **HINTS).columns == ["id", "value", "_rescued_data"]  # fixed from here on
    put("a.json", '{"id":1,"value":"much"}\n{"id":2,"new":[1]}\n{"id":3,"value":0.5}\nbad\n')
    good = "".join(f'{{"id":{i},"value":{i * 7919}}}\n' for i in range(10, 2000)).encode()
    put("b.json.gz", gzip.compress(good)[:-900])
    _write(_stream(spark, prefix, **HINTS, rescuedDataColumn="_bad"), prefix)

    found = rows()
    in_a = f"s3://{BUCKET}/{prefix}/in/a.json"
    rescued = [json.loads(row["_bad"]) for row in found if row["_bad"]]
    assert rescued[0] == {"value": "much", "_file_path": in_a}
    assert rescued[1] == {"new": [1], "_file_path": in_a}
    assert {"_corrupt_record": "bad", "_file_path": in_a} in rescued
    (damaged,) = [row for row in rescued if "_problem" in row]
    assert damaged["_file_path"].endswith("/in/b.json.gz")
    from_b = [row["id"] for row in found if row["id"] and row["id"] >= 10]
    assert from_b == list(range(10, 10 + len(from_b)))
    assert 500 < len(from_b) < 1990


def test_csv_with_types(spark: "SparkSession", prefix: str, put: Put, rows: Rows) -> None:
    put("a.csv", "id,day,name\n1,2017-01-01,a\n2,,\n")
    _write(
        _stream(
            spark,
            prefix,
            **{"cloudFiles.format": "csv", "cloudFiles.inferColumnTypes": "true", "header": "true"},
        ),
        prefix,
    )
    first, second = rows()
    assert (first["id"], first["day"].isoformat(), first["name"]) == (1, "2017-01-01", "a")
    assert (second["id"], second["day"], second["name"]) == (2, None, None)


def _csv(spark: "SparkSession", prefix: str, **options: str) -> "DataFrame":
    reader = spark.readStream.format("cloudFiles").schema("id string, name string, _rescued_data string")
    reader = reader.option("cloudFiles.format", "csv").options(**options)
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    return reader.load(f"s3://{BUCKET}/{prefix}/in")


def test_csv_has_a_header_where_its_schema_is_inferred_and_none_where_it_is_given(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put("a.csv", "id,name\n1,a\n")
    inferred = _stream(spark, prefix, **{"cloudFiles.format": "csv"})
    assert inferred.dtypes == [("id", "string"), ("name", "string"), ("_rescued_data", "string")]
    _write(_csv(spark, prefix), prefix)
    assert [(row["id"], row["name"]) for row in rows()] == [("1", "a"), ("id", "name")]


def test_csv_with_a_header_goes_by_name(spark: "SparkSession", prefix: str, put: Put, rows: Rows) -> None:
    put("a.csv", "name,extra,id\na,x,1\n")
    _write(_csv(spark, prefix, header="true"), prefix)
    (row,) = rows()
    assert (row["id"], row["name"], json.loads(row["_rescued_data"])["extra"]) == ("1", "a", "x")


def test_a_name_in_another_case_is_no_column_of_its_own(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put("a.json", '{"id":1}\n{"ID":2}\n')
    frame = _stream(spark, prefix)
    assert frame.columns == ["id", "_rescued_data"]
    _write(frame, prefix)
    first, second = rows()
    assert (first["id"], second["id"], json.loads(second["_rescued_data"])["ID"]) == ("1", None, 2)


def test_a_given_schema_is_honoured(spark: "SparkSession", prefix: str, put: Put, rows: Rows) -> None:
    put("a.json", '{"id":1,"value":2,"other":3}\n')
    reader = spark.readStream.format("cloudFiles").schema("id int, value float")
    reader = reader.option("cloudFiles.format", "json")
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    frame = reader.load(f"s3://{BUCKET}/{prefix}/in")
    assert frame.schema.simpleString() == "struct<id:int,value:float>"
    _write(frame, prefix)
    assert rows() == [{"id": 1, "value": 2.0}]


def test_the_files_name_is_a_column_when_asked_for(
    spark: "SparkSession", prefix: str, put: Put, rows: Rows
) -> None:
    put_numbers(put, 1)
    frame = _stream(spark, prefix, **HINTS, fileMetadata="true")
    _write(frame.selectExpr("id", "_metadata.file_path AS file"), prefix)
    assert rows() == [{"id": 1, "file": f"s3://{BUCKET}/{prefix}/in/1.json"}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cloudFiles.useManagedFileEvents": "true"}, "cloudFiles.usemanagedfileevents is not supported"),
        ({"cloudFiles.schemaEvolutionMode": "addNewColumns"}, "only 'rescue' is supported"),
        ({"cloudFiles.useNotifications": "true"}, "usenotifications is 'true', only 'false' is supported"),
        ({"cloudFiles.includeExistingFiles": "false"}, "includeexistingfiles is 'false', only 'true'"),
        ({"cloudFiles.allowOverwrites": "true"}, "allowoverwrites is 'true', only 'false'"),
        ({"cloudFiles.validateOptions": "false"}, "validateoptions is 'false', only 'true'"),
        ({"cloudFiles.format": "avro"}, "format is 'avro', expected json, csv or parquet"),
        ({"cloudFiles.schemaLocation": ""}, "cloudfiles.schemalocation is missing"),
        ({"cloudFiles.maxFilesPerTrigger": "0"}, "maxFilesPerTrigger is '0', expected a whole number"),
        ({"cloudFiles.schemaHints": "id nonsense"}, "schemaHints is 'id nonsense', expected"),
        ({"cloudFiles.inferColumnTypes": "maybe"}, "inferColumnTypes is 'maybe', expected true or false"),
        *(
            ({option: "x"}, f"option {option.lower()} is not supported")
            for option in (
                "multiLine",
                "quote",
                "escape",
                "mode",
                "dateFormat",
                "timestampFormat",
                "pathGlobFilter",
            )
        ),
        ({"encoding": "latin-1"}, "option encoding is 'latin-1', only utf-8"),
        ({"sep": "||"}, "option sep is '..', expected one ASCII character"),
        ({}, "/in holds no file"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    spark: "SparkSession", prefix: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(Exception, match=said):
        _stream(spark, prefix, **options).schema  # noqa: B018


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"s3://{BUCKET}/in/*.json", "patterns are not supported, give the folder above"),
        ("abfss://c@a/x", "scheme 'abfss' is not supported"),
        ("gs://b/x", "scheme 'gs' is not supported"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_by_name(
    spark: "SparkSession", prefix: str, path: str, said: str
) -> None:
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    with pytest.raises(Exception, match=said):
        reader.load(path).schema  # noqa: B018


@pytest.mark.parametrize(
    ("name", "kind", "schema", "said"),
    [
        ("a.json.zip", "json", "id int", r"files that end with \.zip are not supported"),
        ("a.json.GZ", "json", "id int", r"Spark takes \.GZ for plain text"),
        ("a.csv", "csv", "id array<int>", "which CSV cannot hold: hint it as string"),
        ("a.json", "json", "m map<int,int>", "the keys of JSON are text"),
    ],
)
def test_a_file_or_a_type_that_cannot_be_read_is_refused_by_name(
    spark: "SparkSession", prefix: str, put: Put, name: str, kind: str, schema: str, said: str
) -> None:
    put(name, "{}")
    reader = spark.readStream.format("cloudFiles").schema(schema).option("cloudFiles.format", kind)
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    with pytest.raises(Exception, match=said):
        _write(reader.load(f"s3://{BUCKET}/{prefix}/in"), prefix)


def test_two_folders_in_one_schema_location_are_refused(spark: "SparkSession", prefix: str, put: Put) -> None:
    put("1.json", '{"id":1}')
    put("inner/2.json", '{"id":2}')
    _write(_stream(spark, prefix, **HINTS), prefix)
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json").options(**HINTS)
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    with pytest.raises(Exception, match="give each stream its own schemaLocation"):
        _write(reader.load(f"s3://{BUCKET}/{prefix}/in/inner"), f"{prefix}/other")


def test_a_missing_bucket_is_named(spark: "SparkSession", prefix: str) -> None:
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    reader = reader.option("cloudFiles.schemaLocation", f"s3://{BUCKET}/{prefix}/schema")
    with pytest.raises(Exception, match="no-such-bucket cannot be listed"):
        reader.load("s3://no-such-bucket/in").schema  # noqa: B018
