"""The unmodified dbt-databricks adapter, as a user calls it, on a small project of its own."""

import csv
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from databricks import sql
from deltalake import DeltaTable

PROJECT = Path(__file__).parent / "dbt_project"
CLUSTER = "/sql/protocolv1/o/0/local"


@dataclass(frozen=True)
class Dbt:
    """One project in a schema of its own; `target` holds what dbt writes."""

    stack: dict[str, str]
    schema: str
    target: Path

    def __call__(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a dbt command and return how it ended."""
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        command = [
            str(Path(sys.executable).with_name("dbt")),
            "--no-use-colors",
            *verb.split(),
            *folders,
            *arguments,
        ]
        mine = {
            "DBT_CONFORMANCE_SCHEMA": self.schema,
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target / "logs"),
        }
        # Not the product's own project and profiles, which `lakeloop env` also names.
        others = {k: v for k, v in (os.environ | self.stack).items() if not k.startswith("DBT_")}
        return subprocess.run(command, env=others | mine, capture_output=True, text=True, timeout=500)

    def passes(self, verb: str, *arguments: str) -> dict[str, str]:
        """Run a command that must succeed; return the status of each node by its name."""
        done = self(verb, *arguments)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return self.statuses()

    def statuses(self) -> dict[str, str]:
        """Return how each node of the last command ended, by its name."""
        results = json.loads((self.target / "run_results.json").read_text(encoding="utf-8"))["results"]
        return {_name(result["unique_id"]): result["status"] for result in results}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the workspace itself."""
        host = self.stack["DATABRICKS_HOST"]
        with (
            sql.connect(
                server_hostname=host,
                http_path=CLUSTER,
                access_token=self.stack["DATABRICKS_TOKEN"],
                schema=self.schema,
                _connection_uri=host + CLUSTER,
                enable_telemetry=False,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]

    def delta(self, table: str) -> DeltaTable:
        """Open a table with another engine than the one that wrote it."""
        [location] = [row[1] for row in self.rows(f"describe extended {table}") if row[0] == "Location"]
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        options = {name: self.stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}
        return DeltaTable(location.replace("s3a://", "s3://"), storage_options=options)

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return a Delta table's rows, read by another engine, in the order of their id."""
        rows: list[dict[str, Any]] = self.delta(name).to_pyarrow_table().to_pylist()
        return sorted(rows, key=lambda row: row["id"])


def _name(unique_id: str) -> str:
    # unit_test.<project>.<its model>.<name>, but test.<project>.<name>.<hash> and model.<project>.<name>
    parts = unique_id.split(".")
    return parts[3] if parts[0] == "unit_test" else parts[2]


@pytest.fixture(scope="module")
def dbt(stack: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    made = Dbt(stack, f"dbt_conformance_{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("dbt"))
    yield made
    made.rows(f"drop schema if exists {made.schema} cascade")


@pytest.fixture(scope="module")
def built(dbt: Dbt) -> dict[str, str]:
    """The statuses of the first build of everything."""
    return dbt.passes("build")


@pytest.fixture(scope="module")
def built_again(dbt: Dbt, built: dict[str, str]) -> dict[str, str]:
    """The statuses of a second build, in which Ann's balance has changed and incremental models see a second load."""
    assert dbt.rows("select count(*) from balances_merged") == [(3,)], "the first load"
    return dbt.passes("build", "--exclude", "resource_type:seed", "--vars", "{load: 2, raise: 5}")


def test_debug_connects(dbt: Dbt) -> None:
    done = dbt("debug")
    assert done.returncode == 0, done.stdout
    assert "All checks passed!" in done.stdout


def test_everything_builds_and_every_test_passes(built: dict[str, str]) -> None:
    assert set(built.values()) == {"success", "pass"}
    assert {
        "people",
        "people_view",
        "people_table",
        "balances_merged",
        "balances_by_city",
        "people_history",
    } <= set(built)
    assert "a_person_without_a_city_lives_in_an_unknown_one" in built
    assert list(built.values()).count("pass") == 5


def test_a_seed_arrives_with_its_types(dbt: Dbt, built: dict[str, str]) -> None:
    kinds = [(field.name, str(field.type)) for field in dbt.delta("people").to_pyarrow_dataset().schema]
    assert kinds == [
        ("id", "int64"),
        ("name", "string"),
        ("city", "string"),
        ("joined", "date32[day]"),
        ("balance", "decimal128(10, 2)"),
    ]
    assert [row["name"] for row in dbt.table("people")] == ["Ann", "O'Brien", "Chloé"]
    assert [row["city"] for row in dbt.table("people")] == ["Ghent", "Bruges", None]


def test_a_seeds_cells_arrive_as_they_are(dbt: Dbt, built: dict[str, str]) -> None:
    with (PROJECT / "seeds" / "awkward.csv").open(encoding="utf-8", newline="") as file:
        cells = {int(row["id"]): row["note"] for row in csv.DictReader(file)}
    assert any("${env:PATH}" in cell for cell in cells.values())
    assert {row["id"]: row["note"] for row in dbt.table("awkward")} == cells


def test_views_and_tables_are_what_they_say(dbt: Dbt, built: dict[str, str]) -> None:
    assert [row[1] for row in dbt.rows("show views") if not row[2]] == ["people_view"]
    assert len(dbt.table("people_table")) == 3


def test_docs_are_kept_with_tables_and_columns(dbt: Dbt, built: dict[str, str]) -> None:
    described = {row[0]: row for row in dbt.rows("describe extended people_table")}
    assert described["id"][2] == "Who it is."
    assert described["Comment"][1] == "The same, as a table under contract."
    view = {row[0]: row[2] for row in dbt.rows("describe people_view")}
    assert view["id"] == 'Who it is; a quote \' and a "double" one.'


def test_a_contract_is_kept(dbt: Dbt, built: dict[str, str]) -> None:
    broken = dbt("run", "--select", "people_table", "--vars", "{extra_column: true}")
    assert broken.returncode == 1
    assert "contract" in broken.stdout
    with pytest.raises(Exception, match="DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"):
        dbt.rows("insert into people_table values (9, 'Zoe', 'Ghent', 2000000.00)")


def test_a_second_load_merges_by_key(dbt: Dbt, built_again: dict[str, str]) -> None:
    assert set(built_again.values()) == {"success", "pass"}
    assert [(row["id"], row["load"]) for row in dbt.table("balances_merged")] == [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
    ]


def test_a_second_load_overwrites_its_partition_alone(dbt: Dbt, built_again: dict[str, str]) -> None:
    rows = [(row["id"], row["city"], row["load"]) for row in dbt.table("balances_by_city")]
    assert rows == [(1, "Ghent", 2), (2, "Bruges", 1), (3, "unknown", 1)]


def test_a_snapshot_keeps_what_was(dbt: Dbt, built_again: dict[str, str]) -> None:
    history = [(r["id"], str(r["balance"]), r["dbt_valid_to"] is None) for r in dbt.table("people_history")]
    assert sorted(history) == [
        (1, "10.50", False),
        (1, "15.50", True),
        (2, "20.25", True),
        (3, "30.00", True),
    ]


def test_a_failing_test_fails(dbt: Dbt, built_again: dict[str, str]) -> None:
    failed = dbt("test", "--select", "every_balance_is_positive", "--vars", "{least_balance: 25}")
    assert failed.returncode == 1
    assert dbt.statuses() == {"every_balance_is_positive": "fail"}


def test_a_broken_model_fails_with_sparks_words(dbt: Dbt, built_again: dict[str, str]) -> None:
    failed = dbt("run", "--select", "people_view", "--vars", "{column: no_such_column}")
    assert failed.returncode == 1
    assert "UNRESOLVED_COLUMN" in failed.stdout
    assert len(dbt.rows("select * from people_view")) == 3, "the view is still the old one"


def test_docs_describe_every_relation(dbt: Dbt, built_again: dict[str, str]) -> None:
    dbt.passes("docs generate")
    nodes = json.loads((dbt.target / "catalog.json").read_text(encoding="utf-8"))["nodes"]
    described = {name.rsplit(".", 1)[1]: node for name, node in nodes.items()}
    assert set(described) == {
        "awkward",
        "people",
        "people_view",
        "people_table",
        "balances_merged",
        "balances_by_city",
        "people_history",
    }
    assert described["people_view"]["metadata"]["type"] == "view"
    columns = described["people_table"]["columns"]
    assert {name: column["type"] for name, column in columns.items()} == {
        "id": "bigint",
        "name": "string",
        "city": "string",
        "balance": "decimal(10,2)",
    }
