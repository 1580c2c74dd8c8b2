"""The promotion ledger: one Delta row per promotion, appended before the alias moves, never changed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

COLUMNS = {
    "promotion_id": "STRING NOT NULL COMMENT 'unique id of this row'",
    "promoted_at": "TIMESTAMP NOT NULL COMMENT 'when, UTC'",
    "who": "STRING NOT NULL COMMENT 'person or DAG run that asked for it'",
    "why": "STRING NOT NULL COMMENT 'the reason that was given'",
    "model": "STRING NOT NULL COMMENT 'registered model'",
    "from_version": "STRING COMMENT 'champion before; null for the first'",
    "to_version": "STRING NOT NULL COMMENT 'champion after'",
    "run_id": "STRING COMMENT 'MLflow run that trained to_version'",
    "data_versions": "STRING COMMENT 'JSON: table to Delta version it was trained on'",
    "code_revision": "STRING COMMENT 'git revision it was trained by'",
    "metrics": "STRING COMMENT 'JSON: holdout figures of to_version'",
}


@dataclass(frozen=True)
class LedgerRow:
    """Who promoted what, when and why, and what it was made of. Fields are the table's columns."""

    promotion_id: str
    promoted_at: datetime
    who: str
    why: str
    model: str
    from_version: str | None
    to_version: str
    run_id: str | None
    data_versions: str | None
    code_revision: str | None
    metrics: str | None


def new_row(
    who: str,
    why: str,
    model: str,
    from_version: str | None,
    to_version: str,
    run_id: str | None,
    data_versions: str | None,
    code_revision: str | None,
    metrics: Mapping[str, float],
) -> LedgerRow:
    """A row with an id of its own and the present time."""
    return LedgerRow(
        promotion_id=uuid4().hex,
        promoted_at=datetime.now(UTC),
        who=who,
        why=why,
        model=model,
        from_version=from_version,
        to_version=to_version,
        run_id=run_id,
        data_versions=data_versions,
        code_revision=code_revision,
        metrics=json.dumps(dict(metrics), sort_keys=True),
    )


class Ledger(Protocol):
    """Where promotions are written down."""

    def append(self, row: LedgerRow) -> None:
        """Adds `row`; when it returns, the row is durable."""

    def rows(self, model: str) -> list[LedgerRow]:
        """All rows of `model`, oldest first."""


class SparkLedger:
    """The ledger in a Delta table, through Spark. Delta itself refuses to change or delete a row of it."""

    def __init__(self, spark: "SparkSession", table: str) -> None:
        self._spark = spark
        self._table = table

    def append(self, row: LedgerRow) -> None:
        self._create()
        table = self._spark.table(self._table)
        values = asdict(row)
        frame = self._spark.createDataFrame([tuple(values[name] for name in table.columns)], table.schema)
        frame.write.format("delta").mode("append").saveAsTable(self._table)

    def rows(self, model: str) -> list[LedgerRow]:
        if not self._spark.catalog.tableExists(self._table):
            return []
        table = self._spark.table(self._table)
        found = table.where(table["model"] == model).orderBy("promoted_at").select(*COLUMNS).collect()
        return [_from_spark(row.asDict()) for row in found]

    def _create(self) -> None:
        schema = self._table.rpartition(".")[0]
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self._table} ({columns}) USING DELTA "
            "COMMENT 'Append-only ledger of model promotions' TBLPROPERTIES ('delta.appendOnly' = 'true')"
        )


def _from_spark(values: dict[str, Any]) -> LedgerRow:
    moment = values["promoted_at"]
    # Spark hands out naive local datetimes; sessions of this product run in UTC
    values["promoted_at"] = moment if moment.tzinfo else moment.astimezone(UTC)
    return LedgerRow(**values)
