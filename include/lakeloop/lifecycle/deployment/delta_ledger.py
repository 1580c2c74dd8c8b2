"""The ledger in a Delta table, through Spark or a SQL warehouse. Delta itself refuses to change or delete a row.

A row is added by a MERGE that looks for a rival of it and only inserts. Started after a rival's commit, it finds the
rival and inserts nothing; started before, Delta refuses the later of the two commits, because the table is
serializable and the MERGE has read it.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from lakeloop.config import UseCase
from lakeloop.lifecycle import sql
from lakeloop.lifecycle.deployment.ledger import PROMOTION, TABLE, LedgerMovedError, LedgerRow

# Columns without NOT NULL may be missing in a table of an older shape; they are added to it.
COLUMNS = {
    "promotion_id": "STRING NOT NULL COMMENT 'unique id of this row'",
    "promoted_at": "TIMESTAMP NOT NULL COMMENT 'when, UTC; of an outside change: when it was seen'",
    "who": "STRING NOT NULL COMMENT 'person, DAG run or training run that asked for it'",
    "why": "STRING NOT NULL COMMENT 'the reason that was given'",
    "model": "STRING NOT NULL COMMENT 'registered model'",
    "from_version": "STRING COMMENT 'champion before; null without one'",
    "to_version": "STRING NOT NULL COMMENT 'champion after, or the version that was proposed or refused; none when the "
    "champion was taken away'",
    "run_id": "STRING COMMENT 'MLflow run that trained to_version'",
    "data_versions": "STRING COMMENT 'JSON: table to Delta version it was trained on'",
    "code_revision": "STRING COMMENT 'git revision it was trained by'",
    "metrics": "STRING COMMENT 'JSON: holdout figures of to_version'",
    "event": "STRING COMMENT 'proposal, refusal, rollout, promotion, rollback, or outside_change: the alias was moved "
    "by something else; null: promotion'",
    "gate_reason": "STRING COMMENT 'what the gate said of to_version'",
    "passed_over": "STRING COMMENT 'the refusal that an override passed over; null without one'",
    "previous_id": "STRING COMMENT 'the row of the model before this one; null for its first'",
    "refusal": "STRING COMMENT 'why to_version was refused; null for all other events'",
    "probe": "STRING COMMENT 'of a rollback: what the version was seen to score before it was switched to'",
    "rollout": "STRING COMMENT 'of a rollout, JSON: its step, what was seen and why it went on or was taken back'",
}
PROPERTIES = {"delta.appendOnly": "true", "delta.isolationLevel": "Serializable"}
CONFLICTS = ("DELTA_CONCURRENT", "DELTA_METADATA_CHANGED")  # how Delta's conflicts between two commits begin


class LedgerShapeError(RuntimeError):
    """The ledger's table exists and is no ledger."""


