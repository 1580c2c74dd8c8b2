"""Runs dbt as a user does, and builds the project beside the real tables on a few receipts made by hand."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from databricks import sql
from deltalake import DeltaTable

from lakeloop.config import UseCase, load_use_case

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
PREFIX = f"dbt{os.getpid()}_"

Dbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def use_case() -> UseCase:
    return load_use_case("churn")


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What dbt understands of the project; parsing needs no server."""
    folder = tmp_path_factory.mktemp("parsed")
    environment = {"DATABRICKS_HOST": "http://127.0.0.1:1", "DATABRICKS_TOKEN": "not-used"}
    done = _dbt(folder, environment, "parse")
    assert done.returncode == 0, done.stdout
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def _dbt(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    places = [
        "--project-dir",
        PROJECT,
        "--profiles-dir",
        PROJECT,
        "--target-path",
        folder,
        "--log-path",
        folder,
    ]
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments, *map(str, places)],
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=540,
    )


@pytest.fixture(scope="session")
def dbt(stack: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """``dbt("run", "--full-refresh")`` on the tables of `PREFIX`; files go to ``dbt.folder``."""
    folder = tmp_path_factory.mktemp("dbt")

    def run(*arguments: str, prefix: str = PREFIX) -> subprocess.CompletedProcess[str]:
        return _dbt(folder, stack, *arguments, "--vars", json.dumps({"schema_prefix": prefix}))

    run.folder = folder  # type: ignore[attr-defined]
    return run


@dataclass
class Receipts:
    """Lines of receipts, made by hand; `at` says when the next ones are ingested."""

    at: datetime
    lines: list[str] = field(default_factory=list)

    def add(
        self,
        household: int,
        week: int,
        day: int,
        basket: int,
        product: int = 1,
        sales: float = 5.0,
        **more: Any,
    ) -> None:
        """One line: `day` 0 is the first of the week, 6 the last."""
        bought = date(2017, 1, 1) + timedelta(days=7 * week + day)
        retail, coupon, match = (float(more.get(name, 0)) for name in ("retail", "coupon", "match"))
        self.lines.append(
            f"({household}, 1, {basket}, {product}, 1, {sales}D, {retail}D, {coupon}D, {match}D, "
            f"timestamp'{bought} 12:00:00', {week}, timestamp'{self.at}')"
        )


class Warehouse:
    """The silver tables of `PREFIX`, written over SQL; what dbt makes of them, read with delta-rs."""

    def __init__(self, stack: dict[str, str], use_case: UseCase) -> None:
        uri = f"{stack['DATABRICKS_HOST']}/sql/protocolv1/o/0/local"
        self._connection = sql.connect(
            server_hostname=stack["DATABRICKS_HOST"].removeprefix("http://"),
            http_path="/sql/protocolv1/o/0/local",
            access_token=stack["DATABRICKS_TOKEN"],
            _connection_uri=uri,
            enable_telemetry=False,
        )
        self._use_case = use_case
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

    def create_silver(self) -> None:
        """Empty tables with the columns that the job `ingest` gives them."""
        self.execute(f"CREATE SCHEMA {PREFIX}churn_silver")
        for name, source in self._use_case.sources.items():
            week = ", week INT" if source.event_time else ""
            columns = f"{source.ddl}{week}, _ingested_at TIMESTAMP"
            self.execute(f"CREATE TABLE {PREFIX}churn_silver.{name} ({columns}) USING DELTA")

    def insert(self, table: str, rows: Sequence[str]) -> None:
        self.execute(f"INSERT INTO {PREFIX}churn_silver.{table} VALUES {', '.join(rows)}")

    def gold(self, table: str) -> pd.DataFrame:
        """A gold table without the time of ingestion, sorted by household and week."""
        name = f"{PREFIX}churn_gold.{table}"
        location = self.execute(f"DESCRIBE DETAIL {name}")[0]["location"].replace("s3a://", "s3://")
        frame = DeltaTable(location, storage_options=self._storage).to_pandas()
        return frame.drop(columns="ingested_at", errors="ignore").sort_values(["household_id", "week"])

    def comments(self, table: str) -> dict[str, str]:
        """What each column of a gold table says of itself."""
        rows = self.execute(f"DESCRIBE TABLE {PREFIX}churn_gold.{table}")
        return {row["col_name"]: row["comment"] or "" for row in rows if not row["col_name"].startswith("#")}

    def close(self) -> None:
        for layer in ("silver", "staging", "gold"):
            self.execute(f"DROP SCHEMA IF EXISTS {PREFIX}churn_{layer} CASCADE")
        self._connection.close()


@pytest.fixture(scope="session")
def receipts() -> type[Receipts]:
    return Receipts


@pytest.fixture(scope="module")
def warehouse(stack: dict[str, str], use_case: UseCase) -> Iterator[Warehouse]:
    made = Warehouse(stack, use_case)
    try:
        made.create_silver()
        yield made
    finally:
        made.close()
