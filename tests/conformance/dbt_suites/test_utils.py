"""The macros that mean the same on every warehouse."""

import pytest
from dbt.tests.adapter.utils import fixture_listagg
from dbt.tests.adapter.utils.fixture_get_intervals_between import models__test_get_intervals_between_yml
from dbt.tests.adapter.utils.test_any_value import BaseAnyValue
from dbt.tests.adapter.utils.test_array_append import BaseArrayAppend
from dbt.tests.adapter.utils.test_array_concat import BaseArrayConcat
from dbt.tests.adapter.utils.test_array_construct import BaseArrayConstruct
from dbt.tests.adapter.utils.test_bool_or import BaseBoolOr
from dbt.tests.adapter.utils.test_cast import BaseCast
from dbt.tests.adapter.utils.test_cast_bool_to_text import BaseCastBoolToText
from dbt.tests.adapter.utils.test_concat import BaseConcat
from dbt.tests.adapter.utils.test_current_timestamp import BaseCurrentTimestampAware
from dbt.tests.adapter.utils.test_date import BaseDate
from dbt.tests.adapter.utils.test_date_spine import BaseDateSpine
from dbt.tests.adapter.utils.test_date_trunc import BaseDateTrunc
from dbt.tests.adapter.utils.test_dateadd import BaseDateAdd
from dbt.tests.adapter.utils.test_datediff import BaseDateDiff
from dbt.tests.adapter.utils.test_equals import BaseEquals
from dbt.tests.adapter.utils.test_escape_single_quotes import BaseEscapeSingleQuotesBackslash
from dbt.tests.adapter.utils.test_except import BaseExcept
from dbt.tests.adapter.utils.test_generate_series import BaseGenerateSeries
from dbt.tests.adapter.utils.test_get_intervals_between import BaseGetIntervalsBetween
from dbt.tests.adapter.utils.test_get_powers_of_two import BaseGetPowersOfTwo
from dbt.tests.adapter.utils.test_hash import BaseHash
from dbt.tests.adapter.utils.test_intersect import BaseIntersect
from dbt.tests.adapter.utils.test_last_day import BaseLastDay
from dbt.tests.adapter.utils.test_length import BaseLength
from dbt.tests.adapter.utils.test_listagg import BaseListagg
from dbt.tests.adapter.utils.test_null_compare import BaseMixedNullCompare, BaseNullCompare
from dbt.tests.adapter.utils.test_position import BasePosition
from dbt.tests.adapter.utils.test_replace import BaseReplace
from dbt.tests.adapter.utils.test_right import BaseRight
from dbt.tests.adapter.utils.test_safe_cast import BaseSafeCast
from dbt.tests.adapter.utils.test_source_freshness_custom_info import BaseCalculateFreshnessMethod
from dbt.tests.adapter.utils.test_split_part import BaseSplitPart
from dbt.tests.adapter.utils.test_string_literal import BaseStringLiteral
from dbt.tests.adapter.utils.test_timestamps import BaseCurrentTimestamps
from dbt.tests.adapter.utils.test_validate_sql import BaseValidateSqlMethod

from tests.conformance.dbt_suites.deviations import deviates


class TestAnyValue(BaseAnyValue): ...


class TestArrayAppend(BaseArrayAppend): ...


class TestArrayConcat(BaseArrayConcat): ...


class TestArrayConstruct(BaseArrayConstruct): ...


class TestBoolOr(BaseBoolOr): ...


class TestCalculateFreshnessMethod(BaseCalculateFreshnessMethod): ...


class TestCast(BaseCast): ...


class TestCastBoolToText(BaseCastBoolToText): ...


class TestConcat(BaseConcat): ...


class TestCurrentTimestampAware(BaseCurrentTimestampAware): ...


class TestDate(BaseDate): ...


class TestDateDiff(BaseDateDiff): ...


class TestDateSpine(BaseDateSpine): ...


class TestDateTrunc(BaseDateTrunc): ...


class TestEquals(BaseEquals): ...


class TestEscapeSingleQuotesBackslash(BaseEscapeSingleQuotesBackslash): ...


class TestExcept(BaseExcept): ...


class TestGenerateSeries(BaseGenerateSeries): ...


class TestGetPowersOfTwo(BaseGetPowersOfTwo): ...


class TestHash(BaseHash): ...


class TestIntersect(BaseIntersect): ...


class TestLastDay(BaseLastDay): ...


class TestLength(BaseLength): ...


class TestMixedNullCompare(BaseMixedNullCompare): ...


class TestNullCompare(BaseNullCompare): ...


class TestPosition(BasePosition): ...


class TestReplace(BaseReplace): ...


class TestRight(BaseRight): ...


class TestSafeCast(BaseSafeCast): ...


class TestSplitPart(BaseSplitPart): ...


class TestStringLiteral(BaseStringLiteral): ...


class TestValidateSqlMethod(BaseValidateSqlMethod): ...


class TestDateAdd(BaseDateAdd): ...


def _without_ordered(sql: str) -> str:
    """Return the suite's model without the cases of listagg that name an order."""
    begin, end = sql.index("calculate as (") + len("calculate as ("), sql.rindex(")\n\nselect")
    cases = [case for case in sql[begin:end].split("union all") if "order by" not in case]
    return sql[:begin] + "union all".join(cases) + sql[end:]


@deviates("the adapter's macro takes no order, and so the suite's ordered cases are left out")
class TestListagg(BaseListagg):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        unordered = _without_ordered(fixture_listagg.models__test_listagg_sql)
        return {
            "test_listagg.yml": fixture_listagg.models__test_listagg_yml,
            "test_listagg.sql": self.interpolate_macro_namespace(unordered, "listagg"),
        }


@deviates("dates as Spark reads them, with the year first")
class TestGetIntervalsBetween(BaseGetIntervalsBetween):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        intervals = """get_intervals_between("'2023-09-01'", "'2023-09-12'", "day")"""
        sql = f"select {{{{ {intervals} }}}} as intervals, 11 as expected"
        return {
            "test_get_intervals_between.yml": models__test_get_intervals_between_yml,
            "test_get_intervals_between.sql": self.interpolate_macro_namespace(sql, "get_intervals_between"),
        }


@deviates("Spark's current_timestamp, and its type")
class TestCurrentTimestamps(BaseCurrentTimestamps):
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        return {"get_current_timestamp.sql": "select {{ current_timestamp() }} as current_timestamp"}

    @pytest.fixture(scope="class")
    def expected_schema(self) -> dict[str, str]:
        return {"current_timestamp": "timestamp"}

    @pytest.fixture(scope="class")
    def expected_sql(self) -> str:
        return "select current_timestamp() as current_timestamp"
