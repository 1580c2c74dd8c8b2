"""`docs generate`, and descriptions kept with tables, views and columns."""

import json
from pathlib import Path
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

from tests.conformance.dbt_suites.deviations import deviates

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


@deviates("dbt-databricks tells a description that is missing as an empty one")
class TestPersistDocs(BasePersistDocs):
    def _assert_has_view_comments(
        self, view_node: Any, has_node_comments: bool = True, has_column_comments: bool = True
    ) -> None:
        described = json.loads(json.dumps(view_node), object_hook=_none_for_nothing)
        super()._assert_has_view_comments(described, has_node_comments, has_column_comments)


def _none_for_nothing(read: dict[str, Any]) -> dict[str, Any]:
    return {key: None if value == "" else value for key, value in read.items()}


@deviates("dbt-databricks says nothing of a described column that is missing")
class TestPersistDocsColumnMissing(BasePersistDocsColumnMissing):
    def test_missing_column_warning(self, project: Any) -> None:
        catalog = json.loads(Path("target/catalog.json").read_text(encoding="utf-8"))
        assert "column_that_does_not_exist" not in json.dumps(catalog["nodes"])


@deviates("dbt-databricks says nothing of described columns that are missing")
class TestPersistDocsAllColumnsMissing(BasePersistDocsAllColumnsMissing): ...


class TestPersistDocsQuotedColumn(BasePersistDocsCommentOnQuotedColumn): ...
