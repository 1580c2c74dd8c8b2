"""The types of columns, and the macros that name them."""

import pytest
from dbt.tests.adapter.column_types import fixtures
from dbt.tests.adapter.column_types.test_column_types import BasePostgresColumnTypes
from dbt.tests.adapter.utils.data_types import test_type_float, test_type_int
from dbt.tests.adapter.utils.data_types.test_type_bigint import BaseTypeBigInt
from dbt.tests.adapter.utils.data_types.test_type_boolean import BaseTypeBoolean
from dbt.tests.adapter.utils.data_types.test_type_numeric import BaseTypeNumeric
from dbt.tests.adapter.utils.data_types.test_type_string import BaseTypeString
from dbt.tests.adapter.utils.data_types.test_type_timestamp import BaseTypeTimestamp

from tests.conformance.dbt_suites.deviations import deviates, on_spark

SEED_TYPE = "a seed's numbers are bigint and double on Spark, so the seed says which type it means"


def _seed(csv: str, column: str, kind: str) -> dict[str, str]:
    types = f"version: 2\nseeds:\n  - name: expected\n    config:\n      column_types: {{{column}: {kind}}}\n"
    return {"expected.csv": csv, "expected.yml": types}


class TestBigint(BaseTypeBigInt): ...


class TestBoolean(BaseTypeBoolean): ...


class TestString(BaseTypeString): ...


class TestTimestamp(BaseTypeTimestamp): ...


@deviates("dbt-databricks' numeric is decimal(28,6)")
class TestNumeric(BaseTypeNumeric):
    def numeric_fixture_type(self) -> str:
        return "decimal(28,6)"


@deviates(SEED_TYPE)
class TestFloat(test_type_float.BaseTypeFloat):
    @pytest.fixture(scope="class")
    def seeds(self) -> dict[str, str]:
        return _seed(test_type_float.seeds__expected_csv, "float_col", "float")


@deviates(SEED_TYPE)
class TestInt(test_type_int.BaseTypeInt):
    @pytest.fixture(scope="class")
    def seeds(self) -> dict[str, str]:
        return _seed(test_type_int.seeds__expected_csv, "int_col", "int")


# What dbt-databricks' own Column says of Spark's names of types.
OF_SPARK = {
    " int_col: ['integer', 'number']": " int_col: ['not integer']",
    " numeric_col: ['numeric', 'number']": " numeric_col: ['not float']",
    "['string', 'not number']": "['not number']",
}


@deviates(
    "Spark's names of types, of which dbt-databricks' Column knows neither `int` nor `decimal` nor `string`"
)
class TestColumnTypes(BasePostgresColumnTypes):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        schema = fixtures.schema_yml
        for of_others, of_spark in OF_SPARK.items():
            schema = schema.replace(of_others, of_spark)
        return {"model.sql": on_spark(fixtures.model_sql), "schema.yml": schema}
