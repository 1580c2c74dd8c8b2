"""Three-level names, as a hosted workspace has them: over Thrift, Connect, in a notebook and on a job cluster."""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, jobs, workspace
from databricks.sdk.service.jobs import RunResultState, SubmitTask, TaskDependency
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from tests.conformance.sql_clients import Connect, asked

PATIENCE = timedelta(minutes=5)
SPARK = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"
CLUSTER = compute.ClusterSpec(spark_version="17.3.x-scala2.13", node_type_id="m5d.large", num_workers=1)


@pytest.fixture
def name(cursor: Cursor) -> Iterator[str]:
    """A schema of that name in each of two catalogs."""
    made = f"names_{uuid.uuid4().hex[:8]}"
    for catalog in ("dev", "staging"):
        cursor.execute(f"create schema {catalog}.{made}")
    yield made
    for catalog in ("dev", "staging"):
        cursor.execute(f"drop schema if exists {catalog}.{made} cascade")


@pytest.fixture
def spark(stack: dict[str, str]) -> Iterator[SparkSession]:
    """A plain Spark Connect client."""
    session = SparkSession.builder.remote(stack["SPARK_REMOTE"]).create()
    yield session
    session.stop()


# --- catalogs and schemas --------------------------------------------------------------------------------------------


def test_the_catalogs_and_which_of_them_a_session_stands_in(connect: Connect, spark: SparkSession) -> None:
    cursor = connect().cursor()
    known = ["dev", "hive_metastore", "prod", "staging"]
    assert asked(cursor, "select current_catalog(), current_schema()") == [("dev", "default")]
    assert [row[0] for row in asked(cursor, "show catalogs")] == known
    assert [row[0] for row in asked(cursor, "show catalogs like 'p*|dev'")] == ["dev", "prod"]
    assert [row[0] for row in spark.sql("show catalogs").collect()] == known
    assert asked(cursor, "show schemas in prod") == [("default",), ("information_schema",)]


@pytest.mark.parametrize(
    "statement", ["use catalog STAGING", "SET CATALOG `staging`;", "use staging.default"]
)
def test_use_catalog_over_thrift_and_connect(connect: Connect, spark: SparkSession, statement: str) -> None:
    cursor = connect().cursor()
    cursor.execute(statement)
    assert asked(cursor, "select current_catalog()") == [("staging",)]
    spark.sql(statement)
    assert spark.catalog.currentCatalog() == "staging"
    spark.catalog.setCurrentCatalog("dev")
    assert spark.catalog.currentCatalog() == "dev"
    unknown = r"NO_SUCH_CATALOG_EXCEPTION\] Catalog 'nope' was not found; there are dev, .*SQLSTATE: 42704"
    with pytest.raises(DatabaseError, match=unknown):
        cursor.execute("use catalog nope")
    with pytest.raises(AnalysisException, match=unknown) as caught:
        spark.sql("use catalog nope")
    assert (caught.value.getCondition(), caught.value.getSqlState()) == ("NO_SUCH_CATALOG_EXCEPTION", "42704")


def test_one_schema_name_in_two_catalogs_means_two_schemas(cursor: Cursor, name: str) -> None:
    cursor.execute(f"create table dev.{name}.t as select 1 as a")
    cursor.execute(f"create table staging.{name}.t as select 2 as a")
    joined = f"select d.a, s.a from dev.{name}.t d cross join staging.{name}.t s"
    assert asked(cursor, joined) == [(1, 2)]
    with pytest.raises(DatabaseError, match=rf"SCHEMA_NOT_EMPTY.*`{name}`"):
        cursor.execute(f"drop schema staging.{name}")
    cursor.execute(f"drop schema staging.{name} cascade")
    assert asked(cursor, f"select a from {name}.t") == [(1,)]
    with pytest.raises(DatabaseError, match="TABLE_OR_VIEW_NOT_FOUND"):
        cursor.execute(f"select * from staging.{name}.t")


