"""`docs generate`, and descriptions kept with tables, views and columns."""

from itertools import takewhile
from typing import Any

import pytest
from dbt.tests.adapter.basic import expected_catalog
from dbt.tests.adapter.basic.test_docs_generate import BaseDocsGenerate, BaseDocsGenReferences
from dbt.tests.adapter.catalog import files
from dbt.tests.adapter.catalog.relation_types import CatalogRelationTypes
from dbt.tests.adapter.persist_docs.test_persist_docs import (
    BasePersistDocs,
    BasePersistDocsAllColumnsMissing,
    BasePersistDocsColumnMissing,
    BasePersistDocsCommentOnQuotedColumn,
)
from dbt.tests.util import run_dbt

from tests.conformance.dbt_suites.deviations import deviates

NO_COMMENTS = "read with DESCRIBE: dbt-databricks' catalog has no comments of columns, on a workspace neither"
FROM_ZERO = "Databricks counts columns from 0 and names its types otherwise"


class _Owner:
    """Whoever owns it: equal to any name, and to none."""

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, str)

    __hash__ = None  # type: ignore[assignment]


class _Statistics:
    """What is known about a table's size; what it says is not the suite's matter."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and "has_stats" in other

    __hash__ = None  # type: ignore[assignment]


NAMES = {
    "role": _Owner(),
    "id_type": "bigint",
    "text_type": "string",
    "time_type": "timestamp",
    "view_type": "view",
    "table_type": "table",
    "model_stats": _Statistics(),
}


@deviates(FROM_ZERO)
class TestDocs(BaseDocsGenerate):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project: Any) -> Any:
        return expected_catalog.base_expected_catalog(project, **NAMES)


@deviates(FROM_ZERO)
class TestDocsOfReferences(BaseDocsGenReferences):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project: Any) -> Any:
        given = expected_catalog.expected_references_catalog(project, bigint_type="bigint", **NAMES)
        for node in (*given["nodes"].values(), *given["sources"].values()):
            _count_from_zero(node["columns"])
        return given


def _count_from_zero(columns: dict[str, dict[str, Any]]) -> None:
    first = min(column["index"] for column in columns.values())
    for column in columns.values():
        column["index"] -= first


@deviates("tables and views only: there are no materialized views here")
class TestRelationTypes(CatalogRelationTypes):
    @pytest.fixture(scope="class", autouse=True)
    def models(self) -> dict[str, str]:
        return {"my_table.sql": files.MY_TABLE, "my_view.sql": files.MY_VIEW}

    @pytest.mark.parametrize(
        ("node_name", "relation_type"),
        [("seed.test.my_seed", "table"), ("model.test.my_table", "table"), ("model.test.my_view", "view")],
    )
    def test_relation_types_populate_correctly(self, docs: Any, node_name: str, relation_type: str) -> None:
        super().test_relation_types_populate_correctly(docs, node_name, relation_type)


def _described(project: Any, model: str) -> dict[str, Any]:
    """Return what DESCRIBE says of a model, as the catalog's node would."""
    rows = project.run_sql(f"describe extended {project.test_schema}.{model}", fetch="all")
    columns = {row[0]: {"comment": row[2]} for row in takewhile(lambda row: row[0], rows)}
    comment = next((row[1] for row in rows if row[0] == "Comment"), None)
    return {"metadata": {"comment": comment}, "columns": columns}


@deviates(NO_COMMENTS)
class TestPersistDocs(BasePersistDocs):
    def test_has_comments_pglike(self, project: Any) -> None:
        self._assert_has_table_comments(_described(project, "table_model"))
        self._assert_has_view_comments(_described(project, "view_model"))
        self._assert_has_view_comments(_described(project, "no_docs_model"), False, False)


@deviates(f"{NO_COMMENTS}; and dbt-databricks gives no warning of a described column that is missing")
class TestPersistDocsColumnMissing(BasePersistDocsColumnMissing):
    def test_missing_column(self, project: Any) -> None:
        columns = _described(project, "missing_column")["columns"]
        assert columns["id"]["comment"] == "test id column description"

    def test_missing_column_warning(self, project: Any) -> None:
        assert set(_described(project, "missing_column")["columns"]) == {"id", "name"}


@deviates(
    "dbt-databricks gives no warning of described columns that are missing; the run succeeds all the same"
)
class TestPersistDocsAllColumnsMissing(BasePersistDocsAllColumnsMissing):
    def test_all_columns_missing_does_not_crash(self, project: Any) -> None:
        assert [result.status for result in run_dbt(["run"])] == ["success"]


@deviates(NO_COMMENTS)
class TestPersistDocsQuotedColumn(BasePersistDocsCommentOnQuotedColumn):
    def test_quoted_column_comments(self, project: Any) -> None:
        run_dbt()
        assert _described(project, "quote_model")["columns"]["2id"]["comment"] == "XXX My description"
