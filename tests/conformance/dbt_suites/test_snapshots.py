"""Snapshots: by timestamp and by columns, hard deletes, names and ends of their columns, new columns."""

from typing import Any

import pytest
from dbt.tests.adapter.basic.test_snapshot_check_cols import BaseSnapshotCheckCols
from dbt.tests.adapter.simple_snapshot import test_various_configs
from dbt.tests.adapter.simple_snapshot.new_record_check_mode import BaseSnapshotNewRecordCheckMode
from dbt.tests.adapter.simple_snapshot.new_record_dbt_valid_to_current import (
    BaseSnapshotNewRecordDbtValidToCurrent,
)
from dbt.tests.adapter.simple_snapshot.new_record_timestamp_mode import BaseSnapshotNewRecordTimestampMode
from dbt.tests.adapter.simple_snapshot.test_ephemeral_snapshot_hard_deletes import (
    BaseSnapshotEphemeralHardDeletes,
    BaseSnapshotNewColumnSpecificCheckCols,
    BaseSnapshotNewColumnTimestampStrategy,
    BaseSnapshotNewColumnWithDeletes,
)
from dbt.tests.adapter.simple_snapshot.test_snapshot import BaseSimpleSnapshot, BaseSnapshotCheck
from dbt.tests.adapter.simple_snapshot.test_various_configs import (
    BaseSnapshotColumnNames,
    BaseSnapshotColumnNamesFromDbtProject,
    BaseSnapshotDbtValidToCurrent,
    BaseSnapshotInvalidColumnNames,
    BaseSnapshotMultiUniqueKey,
)
from dbt.tests.util import relation_from_name

from tests.conformance.dbt_suites.deviations import (
    POSTGRES_VALUES,
    SPARK_SQL,
    PostgresValues,
    SparkSql,
    deviates,
)

NO_DEFAULT = "a column is added without a default, which Delta takes only where its feature is on"


@deviates(NO_DEFAULT)
class TestSnapshot(BaseSimpleSnapshot):
    def add_fact_column(self, column: str | None = None, definition: str | None = None) -> None:
        table = relation_from_name(self.project.adapter, "fact")
        self.project.run_sql(f"alter table {table} add column {column} string")


class TestSnapshotCheck(BaseSnapshotCheck): ...


class TestSnapshotCheckCols(BaseSnapshotCheckCols): ...


@deviates(POSTGRES_VALUES)
class TestNewRecords(PostgresValues, BaseSnapshotNewRecordTimestampMode): ...


@deviates(POSTGRES_VALUES)
class TestNewRecordsByColumns(PostgresValues, BaseSnapshotNewRecordCheckMode): ...


class TestNewRecordsThatEndLater(BaseSnapshotNewRecordDbtValidToCurrent): ...


@deviates(SPARK_SQL)
class TestColumnNames(SparkSql, BaseSnapshotColumnNames): ...


@deviates(SPARK_SQL)
class TestColumnNamesOfTheProject(SparkSql, BaseSnapshotColumnNamesFromDbtProject): ...


@deviates(SPARK_SQL)
class TestInvalidColumnNames(SparkSql, BaseSnapshotInvalidColumnNames): ...


@deviates(f"{POSTGRES_VALUES}; a table has no order")
class TestValidToCurrent(PostgresValues, BaseSnapshotDbtValidToCurrent):
    @pytest.fixture(autouse=True)
    def _reads_in_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """This suite reads by the adapter itself, and names rows by the order in which they were added."""
        send, known = test_various_configs.run_sql_with_adapter, set[str]()

        def read_in_order(*query: Any, **how: Any) -> list[tuple[Any, ...]]:
            rows = sorted(self.read(send(*query, **how)), key=lambda row: (row[1] not in known, row[0]))
            known.update(row[1] for row in rows)
            return rows

        monkeypatch.setattr(test_various_configs, "run_sql_with_adapter", read_in_order)


@deviates(SPARK_SQL)
class TestSeveralKeys(SparkSql, BaseSnapshotMultiUniqueKey): ...


class _NoDefault:
    @pytest.fixture(scope="class")
    def source_alter_sql(self) -> str:
        return "alter table {database}.{schema}.src_customers add column dummy_column string"


@deviates(NO_DEFAULT)
class TestEphemeralHardDeletes(_NoDefault, BaseSnapshotEphemeralHardDeletes): ...


@deviates(NO_DEFAULT)
class TestNewColumnByTimestamp(_NoDefault, BaseSnapshotNewColumnTimestampStrategy): ...


@deviates(NO_DEFAULT)
class TestNewColumnBesideThoseChecked(_NoDefault, BaseSnapshotNewColumnSpecificCheckCols): ...


@deviates(NO_DEFAULT)
class TestNewColumnWithDeletes(_NoDefault, BaseSnapshotNewColumnWithDeletes): ...