def test_old_names_mean_the_old_metastore(connect: Connect, name: str) -> None:
    cursor = connect(catalog="hive_metastore").cursor()
    cursor.execute(f"create schema {name}")
    try:
        cursor.execute(f"create table {name}.t as select 7 as a")
        assert asked(connect().cursor(), f"select a from hive_metastore.{name}.t") == [(7,)]
        with pytest.raises(DatabaseError, match="TABLE_OR_VIEW_NOT_FOUND"):
            connect().cursor().execute(f"select a from dev.{name}.t")
        with pytest.raises(DatabaseError, match=f"where catalog dev keeps its schema {name}"):
            cursor.execute(f"create schema hive_metastore.dev__{name}")
        shown = [row[0] for row in asked(cursor, "show schemas in hive_metastore")]
        assert name in shown
        assert not [schema for schema in shown if schema.startswith("dev__")]
    finally:
        cursor.execute(f"drop schema hive_metastore.{name} cascade")


def test_old_names_mean_the_same_in_all_places(connect: Connect, spark: SparkSession, name: str) -> None:
    cursor = connect(catalog="hive_metastore").cursor()
    table = f"hive_metastore.{name}.t"
    cursor.execute(f"create schema {name}")
    try:
        spark.range(2).write.saveAsTable(table)
        assert asked(cursor, "select current_catalog(), 1") == [("hive_metastore", 1)]
        same = "select count(*) from range(1) where current_catalog() = 'hive_metastore'"
        assert asked(cursor, same) == [(1,)]
        counted = [
            asked(cursor, "select count(*) from identifier(:t)", {"t": table}),
            asked(cursor, f"select count(*) from identifier('{table}')"),
            asked(cursor, f"execute immediate 'select count(*) from {table}'"),
        ]
        assert counted == [[(2,)]] * 3
        assert spark.table(table).count() == spark.sql(f"select * from {table}").count() == 2
    finally:
        cursor.execute(f"drop schema hive_metastore.{name} cascade")


def test_odd_names_are_kept_apart_or_refused(cursor: Cursor, name: str) -> None:
    for odd in (f"{name}__x", f"_{name}", f"{name.upper()}_UP"):
        cursor.execute(f"create schema dev.{odd}")
        try:
            cursor.execute(f"create table dev.{odd}.T as select 1 as a")
            assert asked(cursor, f"select a from dev.{odd.lower()}.t") == [(1,)]
            assert (odd.lower(),) in asked(cursor, "show schemas in dev")
        finally:
            cursor.execute(f"drop schema dev.{odd} cascade")
    for refused in (f"create schema dev.`{name}-x`", f"create table dev.{name}.`a-b` as select 1 as a"):
        with pytest.raises(DatabaseError, match="INVALID_SCHEMA_OR_RELATION_NAME"):
            cursor.execute(refused)


def test_metadata_calls_per_catalog(cursor: Cursor, name: str) -> None:
    for catalog in ("dev", "staging"):
        cursor.execute(f"create table {catalog}.{name}.t (id bigint not null)")
    cursor.execute(f"create view dev.{name}.v as select id from dev.{name}.t")
    assert [row.TABLE_CAT for row in cursor.catalogs().fetchall()] == [
        "dev",
        "hive_metastore",
        "prod",
        "staging",
    ]
    found = cursor.schemas(schema_name=name).fetchall()
    assert [tuple(row) for row in found] == [(name, "dev"), (name, "staging")]
    tables = cursor.tables(catalog_name="dev", schema_name=name).fetchall()
    assert [tuple(row)[:4] for row in tables] == [
        ("dev", name, "t", "TABLE"),
        ("dev", name, "v", "VIEW"),
    ]
    columns = cursor.columns(schema_name=name, table_name="t").fetchall()
    assert [(c.TABLE_CAT, c.COLUMN_NAME, c.NULLABLE) for c in columns] == [
        ("dev", "id", 0),
        ("staging", "id", 0),
    ]


