"""Sessions over Thrift: running, cancelling, large results, isolation, clients without pyarrow."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError, Error

from tests.conformance import server_use
from tests.conformance.sql_clients import CLUSTER, WAREHOUSE, Connect, asked

# Minutes of work on any laptop: only an interrupt ends it within a test's patience.
ENDLESS = "select count(*) from range(400000000000) where pmod(hash(id), 7) = 3"
PATIENCE_SECONDS = 30


@contextmanager
def cancelled_while_running(cursor: Cursor) -> Iterator[None]:
    """Cancel the cursor's statement from another thread once the client knows it."""

    def cancel() -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while cursor.active_command_id is None and time.monotonic() < deadline:
            time.sleep(0.01)
        cursor.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    yield
    thread.join()


# --- running, cancelling, timing out ---------------------------------------------------------------------------------


def test_cancel_interrupts_the_spark_job(cursor: Cursor) -> None:
    began = time.monotonic()
    with cancelled_while_running(cursor), pytest.raises(Error, match=r"OPERATION_CANCELED.*57014"):
        cursor.execute(ENDLESS)
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert asked(cursor, "select 1") == [(1,)]


def test_cancel_leaves_the_other_statements_of_a_session_alone(connect: Connect) -> None:
    made = connect()
    stopped, other = made.cursor(), made.cursor()
    other.execute_async("select count(*) from range(300000000) where pmod(hash(id), 7) = 3")
    stopped.execute_async(ENDLESS)
    stopped.cancel()
    with pytest.raises(Error, match="OPERATION_CANCELED"):
        stopped.get_async_execution_result()
    other.get_async_execution_result()
    assert [row[0] > 0 for row in other.fetchall()] == [True]


def test_a_statement_may_run_in_the_background(cursor: Cursor) -> None:
    cursor.execute_async("select sum(id) from range(100000000)")
    cursor.get_async_execution_result()
    assert [tuple(row) for row in cursor.fetchall()] == [(4999999950000000,)]


def test_a_statement_timeout_holds(connect: Connect) -> None:
    cursor = connect(session_configuration={"statement_timeout": "2"}).cursor()
    with pytest.raises(DatabaseError, match=r"QUERY_TIMEOUT.*longer than the 2 s.*HYT00"):
        cursor.execute(ENDLESS)


def test_an_unknown_setting_is_refused(connect: Connect) -> None:
    with pytest.raises(DatabaseError, match="nonsense is no setting of the local workspace"):
        connect(session_configuration={"nonsense": "1"})


# --- large results ---------------------------------------------------------------------------------------------------

ROWS = 2_000_000


@pytest.mark.alone
@pytest.mark.parametrize("lz4", [True, False])
def test_two_million_rows_come_in_chunks_and_are_not_held(
    stack: dict[str, str], connect: Connect, lz4: bool
) -> None:
    server = server_use.workspace(stack)
    cursor = connect(enable_query_result_lz4_compression=lz4).cursor()
    asked(cursor, "select 1")
    before = peak = server.memory_info().rss
    cursor.execute(f"select id, md5(cast(id as string)) as text from range({ROWS})")
    count = total = size = 0
    while (table := cursor.fetchmany_arrow(100_000)).num_rows:
        count, total = count + table.num_rows, total + sum(table.column("id").to_pylist())
        size, peak = size + table.nbytes, max(peak, server.memory_info().rss)
    assert (count, total) == (ROWS, ROWS * (ROWS - 1) // 2)
    # The result is on disk; what the server holds of it is an answer at a time.
    assert size > 80e6
    assert peak - before < size


def test_a_row_limit_of_the_client(connect: Connect) -> None:
    cursor = connect().cursor(row_limit=5)
    assert len(asked(cursor, "select * from range(1000000)")) == 5


# --- sessions --------------------------------------------------------------------------------------------------------


def test_temporary_views_and_settings_belong_to_a_session(connect: Connect) -> None:
    one, two = connect().cursor(), connect().cursor()
    one.execute("create temporary view mine as select 1 as a")
    one.execute("set spark.sql.shuffle.partitions = 3")
    assert asked(one, "select a from mine") == [(1,)]
    with pytest.raises(DatabaseError, match="TABLE_OR_VIEW_NOT_FOUND"):
        two.execute("select a from mine")
    assert asked(two, "set spark.sql.shuffle.partitions") != [("spark.sql.shuffle.partitions", "3")]


@pytest.mark.parametrize("path", [WAREHOUSE, "/sql/1.0/endpoints/local", CLUSTER])
def test_every_path_answers(connect: Connect, path: str) -> None:
    assert asked(connect(path).cursor(), "select 1") == [(1,)]


def test_a_cluster_tells_a_runtime_whose_sql_spark_understands(connect: Connect) -> None:
    statement = "set spark.databricks.clusterUsageTags.sparkVersion"
    [(_, version)] = asked(connect(CLUSTER).cursor(), statement)
    assert version.startswith("16.4.")


def test_initial_catalog_and_schema(connect: Connect, schema: str) -> None:
    cursor = connect(catalog="dev", schema=schema).cursor()
    assert asked(cursor, "select current_catalog()") == [("dev",)]
    assert asked(cursor, "select current_schema()") == [(schema,)]
    with pytest.raises(
        DatabaseError, match="Catalog 'main' was not found; there are dev, hive_metastore, prod"
    ):
        connect(catalog="main")


def test_a_schema_may_be_created_by_the_connection_that_names_it(connect: Connect) -> None:
    name = f"sql_conformance_{uuid.uuid4().hex[:8]}"
    cursor = connect(schema=name).cursor()
    with pytest.raises(DatabaseError, match=f"schema `{name}` of this connection cannot be found"):
        cursor.execute("create table t as select 1 as a")
    cursor.execute(f"create schema {name}")
    try:
        cursor.execute("create table t as select 1 as a")
        assert asked(cursor, f"select a from dev.{name}.t") == [(1,)]
    finally:
        cursor.execute(f"drop schema {name} cascade")


# --- other clients ---------------------------------------------------------------------------------------------------

WITHOUT_ARROW = """
import sys
sys.modules["pyarrow"] = None
from databricks import sql
host, path, token = sys.argv[1:]
with sql.connect(server_hostname=host, http_path=path, access_token=token, _connection_uri=host + path,
                 enable_telemetry=False) as connection, connection.cursor() as cursor:
    cursor.execute("select id, if(id = 1, null, 'x'), cast(id as decimal(5, 2)), date'2020-01-02', array(id), id = 1, "
                   "timestamp'2020-01-02 03:04:05' from range(3) order by id")
    for row in cursor.fetchall():
        print(tuple(row))
    cursor.execute("select count(*) from range(100)")
    print(cursor.fetchone()[0])
    print(cursor.catalogs().fetchall()[0].TABLE_CAT)
"""


def test_a_client_without_pyarrow_reads_columns(stack: dict[str, str]) -> None:
    command = [
        sys.executable,
        "-c",
        WITHOUT_ARROW,
        stack["DATABRICKS_HOST"],
        WAREHOUSE,
        stack["DATABRICKS_TOKEN"],
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    stamp = "datetime.datetime(2020, 1, 2, 3, 4, 5)"
    assert lines[0] == f"(0, 'x', Decimal('0.00'), datetime.date(2020, 1, 2), '[0]', False, {stamp})"
    assert lines[1] == f"(1, None, Decimal('1.00'), datetime.date(2020, 1, 2), '[1]', True, {stamp})"
    assert lines[3:] == ["100", "dev"]
