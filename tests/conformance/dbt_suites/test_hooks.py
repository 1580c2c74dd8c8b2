"""Hooks before and after models, seeds, snapshots and runs."""

import os
from typing import Any

import pytest
from dbt.tests.adapter.hooks.test_model_hooks import (
    BaseDuplicateHooksInConfigs,
    BaseHookRefs,
    BaseHooksRefsOnSeeds,
    BasePrePostModelHooks,
    BasePrePostModelHooksInConfig,
    BasePrePostModelHooksInConfigKwargs,
    BasePrePostModelHooksInConfigWithCount,
    BasePrePostModelHooksOnSeeds,
    BasePrePostModelHooksOnSeedsPlusPrefixed,
    BasePrePostModelHooksOnSeedsPlusPrefixedWhitespace,
    BasePrePostModelHooksOnSnapshots,
    BasePrePostSnapshotHooksInConfigKwargs,
)
from dbt.tests.adapter.hooks.test_run_hooks import BaseAfterRunHooks, BasePrePostRunHooks

from tests.conformance.dbt_suites.deviations import deviates, on_spark

SPARK_TABLE = "the suite's own table of hooks is PostgreSQL's; so is the target that it expects in it"
COLUMNS = (
    "test_state",
    "target_dbname",
    "target_host",
    "target_name",
    "target_schema",
    "target_type",
    "target_user",
    "target_pass",
    "target_threads",
    "run_started_at",
    "invocation_id",
    "thread_id",
)
ANY = ("run_started_at", "invocation_id", "thread_id")


def _make(project: Any, table: str) -> None:
    """Make the table in which the hooks write down that they ran."""
    columns = ", ".join(f"{name} string" for name in COLUMNS)
    project.run_sql(f"create or replace table {project.test_schema}.{table} ({columns})")


def _rows(project: Any, table: str, state: str) -> list[dict[str, str]]:
    names = ", ".join(COLUMNS)
    statement = f"select {names} from {project.test_schema}.{table} where test_state = '{state}'"
    return [dict(zip(COLUMNS, row, strict=True)) for row in project.run_sql(statement, fetch="all")]


def _is_of_this_run(row: dict[str, str], project: Any, host: str) -> None:
    assert all(row[name] for name in ANY)
    assert {name: row[name] for name in COLUMNS[1:9]} == {
        "target_dbname": "",
        "target_host": host,
        "target_name": "default",
        "target_schema": project.test_schema,
        "target_type": "databricks",
        "target_user": "",
        "target_pass": "",
        "target_threads": "4",
    }


class _ModelHooks:
    @pytest.fixture(scope="class", autouse=True)
    def setUp(self, project: Any) -> None:
        _make(project, "on_model_hook")

    def check_hooks(self, state: str, project: Any, host: str, count: int = 1) -> None:
        rows = _rows(project, "on_model_hook", state)
        assert len(rows) == count
        for row in rows:
            _is_of_this_run(row, project, host)


@deviates(SPARK_TABLE)
class TestModelHooks(_ModelHooks, BasePrePostModelHooks): ...


@deviates(SPARK_TABLE)
class TestHookRefs(_ModelHooks, BaseHookRefs): ...


@deviates(SPARK_TABLE)
class TestModelHooksInConfig(_ModelHooks, BasePrePostModelHooksInConfig): ...


@deviates(SPARK_TABLE)
class TestModelHooksInConfigWithCount(_ModelHooks, BasePrePostModelHooksInConfigWithCount): ...


@deviates(SPARK_TABLE)
class TestModelHooksInConfigKwargs(_ModelHooks, BasePrePostModelHooksInConfigKwargs): ...


class TestHooksOnSeeds(BasePrePostModelHooksOnSeeds): ...


class TestHooksOnSeedsPlus(BasePrePostModelHooksOnSeedsPlusPrefixed): ...


class TestHooksOnSeedsPlusBlank(BasePrePostModelHooksOnSeedsPlusPrefixedWhitespace): ...


class TestHooksOnSnapshots(BasePrePostModelHooksOnSnapshots): ...


class TestHooksOnSnapshotsKwargs(BasePrePostSnapshotHooksInConfigKwargs): ...


class TestHooksThatReferOnSeeds(BaseHooksRefsOnSeeds): ...


class TestDuplicateHooks(BaseDuplicateHooksInConfigs): ...


class TestAfterRunHooks(BaseAfterRunHooks): ...


@deviates(SPARK_TABLE)
class TestRunHooks(BasePrePostRunHooks):
    @pytest.fixture
    def setUp(self, project: Any) -> None:
        _make(project, "on_run_hook")
        for table in ("schemas", "db_schemas"):
            project.run_sql(f"drop table if exists {project.test_schema}.{table}")
        os.environ["TERM_TEST"] = "TESTING"

    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        given = BasePrePostRunHooks.project_config_update._get_wrapped_function()(self)
        return given | {"on-run-end": [on_spark(sql) for sql in given["on-run-end"]]}

    def check_hooks(self, state: str, project: Any, host: str) -> None:
        [row] = _rows(project, "on_run_hook", state)
        _is_of_this_run(row, project, host)