# --- views -----------------------------------------------------------------------------------------------------------


def test_a_view_lives_in_its_catalog(cursor: Cursor, connect: Connect, name: str) -> None:
    cursor.execute(f"create table dev.{name}.t as select 1 as a, 'x' as b")
    cursor.execute(
        f"create view dev.{name}.v (n comment 'a number') comment 'numbers' as select a from {name}.t"
    )
    # It was made in dev, and names are looked up there, wherever its reader stands.
    other = connect(catalog="staging").cursor()
    assert asked(other, f"select n from dev.{name}.v") == [(1,)]
    assert asked(cursor, f"describe dev.{name}.v") == [("n", "int", "a number")]
    with pytest.raises(DatabaseError, match=rf"TABLE_OR_VIEW_ALREADY_EXISTS.*{name}"):
        cursor.execute(f"create table dev.{name}.v as select 1 as a")
    cursor.execute(f"create or replace view dev.{name}.v as select b from dev.{name}.t")
    cursor.execute(f"alter view dev.{name}.v rename to dev.{name}.w")
    assert asked(other, f"select b from dev.{name}.w") == [("x",)]
    assert [row[1] for row in asked(cursor, f"show views in dev.{name}")] == ["w"]
    with pytest.raises(DatabaseError, match="a table keeps its catalog and schema"):
        cursor.execute(f"alter view dev.{name}.w rename to staging.{name}.w")
    cursor.execute(f"drop view dev.{name}.w")
    assert [row[1] for row in asked(cursor, f"show tables in dev.{name}")] == ["t"]


def test_show_table_extended_lists_views_with_their_columns(cursor: Cursor, name: str) -> None:
    cursor.execute(f"create table dev.{name}.t as select 1 as a")
    cursor.execute(f"create view dev.{name}.v as select a, 'x' as b from dev.{name}.t")
    shown = {row[1]: row[3] for row in asked(cursor, f"show table extended in dev.{name} like '*'")}
    assert set(shown) == {"t", "v"}
    assert "Type: VIEW" in shown["v"]
    assert "Schema: root\n |-- a: integer (nullable = true)\n |-- b: string" in shown["v"]
    assert "Table Properties: [delta." in shown["t"]


# --- tables ----------------------------------------------------------------------------------------------------------


def test_what_a_table_can_do(cursor: Cursor, name: str) -> None:
    table = f"dev.{name}.t"
    cursor.execute(f"create table {table} (id bigint, v string) comment 'a table'")
    cursor.execute(f"insert into {table} values (1, 'a'), (2, 'b')")
    cursor.execute(
        f"merge into {table} t using (select 2 as id, 'c' as v union all select 3, 'd') s on t.id = s.id "
        "when matched then update set * when not matched then insert *"
    )
    assert asked(cursor, f"select v from {table} order by id") == [("a",), ("c",), ("d",)]
    assert asked(cursor, f"select v from {table} version as of 1 order by id") == [("a",), ("b",)]
    assert asked(cursor, f"optimize {table}")[0][0].endswith(f"/dev__{name}.db/t")
    cursor.execute(f"alter table {table} add column n int")
    cursor.execute(f"alter table {table} rename to dev.{name}.u")
    assert [row[1] for row in asked(cursor, f"show tables in dev.{name}")] == ["u"]
    assert asked(cursor, f"describe history dev.{name}.u limit 1")[0][4] == "ADD COLUMNS"


def test_describe_as_json(cursor: Cursor, name: str) -> None:
    cursor.execute(
        f"create table dev.{name}.t (a decimal(9, 2) not null comment 'money', b array<struct<c: string>>, d timestamp)"
    )
    [(text,)] = asked(cursor, f"describe table extended dev.{name}.t as json")
    told = json.loads(text)
    assert (told["catalog_name"], told["schema_name"], told["table_name"]) == ("dev", name, "t")
    assert [column["type"]["name"] for column in told["columns"]] == ["decimal", "array", "timestamp_ltz"]
    assert told["columns"][0] == {
        "name": "a",
        "type": {"name": "decimal", "precision": 9, "scale": 2},
        "nullable": False,
        "comment": "money",
    }
    assert told["columns"][1]["type"]["element_type"]["fields"][0]["type"] == {"name": "string"}


