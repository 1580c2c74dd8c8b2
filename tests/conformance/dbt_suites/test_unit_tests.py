"""Unit tests of models: types, names of columns, wrong input."""

import pytest
from dbt.tests.adapter.unit_testing import test_quoted_reserved_word_column_names as reserved
from dbt.tests.adapter.unit_testing.test_case_insensitivity import BaseUnitTestCaseInsensivity
from dbt.tests.adapter.unit_testing.test_invalid_input import BaseUnitTestInvalidInput
from dbt.tests.adapter.unit_testing.test_types import BaseUnitTestingTypes

from tests.conformance.dbt_suites.deviations import deviates

# value in SQL, the same in YAML
DATA_TYPES = [
    ["1", "1"],
    ["'1'", "1"],
    ["2.0", "2.0"],
    ["'string'", "string"],
    ["true", "true"],
    ["DATE '2020-01-02'", "2020-01-02"],
    ["TIMESTAMP '2013-11-03 00:00:00-0'", "2013-11-03 00:00:00-0"],
    ["'1'::numeric", "1"],
    ["array(1, 2, 3)", "'array(1, 2, 3)'"],
    ["map('10', 't', '20', null)", """'map("10", "t", "20", null)'"""],
    ["named_struct('a', 1, 'b', 2)", """'named_struct("a", 1, "b", 2)'"""],
]


class TestCaseInsensitivity(BaseUnitTestCaseInsensivity): ...


class TestInvalidInput(BaseUnitTestInvalidInput): ...


@deviates("Spark's types")
class TestTypes(BaseUnitTestingTypes):
    @pytest.fixture
    def data_types(self) -> list[list[str]]:
        return DATA_TYPES


@deviates("names are quoted with backticks")
class TestReservedNames(reserved.BaseUnitTestQuotedReservedWordColumnNames):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        return {
            "my_model.sql": reserved.my_model_sql,
            "my_upstream_model.sql": "select 1 as `GROUP`",
            "unit_tests.yml": reserved.test_my_model_csv_fixtures_yml,
        }
