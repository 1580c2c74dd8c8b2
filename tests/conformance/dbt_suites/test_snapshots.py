"""Snapshots: by timestamp and by columns, hard deletes, names and ends of their columns, new columns."""

import pytest
from dbt.tests.adapter.basic.test_snapshot_check_cols import BaseSnapshotCheckCols
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

from tests.conformance.dbt_suites.deviations import SPARK_SQL, SparkSql, deviates

NO_DEFAULT = "a column is added without a default, which Delta takes only where its feature is on"


@deviates(NO_DEFAULT)
class TestSnapshot(BaseSimpleSnapshot):
    def add_fact_column(self, column: str | None = None, definition: str | None = None) -> None:
        table = relation_from_name(self.project.adapter, "fact")
        self.project.run_sql(f"alter table {table} add column {column} string")


class TestSnapshotCheck(BaseSnapshotCheck): ...


class TestSnapshotCheckCols(BaseSnapshotCheckCols): ...


@deviates(SPARK_SQL)
class TestNewRecords(SparkSql, BaseSnapshotNewRecordTimestampMode): ...


@deviates(SPARK_SQL)
class TestNewRecordsByColumns(SparkSql, BaseSnapshotNewRecordCheckMode): ...


class TestNewRecordsThatEndLater(BaseSnapshotNewRecordDbtValidToCurrent): ...


@deviates(SPARK_SQL)
class TestColumnNames(SparkSql, BaseSnapshotColumnNames): ...


@deviates(SPARK_SQL)
class TestColumnNamesOfTheProject(SparkSql, BaseSnapshotColumnNamesFromDbtProject): ...


@deviates(SPARK_SQL)
class TestInvalidColumnNames(SparkSql, BaseSnapshotInvalidColumnNames): ...


@deviates(SPARK_SQL)
class TestValidToCurrent(SparkSql, BaseSnapshotDbtValidToCurrent): ...


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
