"""Contracts and constraints: types and names that must agree, and rows that may not come in."""

import re

import pytest
from dbt.tests.adapter.constraints import fixtures
from dbt.tests.adapter.constraints.test_constraints import (
    BaseConstraintsRollback,
    BaseIncrementalConstraintsColumnsEqual,
    BaseIncrementalConstraintsRollback,
    BaseTableConstraintsColumnsEqual,
    BaseViewConstraintsColumnsEqual,
)

from tests.conformance.dbt_suites.deviations import deviates, on_spark

TYPES = "Spark's types; no primary key, because none can be made here"
PRIMARY_KEY = re.compile(r"^ *- type: primary_key\n", re.MULTILINE)
# value in SQL, type in the contract, type in dbt's message
DATA_TYPES = [
    ["1", "int", "int"],
    ["'1'", "string", "string"],
    ["true", "boolean", "boolean"],
    ["array('1', '2')", "array<string>", "array"],
    ["array(1, 2)", "array<int>", "array"],
    ["date '2019-01-01'", "date", "date"],
    ["timestamp '2019-01-01 00:00:00'", "timestamp", "timestamp"],
    ["cast(1.0 as decimal(4, 2))", "decimal", "decimal"],
]


class _SparkContract:
    @pytest.fixture(scope="class")
    def properties(self) -> dict[str, str]:
        return {"constraints_schema.yml": PRIMARY_KEY.sub("", on_spark(fixtures.model_schema_yml))}

    @pytest.fixture(scope="class")
    def string_type(self) -> str:
        return "string"

    @pytest.fixture(scope="class")
    def int_type(self) -> str:
        return "int"

    @pytest.fixture(scope="class")
    def schema_string_type(self) -> str:
        return "string"

    @pytest.fixture(scope="class")
    def schema_int_type(self) -> str:
        return "int"

    @pytest.fixture(scope="class")
    def data_types(self) -> list[list[str]]:
        return DATA_TYPES


@deviates(TYPES)
class TestTableColumns(_SparkContract, BaseTableConstraintsColumnsEqual): ...


@deviates(TYPES)
class TestViewColumns(_SparkContract, BaseViewConstraintsColumnsEqual): ...


@deviates(TYPES)
class TestIncrementalColumns(_SparkContract, BaseIncrementalConstraintsColumnsEqual): ...


class _SparkRollback(_SparkContract):
    @pytest.fixture(scope="class")
    def expected_error_messages(self) -> list[str]:
        return ["DELTA_NEW_NOT_NULL_VIOLATION"]

    def assert_expected_error_messages(self, error_message: str, expected_error_messages: list[str]) -> None:
        assert any(message in error_message for message in expected_error_messages)


@deviates(f"{TYPES}; dbt-databricks adds a table's constraints after its rows, so the new rows are there")
class TestTableRollback(_SparkRollback, BaseConstraintsRollback):
    @pytest.fixture(scope="class")
    def expected_color(self) -> str:
        return "red"


@deviates(f"{TYPES}; a row without a value breaks the check too, which Delta tells first")
class TestIncrementalRollback(_SparkRollback, BaseIncrementalConstraintsRollback):
    @pytest.fixture(scope="class")
    def expected_error_messages(self) -> list[str]:
        return ["DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED"]
