"""The promotion ledger: one Delta row per change of champion, appended before the alias moves, never changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PROMOTION = "promotion"
OUTSIDE_CHANGE = "outside_change"
NONE = "none"  # `to_version` of a champion that somebody took away

# Columns without NOT NULL may be missing in a table of an older shape; they are added to it.
COLUMNS = {
    "promotion_id": "STRING NOT NULL COMMENT 'unique id of this row'",
    "promoted_at": "TIMESTAMP NOT NULL COMMENT 'when, UTC; of an outside change: when it was seen'",
    "who": "STRING NOT NULL COMMENT 'person or DAG run that asked for it'",
    "why": "STRING NOT NULL COMMENT 'the reason that was given'",
    "model": "STRING NOT NULL COMMENT 'registered model'",
    "from_version": "STRING COMMENT 'champion before; null for the first'",
    "to_version": "STRING NOT NULL COMMENT 'champion after; none when it was taken away'",
    "run_id": "STRING COMMENT 'MLflow run that trained to_version'",
    "data_versions": "STRING COMMENT 'JSON: table to Delta version it was trained on'",
    "code_revision": "STRING COMMENT 'git revision it was trained by'",
    "metrics": "STRING COMMENT 'JSON: holdout figures of to_version'",
    "event": "STRING COMMENT 'promotion, or outside_change: the alias was moved by something else; null: promotion'",
    "gate_reason": "STRING COMMENT 'what the gate said of to_version'",
    "passed_over": "STRING COMMENT 'the refusal that an override passed over; null without one'",
}


class LedgerShapeError(RuntimeError):
    """The ledger's table exists and is no ledger."""


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """Who promoted what, when and why, and what it was made of. Fields are the table's columns."""

    promotion_id: str = field(default_factory=lambda: uuid4().hex)
    promoted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    who: str
    why: str
    model: str
    from_version: str | None
    to_version: str
    run_id: str | None = None
    data_versions: str | None = None
    code_revision: str | None = None
    metrics: str | None = None
    event: str = PROMOTION
    gate_reason: str | None = None
    passed_over: str | None = None

    @property
    def champion(self) -> str | None:
        """The champion after this row, or None when it was taken away."""
        return None if self.to_version == NONE else self.to_version


class Ledger(Protocol):
    """Where promotions are written down."""

    def append(self, row: LedgerRow) -> None:
        """Adds `row`; when it returns, the row is durable."""

    def rows(self, model: str) -> list[LedgerRow]:
        """All rows of `model`, oldest first."""


def champion_at(rows: Sequence[LedgerRow], moment: datetime) -> str | None:
    """The champion at `moment` (with time zone) by all `rows` of a model, oldest first; None when there was none.

    A promotion that was cut off before the alias moved shows in the row after it, which does not start from there.
    """
    past = [row for row in rows if row.promoted_at <= moment]
    later = rows[len(past) :]
    if not past:
        return later[0].from_version if later else None
    never_completed = bool(later) and later[0].from_version != past[-1].champion
    return past[-1].from_version if never_completed else past[-1].champion


class SparkLedger:
    """The ledger in a Delta table, through Spark. Delta itself refuses to change or delete a row of it."""

    def __init__(self, spark: "SparkSession", table: str) -> None:
        self._spark = spark
        self._table = table

    def append(self, row: LedgerRow) -> None:
        self._create()
        table = self._spark.table(self._table)
        values = asdict(row)
        frame = self._spark.createDataFrame([tuple(values.get(name) for name in table.columns)], table.schema)
        frame.write.format("delta").mode("append").saveAsTable(self._table)

    def rows(self, model: str) -> list[LedgerRow]:
        if not self._spark.catalog.tableExists(self._table):
            return []
        table = self._spark.table(self._table)
        present = [name for name in COLUMNS if name in table.columns]
        found = table.where(table["model"] == model).orderBy("promoted_at").select(*present).collect()
        return [ledger_row(row.asDict()) for row in found]

    def _create(self) -> None:
        schema = self._table.rpartition(".")[0]
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self._table} ({columns}) USING DELTA "
            "COMMENT 'Append-only ledger of model promotions' TBLPROPERTIES ('delta.appendOnly' = 'true')"
        )
        self._add_missing_columns()

    def _add_missing_columns(self) -> None:
        present = {
            column.name: column.dataType.simpleString() for column in self._spark.table(self._table).schema
        }
        missing = {name: kind for name, kind in COLUMNS.items() if name not in present}
        other = [name for name, kind in present.items() if name in COLUMNS and kind != _type(COLUMNS[name])]
        if other or any("NOT NULL" in kind for kind in missing.values()):
            seen = ", ".join(f"{name} {kind}" for name, kind in present.items())
            raise LedgerShapeError(
                f"table {self._table} is no promotion ledger: it has the columns {seen}. "
                f"Keep it under another name (ALTER TABLE {self._table} RENAME TO ...) and run again."
            )
        if missing:
            added = ", ".join(f"{name} {kind}" for name, kind in missing.items())
            self._spark.sql(f"ALTER TABLE {self._table} ADD COLUMNS ({added})")


def ledger_row(values: dict[str, Any]) -> LedgerRow:
    """The row that a table holds as `values`; a moment without a time zone is local time, as Spark hands it out."""
    moment = values["promoted_at"]
    known = {column.name for column in fields(LedgerRow)}
    in_utc = {"promoted_at": moment if moment.tzinfo else moment.astimezone(UTC)}
    event = {"event": values.get("event") or PROMOTION}  # rows from before there were others say nothing
    return LedgerRow(**{name: value for name, value in (values | in_utc | event).items() if name in known})


def _type(definition: str) -> str:
    return definition.split()[0].lower()