def test_information_schema_tells_what_is_there(cursor: Cursor, spark: SparkSession, name: str) -> None:
    cursor.execute(f"create table dev.{name}.t (id bigint not null, p decimal(9, 2) comment 'euros')")
    cursor.execute(f"alter table dev.{name}.t add constraint positive check (id > 0)")
    cursor.execute(f"create view staging.{name}.v as select id from dev.{name}.t")
    tables = (
        "select table_catalog, table_name, table_type, data_source_format, last_altered is not null "
        f"from system.information_schema.tables where table_schema = '{name}' order by table_catalog"
    )
    told = [
        ("dev", "t", "MANAGED", "DELTA", True),
        ("staging", "v", "VIEW", "UNKNOWN_DATA_SOURCE_FORMAT", True),
    ]
    assert asked(cursor, tables) == told
    assert [tuple(row) for row in spark.sql(tables).collect()] == told
    columns = (
        "select column_name, ordinal_position, is_nullable, full_data_type, comment "
        f"from dev.information_schema.columns where table_schema = '{name}' order by ordinal_position"
    )
    assert asked(cursor, columns) == [
        ("id", 1, "NO", "bigint", None),
        ("p", 2, "YES", "decimal(9,2)", "euros"),
    ]
    view = f"select view_definition from staging.information_schema.views where table_schema = '{name}'"
    assert asked(cursor, view) == [(f"select id from dev.{name}.t",)]
    check = (
        "select constraint_name, check_clause from dev.information_schema.check_constraints "
        f"where constraint_schema = '{name}'"
    )
    assert asked(cursor, check) == [("positive", "id > 0")]
    assert (
        asked(cursor, f"select * from system.information_schema.column_tags where schema_name = '{name}'")
        == []
    )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("create function dev.{name}.f(x int) returns int return x + 1", "does not support CREATE FUNCTION"),
        ("select dev.{name}.f(1)", "UNRESOLVED_ROUTINE"),
        ("analyze table dev.{name}.t compute statistics", "ANALYZE TABLE is not supported"),
        ("show create table dev.{name}.t", "SHOW CREATE TABLE"),
        ("create table dev.{name}.p using parquet as select 1 as a", "USING parquet for dev.{name}.p"),
        ("alter table dev.{name}.t rename to staging.{name}.t", "renaming {name}.t of catalog dev"),
        ("alter table dev.{name}.t add constraint k primary key (a)", "PRIMARY KEY"),
        ("create table dev.{name}.k (a int primary key)", "does not support table constraint"),
        ("comment on schema dev.{name} is 'x'", "changing the comment of schema dev.{name}"),
        ("drop schema dev.default", "dropping the schema default"),
        ("create table dev.information_schema.t (a int)", "writing to information_schema .*only be read"),
        ("create table system.information_schema.t (a int)", "changing the catalog system"),
        ("select * from hive_metastore.information_schema.tables", "hive_metastore.information_schema"),
        ("create catalog other", "CREATE CATALOG"),
        ("grant select on table dev.{name}.t to x", "GRANT"),
        ("create table dev.nothing_of_{name}.t (a int)", "SCHEMA_NOT_FOUND.*`dev`"),
    ],
)
def test_what_there_is_not_is_refused_by_name(cursor: Cursor, name: str, statement: str, told: str) -> None:
    cursor.execute(f"create table dev.{name}.t as select 1 as a")
    with pytest.raises(DatabaseError, match=told.format(name=name)):
        cursor.execute(statement.format(name=name))