class DeltaLedger:
    """One Delta table with the rows of one or more models."""

    def __init__(self, run: sql.Run, table: str) -> None:
        self._run = run
        self._table = table
        self._there = self._up_to_date = (
            False  # asked once: each question costs a rollback a part of a second
        )

    def append(self, row: LedgerRow) -> None:
        """Add `row`, see :class:`lakeloop.lifecycle.deployment.ledger.Ledger`. Raises LedgerShapeError."""
        if not self._up_to_date:
            self._create()
            self._up_to_date = True
        if not self._inserted(row) and not self._has(row):
            raise LedgerMovedError(
                f"{self._table} has another row of {row.model} behind {row.previous_id or 'its beginning'}; "
                "nothing was written. Read it anew and decide again."
            )

    def rows(self, model: str) -> list[LedgerRow]:
        """All rows of `model`, oldest first; none while there is no table."""
        if not self._exists():
            return []
        found = self._run(
            f"SELECT *, unix_micros(promoted_at) AS promoted_micros FROM {self._table} "
            f"WHERE model = {sql.text(model)} ORDER BY promoted_at"
        )
        return [_row(values) for values in found]

    def _inserted(self, row: LedgerRow) -> bool:
        try:
            answer = self._run(self._merge(row))
        except Exception as error:  # each engine has a class of its own for what Delta says
            if not any(conflict in str(error) for conflict in CONFLICTS):
                raise
            return False
        return bool(answer) and answer[0].get("num_inserted_rows") == 1

    def _has(self, row: LedgerRow) -> bool:
        return bool(
            self._run(f"SELECT 1 FROM {self._table} WHERE promotion_id = {sql.text(row.promotion_id)}")
        )

    def _merge(self, row: LedgerRow) -> str:
        values = {name: _literal(getattr(row, name)) for name in COLUMNS}
        named = ", ".join(f"{value} AS {name}" for name, value in values.items())
        return (
            f"MERGE INTO {self._table} AS present USING (SELECT {named}) AS added "
            "ON present.model = added.model AND (present.promotion_id = added.promotion_id "
            "OR added.previous_id IS NULL OR present.previous_id = added.previous_id) "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(values)}) "
            f"VALUES ({', '.join(f'added.{name}' for name in values)})"
        )

    def _exists(self) -> bool:
        self._there = self._there or sql.table_exists(self._run, self._table)
        return self._there

    def _create(self) -> None:
        if self._exists():
            self._bring_up_to_date()
            return
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        properties = ", ".join(f"'{name}' = '{value}'" for name, value in PROPERTIES.items())
        self._run(f"CREATE SCHEMA IF NOT EXISTS {self._table.rpartition('.')[0]}")
        self._run(
            f"CREATE TABLE IF NOT EXISTS {self._table} ({columns}) USING DELTA "
            f"COMMENT 'Append-only ledger of the versions of models' TBLPROPERTIES ({properties})"
        )

    def _bring_up_to_date(self) -> None:
        present = sql.column_types(self._run, self._table)
        missing = {name: kind for name, kind in COLUMNS.items() if name not in present}
        self._require_ledger(present, missing)
        if not missing:
            return
        # The columns come last: while one is missing, a start that finds this half done does both again.
        serializable = f"'delta.isolationLevel' = '{PROPERTIES['delta.isolationLevel']}'"
        self._run(f"ALTER TABLE {self._table} SET TBLPROPERTIES ({serializable})")
        added = ", ".join(f"{name} {kind}" for name, kind in missing.items())
        self._run(f"ALTER TABLE {self._table} ADD COLUMNS ({added})")

    def _require_ledger(self, present: Mapping[str, str], missing: Mapping[str, str]) -> None:
        other = [name for name, kind in present.items() if name in COLUMNS and kind != _type(COLUMNS[name])]
        if other or any("NOT NULL" in kind for kind in missing.values()):
            seen = ", ".join(f"{name} {kind}" for name, kind in present.items())
            raise LedgerShapeError(
                f"table {self._table} is no promotion ledger: it has the columns {seen}. "
                f"Keep it under another name (ALTER TABLE {self._table} RENAME TO ...) and run again."
            )


def ledger_of(run: sql.Run, use_case: UseCase) -> DeltaLedger:
    """The ledger of a use case: ``<use case>_ml.promotions``."""
    return DeltaLedger(run, use_case.ml(TABLE))


def _row(values: Mapping[str, Any]) -> LedgerRow:
    known = {column.name for column in fields(LedgerRow)} & set(values)
    moment = {"promoted_at": sql.from_micros(values["promoted_micros"])}
    event = {"event": values.get("event") or PROMOTION}  # rows from before there were others say nothing
    return LedgerRow(**({name: values[name] for name in known} | moment | event))


def _literal(value: str | datetime | None) -> str:
    return sql.moment(value) if isinstance(value, datetime) else sql.text(value)


def _type(definition: str) -> str:
    return definition.split()[0].lower()
