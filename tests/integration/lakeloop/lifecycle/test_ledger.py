"""The ledger is appended to and never changed; another engine reads the same rows."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakeloop.lifecycle.ledger import COLUMNS, LedgerRow, SparkLedger, new_row

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def row(to_version: str, model: str = "churn", from_version: str | None = None) -> LedgerRow:
    return new_row(
        who="it's me",
        why='the "gate"; passed \\ été',
        model=model,
        from_version=from_version,
        to_version=to_version,
        run_id=None,
        data_versions='{"churn_gold.training_set": 3}',
        code_revision="abc",
        metrics={"holdout_auc": 0.86},
    )


@pytest.fixture(scope="module")
def table(schema: str) -> str:
    return f"{schema}.promotions"


@pytest.fixture(scope="module")
def ledger(spark: "SparkSession", table: str) -> SparkLedger:
    return SparkLedger(spark, table)


def open_table(spark: "SparkSession", table: str, stack: dict[str, str]) -> DeltaTable:
    location = spark.sql(f"DESCRIBE DETAIL {table}").first()["location"]  # type: ignore[index]
    options = {
        "AWS_ENDPOINT_URL": stack["AWS_ENDPOINT_URL"],
        "AWS_ACCESS_KEY_ID": stack["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": stack["AWS_SECRET_ACCESS_KEY"],
        "AWS_REGION": stack["AWS_REGION"],
        "AWS_ALLOW_HTTP": "true",
    }
    return DeltaTable(location.replace("s3a://", "s3://"), storage_options=options)


def test_before_the_first_promotion_there_are_no_rows(spark: "SparkSession", schema: str) -> None:
    assert SparkLedger(spark, f"{schema}.nothing_yet").rows("churn") == []


def test_rows_come_back_as_they_went_in_oldest_first(ledger: SparkLedger) -> None:
    first, second = row("1", "a_model"), row("2", "a_model", from_version="1")

    ledger.append(first)
    ledger.append(second)
    ledger.append(row("9", "another"))

    assert ledger.rows("a_model") == [first, second]


def test_time_is_utc_and_now(ledger: SparkLedger) -> None:
    ledger.append(row("1", "timed"))

    [found] = ledger.rows("timed")

    assert found.promoted_at.tzinfo is not None
    assert abs(datetime.now(UTC) - found.promoted_at) < timedelta(minutes=5)


def test_another_engine_reads_the_same_rows(
    spark: "SparkSession", ledger: SparkLedger, table: str, stack: dict[str, str]
) -> None:
    written = row("4", "read_back", from_version="3")
    ledger.append(written)

    delta = open_table(spark, table, stack)
    found = [item for item in delta.to_pyarrow_table().to_pylist() if item["model"] == "read_back"]

    assert [item["promotion_id"] for item in found] == [written.promotion_id]
    assert found[0] == {name: getattr(written, name) for name in COLUMNS}
    assert delta.metadata().configuration["delta.appendOnly"] == "true"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {table} WHERE true",
        "UPDATE {table} SET who = 'nobody'",
        "MERGE INTO {table} t USING (SELECT 1 AS one) s ON true WHEN MATCHED THEN DELETE",
        "INSERT OVERWRITE {table} SELECT * FROM {table} LIMIT 0",
    ],
    ids=lambda text: text.split()[0] + " " + text.split()[1],
)
def test_a_row_can_be_neither_changed_nor_removed(
    spark: "SparkSession", ledger: SparkLedger, table: str, statement: str
) -> None:
    ledger.append(row("1", "kept"))
    before = ledger.rows("kept")

    with pytest.raises(Exception, match=r"(?i)append"):
        spark.sql(statement.format(table=table)).collect()

    assert ledger.rows("kept") == before


def test_a_row_without_a_reason_is_refused_by_the_table(ledger: SparkLedger) -> None:
    bad = LedgerRow(**(vars(row("1", "no_reason")) | {"why": None}))

    with pytest.raises(Exception, match=r"(?i)null|None"):
        ledger.append(bad)

    assert ledger.rows("no_reason") == []
