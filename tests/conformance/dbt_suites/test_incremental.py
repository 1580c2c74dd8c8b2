"""Incremental models: keys, strategies, changed schemas, predicates, excluded columns, micro-batches."""

import re
from typing import Any

import pytest
from dbt.tests.adapter.basic.test_incremental import (
    BaseIncremental,
    BaseIncrementalBadStrategy,
    BaseIncrementalNotSchemaChange,
)
from dbt.tests.adapter.incremental.test_incremental_merge_exclude_columns import BaseMergeExcludeColumns
from dbt.tests.adapter.incremental.test_incremental_microbatch import BaseMicrobatch
from dbt.tests.adapter.incremental.test_incremental_on_schema_change import BaseIncrementalOnSchemaChange
from dbt.tests.adapter.incremental.test_incremental_predicates import (
    BaseIncrementalPredicates,
    models__delete_insert_incremental_predicates_sql,
)
from dbt.tests.adapter.incremental.test_incremental_unique_id import BaseIncrementalUniqueKey
from dbt.tests.util import run_dbt

from tests.conformance.dbt_suites.deviations import MAPPED, NEWER, NEWER_FLAGS, deviates

SEEDS_ARE_BIGINT = "a seed's integers are bigint, so the model's are cast"
MERGE_INSTEAD = "delete+insert is refused on a cluster; the adapter's default, merge, takes the predicates"


class _DropsOnce:
    """Drops the schema after the class; the suite does after each test, and the next one needs it."""

    @pytest.fixture(scope="class", autouse=True)
    def clean_up(self, project: Any) -> None:
        return None


class TestUniqueKey(_DropsOnce, BaseIncrementalUniqueKey): ...


@deviates(NEWER)
class TestNewerIncremental(BaseIncremental):
    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        return {"name": "incremental"} | NEWER_FLAGS


class TestNotSchemaChange(BaseIncrementalNotSchemaChange): ...


@deviates(
    "dbt-databricks looks for the strategy once there is a table; the suite expects it of the first run"
)
class TestBadStrategy(BaseIncrementalBadStrategy):
    def test_incremental_invalid_strategy(self, project: Any) -> None:
        run_dbt(["seed"])
        run_dbt(["run"])
        [result] = run_dbt(["run"], expect_pass=False).results
        name = "get_incremental_bad_strategy_sql"
        assert f'could not find an incremental strategy macro with the name "{name}"' in result.message


class TestMergeExcludeColumns(BaseMergeExcludeColumns): ...


class TestMicrobatch(BaseMicrobatch): ...


MAPPED_COLUMNS = "the models' columns are mapped by name, without which Delta drops none"


@deviates(MAPPED_COLUMNS)
class TestOnSchemaChange(BaseIncrementalOnSchemaChange):
    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        return {"models": MAPPED}


@deviates(f"{MAPPED_COLUMNS}; runs the suite a second time, with the strategy append")
class TestOnSchemaChangeAppended(BaseIncrementalOnSchemaChange):
    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        return {"models": MAPPED | {"+incremental_strategy": "append"}}


class _Predicates(BaseIncrementalPredicates):
    named = "+incremental_predicates"

    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        return {"models": {self.named: ["dbt_internal_dest.id != 2"], "+target_alias": "dbt_internal_dest"}}

    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        cast = re.sub(r"select (\d) as id", r"select cast(\1 as bigint) as id", PREDICATES)
        return {"delete_insert_incremental_predicates.sql": cast}


PREDICATES = models__delete_insert_incremental_predicates_sql


@deviates(f"{MERGE_INSTEAD}; {SEEDS_ARE_BIGINT}")
class TestIncrementalPredicates(_Predicates): ...


@deviates(f"{MERGE_INSTEAD}; {SEEDS_ARE_BIGINT}")
class TestPredicates(_Predicates):
    named = "+predicates"
