"""Aliases, ephemeral models, empty and sampled runs, `show`, comments on queries, names in the cache."""

from typing import Any

import pytest
from dbt.tests.adapter.aliases import fixtures as alias_fixtures
from dbt.tests.adapter.aliases.test_aliases import (
    BaseAliasErrors,
    BaseAliases,
    BaseSameAliasDifferentDatabases,
    BaseSameAliasDifferentSchemas,
)
from dbt.tests.adapter.caching.test_caching import (
    BaseCachingLowercaseModel,
    BaseCachingSelectedSchemaOnly,
    BaseCachingUppercaseModel,
    BaseNoPopulateCache,
)
from dbt.tests.adapter.concurrency.test_concurrency import BaseConcurrency
from dbt.tests.adapter.dbt_show.test_dbt_show import (
    BaseShowDoesNotHandleDoubleLimit,
    BaseShowLimit,
    BaseShowSqlHeader,
)
from dbt.tests.adapter.empty.test_empty import (
    BaseTestEmpty,
    BaseTestEmptyInlineSourceRef,
    BaseTestEmptySeedFlag,
    MetadataWithEmptyFlag,
)
from dbt.tests.adapter.ephemeral.test_ephemeral import (
    BaseEphemeralErrorHandling,
    BaseEphemeralMulti,
    BaseEphemeralNested,
)
from dbt.tests.adapter.query_comment.test_query_comment import (
    BaseEmptyQueryComments,
    BaseMacroInvalidQueryComments,
    BaseMacroQueryComments,
    BaseNullQueryComments,
    BaseQueryComments,
)
from dbt.tests.adapter.relations.test_changing_relation_type import BaseChangeRelationTypeValidator
from dbt.tests.adapter.relations.test_dropping_schema_named import BaseDropSchemaNamed
from dbt.tests.adapter.sample_mode.test_sample_mode import BaseSampleModeTest
from dbt.tests.adapter.simple_copy.test_simple_copy import EmptyModelsArentRunBase
from dbt.tests.util import check_relations_equal, run_dbt

from tests.conformance.dbt_suites.deviations import deviates, on_spark

STRING_LITERAL = "the suite's macro casts to PostgreSQL's text"


class _SparkAliases:
    @pytest.fixture(scope="class")
    def macros(self) -> dict[str, str]:
        return {
            "cast.sql": on_spark(alias_fixtures.MACROS__CAST_SQL),
            "expect_value.sql": alias_fixtures.MACROS__EXPECT_VALUE_SQL,
        }


@deviates(STRING_LITERAL)
class TestAliases(_SparkAliases, BaseAliases): ...


@deviates(STRING_LITERAL)
class TestAliasErrors(_SparkAliases, BaseAliasErrors): ...


@deviates(STRING_LITERAL)
class TestSameAliasInTwoSchemas(_SparkAliases, BaseSameAliasDifferentSchemas): ...


@deviates(STRING_LITERAL)
class TestSameAliasInTwoDatabases(_SparkAliases, BaseSameAliasDifferentDatabases): ...


class TestCachingLowercase(BaseCachingLowercaseModel): ...


class TestCachingUppercase(BaseCachingUppercaseModel): ...


class TestCachingSelectedSchema(BaseCachingSelectedSchemaOnly): ...


class TestNoPopulateCache(BaseNoPopulateCache): ...


class TestConcurrency(BaseConcurrency): ...


class TestShowLimit(BaseShowLimit): ...


class TestShowSqlHeader(BaseShowSqlHeader): ...


@deviates("Spark's words for a syntax error")
class TestShowDoubleLimit(BaseShowDoesNotHandleDoubleLimit):
    DATABASE_ERROR_MESSAGE = "PARSE_SYNTAX_ERROR"


class TestRunEmpty(BaseTestEmpty): ...


class TestRunEmptyInline(BaseTestEmptyInlineSourceRef): ...


class TestSeedEmpty(BaseTestEmptySeedFlag): ...


class TestMetadataWhenEmpty(MetadataWithEmptyFlag): ...


class TestEphemeralErrors(BaseEphemeralErrorHandling): ...


@deviates("looks at the rows; the suite compares PostgreSQL's DDL")
class TestEphemeralMulti(BaseEphemeralMulti):
    def test_ephemeral_multi(self, project: Any) -> None:
        run_dbt(["seed"])
        assert len(run_dbt(["run"])) == 3
        for model in ("dependent", "double_dependent", "super_dependent"):
            check_relations_equal(project.adapter, ["seed", model])


@deviates("looks at the rows; the suite compares PostgreSQL's DDL")
class TestEphemeralNested(BaseEphemeralNested):
    def test_ephemeral_nested(self, project: Any) -> None:
        assert len(run_dbt(["run"])) == 2
        check_relations_equal(project.adapter, ["source_table", "root_view"])


class TestQueryComments(BaseQueryComments): ...


class TestMacroQueryComments(BaseMacroQueryComments): ...


class TestMacroInvalidQueryComments(BaseMacroInvalidQueryComments): ...


class TestNullQueryComments(BaseNullQueryComments): ...


class TestEmptyQueryComments(BaseEmptyQueryComments): ...


class TestChangingRelationType(BaseChangeRelationTypeValidator): ...


class TestDropSchemaNamed(BaseDropSchemaNamed): ...


class TestSampleMode(BaseSampleModeTest): ...


class TestModelsWithoutSql(EmptyModelsArentRunBase): ...
