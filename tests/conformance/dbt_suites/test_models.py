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
from dbt.tests.adapter.empty import _models
from dbt.tests.adapter.empty.test_empty import (
    BaseTestEmpty,
    BaseTestEmptyInlineSourceRef,
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

from tests.conformance.dbt_suites.deviations import MAPPED, deviates, on_spark

STRING_LITERAL = "the suite's macro casts to PostgreSQL's text"
READ_WHEN_EMPTY = {
    "control": _models.CONTROL,
    "get_columns_in_relation": _models.GET_COLUMNS_IN_RELATION,
    "alter_relation_comment": _models.ALTER_RELATION_COMMENT,
    "alter_column_comment": _models.ALTER_COLUMN_COMMENT,
    "alter_relation_add_remove_columns": _models.ALTER_RELATION_ADD_REMOVE_COLUMNS.replace(
        '"varchar"', '"string"'
    ),
    "truncate_relation": _models.TRUNCATE_RELATION,
}


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


@deviates(
    "a column is a STRING, as VARCHAR needs a length; without alter_column_type, in which dbt-databricks names a "
    "subquery where a table has to stand"
)
class TestMetadataWhenEmpty(MetadataWithEmptyFlag):
    @pytest.fixture(scope="class")
    def project_config_update(self) -> dict[str, Any]:
        return {"seeds": MAPPED}

    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        return {"schema.yml": _models.SCHEMA} | {f"{name}.sql": sql for name, sql in READ_WHEN_EMPTY.items()}

    @pytest.mark.parametrize("model", READ_WHEN_EMPTY)
    def test_run(self, project: Any, model: str) -> None:
        [result] = run_dbt(["run", "--empty", "--select", model]).results
        assert result.node.name == model


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
