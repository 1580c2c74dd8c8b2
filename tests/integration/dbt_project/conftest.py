"""Builds the dbt project beside the real tables, on a few receipts made by hand."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from databricks import sql
from deltalake import DeltaTable

from lakeloop.config import Source, load_source
from tests.dbt_project.conftest import run_dbt
from tests.integration.dbt_project.silver import Silver

PREFIX = f"dbt{os.getpid()}_"

Dbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def source() -> Source:
    return load_source("retail")


@pytest.fixture(scope="session")
def dbt(stack: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """``dbt("run", "--full-refresh")`` on the tables of `PREFIX`; files go to ``dbt.folder``."""
    folder = tmp_path_factory.mktemp("dbt")

    def run(*arguments: str, prefix: str = PREFIX, read: str = PREFIX) -> subprocess.CompletedProcess[str]:
        variables = {"schema_prefix": prefix, "source_prefix": read}
        return run_dbt(folder, stack, *arguments, "--vars", json.dumps(variables))

    run.folder = folder  # type: ignore[attr-defined]
    return run


class Warehouse:
    """SQL on the stack; what dbt makes of silver tables, read with delta-rs."""

    def __init__(self, stack: dict[str, str]) -> None:
        self._connection = sql.connect(
            server_hostname=stack["DATABRICKS_HOST"].removeprefix("http://"),
            http_path="/sql/protocolv1/o/0/local",
            access_token=stack["DATABRICKS_TOKEN"],
            _connection_uri=f"{stack['DATABRICKS_HOST']}/sql/protocolv1/o/0/local",
            enable_telemetry=False,
        )
        self._storage = {
            "AWS_ENDPOINT_URL": stack["AWS_ENDPOINT_URL"],
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": stack["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": stack["AWS_SECRET_ACCESS_KEY"],
            "AWS_REGION": stack["AWS_REGION"],
        }

    def execute(self, statement: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def gold(self, table: str, prefix: str = PREFIX) -> pd.DataFrame:
        """A gold table of churn, sorted by household and period."""
        name = f"{prefix}churn_gold.{table}"
        location = self.execute(f"DESCRIBE DETAIL {name}")[0]["location"].replace("s3a://", "s3://")
        frame = DeltaTable(location, storage_options=self._storage).to_pandas()
        return frame.sort_values(["household_id", "as_of"]).reset_index(drop=True)

    def comments(self, table: str) -> dict[str, str]:
        """What each column of a gold table says of itself."""
        rows = self.execute(f"DESCRIBE TABLE {PREFIX}churn_gold.{table}")
        return {row["col_name"]: row["comment"] or "" for row in rows if not row["col_name"].startswith("#")}

    def drop(self, *schemas: str) -> None:
        for schema in schemas:
            self.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="session")
def warehouse(stack: dict[str, str]) -> Iterator[Warehouse]:
    made = Warehouse(stack)
    yield made
    made.close()


@pytest.fixture(scope="module")
def silver(warehouse: Warehouse, source: Source) -> Iterator[Silver]:
    """Silver tables of a module's own, empty at first; what dbt builds with `PREFIX` goes with them."""
    made = Silver(source, PREFIX, warehouse.execute)
    warehouse.drop(*(f"{PREFIX}{schema}" for schema in ("retail_silver", "churn_staging", "churn_gold")))
    made.create()
    yield made
    warehouse.drop(*(f"{PREFIX}{schema}" for schema in ("retail_silver", "churn_staging", "churn_gold")))