# --- the same names everywhere ---------------------------------------------------------------------------------------


def test_data_frames_over_connect(spark: SparkSession, name: str, tmp_path: Path) -> None:
    table, copy = f"dev.{name}.w", f"dev.{name}.copied"
    spark.range(6).selectExpr("id", "id % 2 as p").write.partitionBy("p").saveAsTable(table)
    one = spark.range(1).selectExpr("id + 100 as id", "1L as p")
    one.write.mode("overwrite").option("replaceWhere", "p = 1").saveAsTable(table)
    assert sorted(row.id for row in spark.table(table).collect()) == [0, 2, 4, 100]
    assert spark.sql(f"describe history {table}").count() == 2
    query = (
        spark.readStream.option("skipChangeCommits", "true")
        .table(table)
        .writeStream.option("checkpointLocation", f"s3a://lakeloop/checkpoints/{name}")
        .trigger(availableNow=True)
        .toTable(copy)
    )
    query.awaitTermination()
    assert spark.table(copy).count() == 4
    assert spark.catalog.tableExists(copy)
    assert not spark.catalog.tableExists(f"staging.{name}.copied")
    assert {made.name for made in spark.catalog.listTables(f"dev.{name}")} == {"w", "copied"}


def _script(folder: Path, code: str) -> jobs.SparkPythonTask:
    path = folder / f"{uuid.uuid4().hex}.py"
    path.write_text(SPARK + code, encoding="utf-8")
    return jobs.SparkPythonTask(python_file=f"file:{path}")


def _notebook(client: WorkspaceClient, code: str) -> jobs.NotebookTask:
    path = f"/Workspace/Shared/catalogs/{uuid.uuid4().hex}"
    client.workspace.mkdirs("/Workspace/Shared/catalogs")
    content = base64.b64encode(f"# Databricks notebook source\n{code}".encode()).decode()
    client.workspace.import_(
        path, content=content, format=workspace.ImportFormat.SOURCE, language=workspace.Language.PYTHON
    )
    return jobs.NotebookTask(notebook_path=path)


def test_a_job_cluster_a_notebook_and_thrift_read_what_the_other_wrote(
    client: WorkspaceClient, cursor: Cursor, name: str, tmp_path: Path
) -> None:
    cursor.execute(f"create table dev.{name}.by_thrift as select 1 as a")
    cursor.execute(f"create view dev.{name}.view_by_thrift as select a from {name}.by_thrift")
    on_a_cluster = (
        "spark.sql('USE CATALOG staging')\n"
        "assert [row[0] for row in spark.sql('SHOW CATALOGS').collect()][:1] == ['dev']\n"
        f"spark.table('dev.{name}.view_by_thrift').write.saveAsTable('{name}.by_cluster')\n"
        f"spark.sql('CREATE VIEW {name}.view_by_cluster AS SELECT a + 1 AS a FROM {name}.by_cluster')\n"
    )
    in_a_notebook = (
        "spark.sql('USE CATALOG staging')\n"
        f"spark.sql('CREATE TABLE dev.{name}.by_notebook AS SELECT a + 1 AS a FROM {name}.view_by_cluster')\n"
    )
    run = client.jobs.submit(
        run_name="names",
        tasks=[
            SubmitTask(
                task_key="cluster", spark_python_task=_script(tmp_path, on_a_cluster), new_cluster=CLUSTER
            ),
            SubmitTask(
                task_key="notebook",
                notebook_task=_notebook(client, in_a_notebook),
                depends_on=[TaskDependency(task_key="cluster")],
            ),
        ],
    ).result(timeout=PATIENCE)
    ended: dict[str, Any] = {
        task.task_key: task.state and task.state.result_state for task in run.tasks or []
    }
    assert ended == {"cluster": RunResultState.SUCCESS, "notebook": RunResultState.SUCCESS}
    assert asked(cursor, f"select a from dev.{name}.by_notebook") == [(3,)]
