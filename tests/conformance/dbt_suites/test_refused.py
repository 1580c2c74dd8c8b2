"""What dbt can write and the workspace cannot do: refused by name, and told so by dbt."""

from typing import Any

import pytest
from dbt.tests.util import run_dbt

MODELS = {
    "granted.sql": "{{ config(materialized='table', grants={'select': ['someone']}) }} select 1 as id",
    "materialized.sql": "{{ config(materialized='materialized_view') }} select 1 as id",
    "streaming.sql": "{{ config(materialized='streaming_table') }} select 1 as id",
    "keyed.sql": "{{ config(materialized='table') }} select 1 as id",
    "tagged.sql": "{{ config(materialized='table', databricks_tags={'a': 'b'}) }} select 1 as id",
    "in_python.py": "def model(dbt, session):\n    return session.createDataFrame([(1,)], 'id int')\n",
    "contract.yml": """
models:
  - name: keyed
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: int, constraints: [{type: not_null}, {type: primary_key}]}
""",
}


class TestRefused:
    @pytest.fixture(scope="class")
    def models(self) -> dict[str, str]:
        return MODELS

    @pytest.fixture(scope="class")
    def told(self, project: Any) -> dict[str, str]:
        results = run_dbt(["run"], expect_pass=False)
        return {result.node.name: f"{result.status}: {result.message}" for result in results}

    @pytest.mark.parametrize(
        ("model", "message"),
        [
            ("granted", "NOT_SUPPORTED_LOCALLY] GRANT"),
            ("materialized", "NOT_SUPPORTED_LOCALLY] MATERIALIZED VIEW"),
            ("streaming", "NOT_SUPPORTED_LOCALLY] STREAMING TABLE"),
            ("keyed", "NOT_SUPPORTED_LOCALLY] PRIMARY KEY"),
            ("tagged", "NOT_SUPPORTED_LOCALLY] SET TAGS"),
            ("in_python", "is not implemented by the local workspace"),
        ],
    )
    def test_a_model_that_cannot_be_made_names_what_is_missing(
        self, told: dict[str, str], model: str, message: str
    ) -> None:
        assert told[model].startswith("error: ")
        assert message in told[model]
