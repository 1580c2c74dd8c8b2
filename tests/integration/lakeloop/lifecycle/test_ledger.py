"""The ledger is appended to and never changed; another engine reads the same rows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from lakeloop.lifecycle.deployment.delta_ledger import COLUMNS, DeltaLedger, LedgerShapeError
from lakeloop.lifecycle.deployment.ledger import (
    NONE,
    LedgerMovedError,
    LedgerRow,
    champion_at,
    following,
)
from lakeloop.lifecycle.sql import through_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


NEWER = ("event", "gate_reason", "passed_over", "previous_id", "refusal", "probe", "rollout")


def row(to_version: str, model: str = "churn", from_version: str | None = None) -> LedgerRow:
    return LedgerRow(
        who="it's me",
        why='the "gate"; passed \\ été ${env:HOME} ${x} $1',
        model=model,
        from_version=from_version,
        to_version=to_version,
        run_id=None,
        data_versions='{"churn_gold.training_set": 3}',
        code_revision="abc",
        metrics='{"holdout_auc": 0.86}',
        gate_reason="holdout AUC 0.86 reaches the required 0.80",
    )


@pytest.fixture(scope="module")
def table(schema: str) -> str:
    return f"{schema}.promotions"


@pytest.fixture(scope="module")
def ledger(spark: "SparkSession", table: str) -> DeltaLedger:
    return DeltaLedger(through_spark(spark), table)


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
    assert DeltaLedger(through_spark(spark), f"{schema}.nothing_yet").rows("churn") == []


def test_rows_come_back_as_they_went_in_oldest_first(ledger: DeltaLedger) -> None:
    first = following([], row("1", "a_model"))
    second = following([first], row("2", "a_model", from_version="1"))

    ledger.append(first)
    ledger.append(second)
    ledger.append(row("9", "another"))

    assert ledger.rows("a_model") == [first, second]


def test_time_is_utc_and_now(ledger: DeltaLedger) -> None:
    ledger.append(row("1", "timed"))

    [found] = ledger.rows("timed")

    assert found.promoted_at.tzinfo is not None
    assert abs(datetime.now(UTC) - found.promoted_at) < timedelta(minutes=5)


def test_another_engine_reads_the_same_rows(
    spark: "SparkSession", ledger: DeltaLedger, table: str, stack: dict[str, str]
) -> None:
    written = row("4", "read_back", from_version="3")
    ledger.append(written)

    delta = open_table(spark, table, stack)
    found = [item for item in delta.to_pyarrow_table().to_pylist() if item["model"] == "read_back"]

    assert [item["promotion_id"] for item in found] == [written.promotion_id]
    assert found[0] == {name: getattr(written, name) for name in COLUMNS}
    assert delta.metadata().configuration["delta.appendOnly"] == "true"


def test_a_row_is_there_once_however_often_it_is_appended(ledger: DeltaLedger) -> None:
    first = row("1", "once")
    second = following([first], row("2", "once"))
    for added in (first, first, second, second, first):
        ledger.append(added)

    assert ledger.rows("once") == [first, second]


def test_a_row_that_was_decided_on_before_another_came_is_not_added(ledger: DeltaLedger) -> None:
    first = row("1", "overtaken")
    ledger.append(first)
    ledger.append(second := following([first], row("2", "overtaken")))

    for late in (following([first], row("3", "overtaken")), row("3", "overtaken")):
        with pytest.raises(LedgerMovedError, match="another row of overtaken behind"):
            ledger.append(late)

    assert ledger.rows("overtaken") == [first, second]


def test_of_two_writers_at_once_one_wins_and_the_other_is_told(
    spark: "SparkSession", ledger: DeltaLedger, table: str
) -> None:
    first = row("1", "raced")
    ledger.append(first)
    together = Barrier(2)

    def write(number: int) -> str:
        run = through_spark(spark)

        def at_once(statement: str) -> list[dict[str, Any]]:
            if statement.startswith("MERGE"):
                together.wait(timeout=60)
            return run(statement)

        try:
            DeltaLedger(at_once, table).append(following([first], row(str(number), "raced")))
        except LedgerMovedError:
            return "told"
        return "won"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(write, (2, 3)))

    assert outcomes == ["told", "won"]
    assert len(ledger.rows("raced")) == 2


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
    spark: "SparkSession", ledger: DeltaLedger, table: str, statement: str
) -> None:
    kept = f"kept from {statement}"
    ledger.append(row("1", kept))
    before = ledger.rows(kept)

    with pytest.raises(Exception, match=r"(?i)append"):
        spark.sql(statement.format(table=table)).collect()

    assert ledger.rows(kept) == before


def test_a_row_without_a_reason_is_refused_by_the_table(ledger: DeltaLedger) -> None:
    bad = LedgerRow(**(vars(row("1", "no_reason")) | {"why": None}))

    with pytest.raises(Exception, match=r"(?i)null|None"):
        ledger.append(bad)

    assert ledger.rows("no_reason") == []


def test_a_ledger_of_an_older_shape_gets_the_new_columns_and_keeps_its_rows(
    spark: "SparkSession", schema: str
) -> None:
    table = f"{schema}.old_promotions"
    old = {name: kind for name, kind in COLUMNS.items() if name not in NEWER}
    columns = ", ".join(f"{name} {kind}" for name, kind in old.items())
    spark.sql(f"CREATE TABLE {table} ({columns}) USING DELTA TBLPROPERTIES ('delta.appendOnly' = 'true')")
    spark.sql(
        f"INSERT INTO {table} VALUES ('1', TIMESTAMP'2017-01-01 00:00:00+00:00', 'a', 'b', 'm', NULL, '1', "
        "NULL, NULL, NULL, NULL)"
    )
    ledger = DeltaLedger(through_spark(spark), table)
    [before] = ledger.rows("m")

    ledger.append(following([before], row("2", "m", from_version="1")))

    first, second = ledger.rows("m")
    assert first == before
    assert (first.event, first.to_version, first.promoted_at.isoformat()) == (
        "promotion",
        "1",
        "2017-01-01T00:00:00+00:00",
    )
    assert (second.event, second.from_version) == ("promotion", "1")
    properties = {
        found["key"]: found["value"] for found in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()
    }
    assert properties["delta.isolationLevel"] == "Serializable"


@pytest.mark.parametrize("columns", ["id INT", "promotion_id INT, promoted_at TIMESTAMP, who STRING"])
def test_a_table_that_is_no_ledger_is_left_alone(spark: "SparkSession", schema: str, columns: str) -> None:
    table = f"{schema}.other_{abs(hash(columns))}"
    spark.sql(f"CREATE TABLE {table} ({columns}) USING DELTA")

    with pytest.raises(LedgerShapeError, match=f"table {table} is no promotion ledger: it has the columns"):
        DeltaLedger(through_spark(spark), table).append(row("1"))

    assert spark.table(table).count() == 0


def step(day: int, from_version: str | None, to_version: str) -> LedgerRow:
    moment = datetime(2017, 1, day, 12, tzinfo=UTC)
    return LedgerRow(
        who="a", why="b", model="m", promoted_at=moment, from_version=from_version, to_version=to_version
    )


@pytest.mark.parametrize(("day", "champion"), [(1, None), (3, "1"), (5, "2"), (6, "2"), (8, None), (10, "4")])
def test_the_champion_of_a_day_is_what_the_ledger_says(day: int, champion: str | None) -> None:
    rows = [
        step(2, None, "1"),
        step(4, "1", "2"),
        step(6, "2", "3"),  # cut off before the alias moved: the next row does not start from 3
        step(7, "2", NONE),  # taken away by hand
        step(9, None, "4"),
    ]

    assert champion_at(rows, datetime(2017, 1, day, 23, tzinfo=UTC)) == champion


def test_before_the_first_row_it_is_the_one_that_the_first_row_replaced() -> None:
    assert champion_at([step(2, "7", "8")], datetime(2017, 1, 1, tzinfo=UTC)) == "7"
    assert champion_at([], datetime(2017, 1, 1, tzinfo=UTC)) is None
