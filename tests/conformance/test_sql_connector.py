"""SQL over Thrift, driven by the unmodified databricks-sql-connector."""

import datetime as dt
import decimal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import requests
from databricks import sql
from databricks.sql.client import Connection, Cursor
from databricks.sql.exc import DatabaseError, Error, RequestError
from deltalake import DeltaTable

WAREHOUSE = "/sql/1.0/warehouses/local"
CLUSTER = "/sql/protocolv1/o/0/local"
# Minutes of work on any laptop: only an interrupt ends it within a test's patience.
ENDLESS = "select count(*) from range(400000000000) where pmod(hash(id), 7) = 3"
PATIENCE_SECONDS = 30

Connect = Callable[..., Connection]


def connection(stack: dict[str, str], path: str, **options: Any) -> Connection:
    return sql.connect(
        server_hostname=stack["DATABRICKS_HOST"],
        http_path=path,
        access_token=options.pop("token", stack["DATABRICKS_TOKEN"]),
        _connection_uri=stack["DATABRICKS_HOST"] + path,
        enable_telemetry=False,
        **options,
    )


@pytest.fixture
def connect(stack: dict[str, str]) -> Iterator[Connect]:
    opened: list[Connection] = []

    def make(path: str = WAREHOUSE, **options: Any) -> Connection:
        opened.append(connection(stack, path, **options))
        return opened[-1]

    yield make
    for made in opened:
        made.close()


@pytest.fixture
def cursor(connect: Connect) -> Cursor:
    return connect().cursor()


@pytest.fixture
def schema(stack: dict[str, str]) -> Iterator[str]:
    name = f"sql_conformance_{uuid.uuid4().hex[:8]}"
    with connection(stack, WAREHOUSE) as made, made.cursor() as cursor:
        cursor.execute(f"create schema {name}")
        yield name
        cursor.execute(f"drop schema {name} cascade")


def asked(cursor: Cursor, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(statement, parameters)
    return [tuple(row) for row in cursor.fetchall()]


def names(cursor: Cursor) -> list[str]:
    return [column[0] for column in cursor.description or []]


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


# --- types -----------------------------------------------------------------------------------------------------------

VALUES = [
    ("true", True),
    ("cast(7 as tinyint)", 7),
    ("cast(-300 as smallint)", -300),
    ("cast(7 as int)", 7),
    ("cast(9007199254740993 as bigint)", 9007199254740993),
    ("cast(0.5 as float)", 0.5),
    ("cast(0.1 as double)", 0.1),
    (
        "cast(12345678901234567890.123456789 as decimal(38, 9))",
        decimal.Decimal("12345678901234567890.123456789"),
    ),
    ("cast(1 as decimal(5, 2))", decimal.Decimal("1.00")),
    ("'naïve ''quote'''", "naïve 'quote'"),
    ("''", ""),
    ("X'00ff'", b"\x00\xff"),
    ("date'2020-02-29'", dt.date(2020, 2, 29)),
    ("timestamp_ntz'2020-02-29 12:34:56.123456'", dt.datetime(2020, 2, 29, 12, 34, 56, 123456)),
    ("interval '1 02:03:04' day to second", "INTERVAL '1 02:03:04' DAY TO SECOND"),
    ("interval '1-2' year to month", "INTERVAL '1-2' YEAR TO MONTH"),
    ("parse_json('{\"a\":[1,null]}')", '{"a":[1,null]}'),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_a_value_of_each_type_and_its_null(cursor: Cursor, expression: str, value: object) -> None:
    assert asked(cursor, f"select {expression} as a, if(true, null, {expression}) as b") == [(value, None)]


def test_a_timestamp_is_an_instant_in_the_session_time_zone(connect: Connect) -> None:
    cursor = connect(session_configuration={"timezone": "Europe/Paris"}).cursor()
    [(value,)] = asked(cursor, "select timestamp'2020-07-01 12:00:00'")
    assert value.astimezone(dt.UTC) == dt.datetime(2020, 7, 1, 10, tzinfo=dt.UTC)


def test_nested_values(connect: Connect) -> None:
    # Without pandas the connector gives Python's own lists and numbers.
    cursor = connect(_disable_pandas=True).cursor()
    [(numbers, entries, record, deep)] = asked(
        cursor,
        "select array(1, null, 3), map('a', 1, 'b', null), named_struct('x', 1, 'y', 'z'), "
        "array(named_struct('a', array(1)))",
    )
    assert numbers == [1, None, 3]
    assert dict(entries) == {"a": 1, "b": None}
    assert record == {"x": 1, "y": "z"}
    assert deep == [{"a": [1]}]


def test_nested_values_as_json_for_a_client_that_asks_for_text(connect: Connect) -> None:
    cursor = connect(_use_arrow_native_complex_types=False).cursor()
    assert asked(cursor, "select array(1, 2), named_struct('x', 1)") == [("[1,2]", '{"x":1}')]


def test_description_names_types_and_decimals(cursor: Cursor) -> None:
    cursor.execute(
        "select 1 as a, cast(1 as decimal(7, 3)) as b, 'x' as c, array(1) as d, current_date() as e"
    )
    described = [(column[0], column[1], column[4], column[5]) for column in cursor.description or []]
    assert described == [
        ("a", "int", None, None),
        ("b", "decimal", 7, 3),
        ("c", "string", None, None),
        ("d", "array", None, None),
        ("e", "date", None, None),
    ]


def test_two_columns_of_one_name(cursor: Cursor) -> None:
    cursor.execute("select 1 as a, 'x' as a, 2 as b")
    assert names(cursor) == ["a", "a", "b"]
    assert [tuple(row) for row in cursor.fetchall()] == [(1, "x", 2)]


def test_an_empty_result_keeps_its_columns(cursor: Cursor) -> None:
    cursor.execute("select 1 as a, cast(1 as decimal(3, 1)) as b where false")
    assert names(cursor) == ["a", "b"]
    table = cursor.fetchall_arrow()
    assert (table.num_rows, [str(kind) for kind in table.schema.types]) == (0, ["int32", "decimal128(3, 1)"])


def test_a_statement_without_columns(cursor: Cursor, schema: str) -> None:
    assert asked(cursor, f"create table {schema}.t (a int)") == []


# --- parameters ------------------------------------------------------------------------------------------------------


def test_named_parameters_of_many_types(cursor: Cursor) -> None:
    given = {
        "i": 1,
        "f": 0.5,
        "s": "it's \\ :i ? -- here",
        "b": True,
        "n": None,
        "d": dt.date(2020, 1, 2),
        "t": dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "m": decimal.Decimal("1.50"),
        "a": [1, 2],
    }
    [row] = asked(cursor, "select :i, :f, :s, :b, :n, :d, :t, :m, size(:a), ':i' -- :i", given)
    assert row[:6] == (1, 0.5, given["s"], True, None, given["d"])
    assert row[6].astimezone(dt.UTC) == given["t"]
    assert row[7:] == (decimal.Decimal("1.50"), 2, ":i")


def test_positional_parameters(cursor: Cursor) -> None:
    assert asked(cursor, "select ?, ?, '?'", [1, "a"]) == [(1, "a", "?")]


def test_parameters_that_the_client_writes_into_the_text(connect: Connect) -> None:
    cursor = connect(use_inline_params=True).cursor()
    assert asked(cursor, "select %(a)s, %(b)s", {"a": 1, "b": "it's"}) == [(1, "it's")]


def test_a_missing_parameter_is_named(cursor: Cursor) -> None:
    with pytest.raises(DatabaseError, match="no parameter for :b; there are a"):
        cursor.execute("select :a, :b", {"a": 1})


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "condition", "state"),
    [
        ("select * from nowhere.nothing", "TABLE_OR_VIEW_NOT_FOUND", "42P01"),
        ("select nothing from range(1)", "UNRESOLVED_COLUMN", "42703"),
        ("selec 1", "PARSE_SYNTAX_ERROR", "42601"),
        ("select 1 / 0", "DIVIDE_BY_ZERO", "22012"),
        ("select cast('x' as int)", "CAST_INVALID_INPUT", "22018"),
        ("use catalog nowhere", "NO_SUCH_CATALOG_EXCEPTION", "42704"),
        ("grant select on table t to `someone`", "NOT_SUPPORTED_LOCALLY.*GRANT", "0A000"),
        ("copy into t from 's3://somewhere' fileformat = json", "NOT_SUPPORTED_LOCALLY.*COPY INTO", "0A000"),
    ],
)
def test_an_error_tells_condition_and_state(
    cursor: Cursor, statement: str, condition: str, state: str
) -> None:
    with pytest.raises(DatabaseError, match=rf"(?s)\[{condition}.*SQLSTATE: {state}") as caught:
        cursor.execute(statement)
    assert "JVM stacktrace" not in str(caught.value)
    assert asked(cursor, "select 1") == [(1,)]


def test_a_failure_while_rows_are_read(cursor: Cursor) -> None:
    with pytest.raises(DatabaseError, match=r"\[USER_RAISED_EXCEPTION\] row 4999"):
        cursor.execute("select if(id = 4999, raise_error('row 4999'), id) from range(5000)")


def test_a_wrong_token_is_refused(stack: dict[str, str]) -> None:
    with pytest.raises(RequestError):
        connection(stack, WAREHOUSE, token="wrong", _retry_stop_after_attempts_count=1)


def test_a_body_that_is_no_thrift_is_the_clients_error(stack: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {stack['DATABRICKS_TOKEN']}"}
    answer = requests.post(stack["DATABRICKS_HOST"] + WAREHOUSE, b"hello", headers=headers, timeout=30)
    assert answer.status_code == 400
    assert "no Thrift call" in answer.json()["message"]


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


def serving_process(stack: dict[str, str]) -> psutil.Process:
    port = int(stack["DATABRICKS_HOST"].rsplit(":", 1)[1])
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    return next(psutil.Process(c.pid) for c in listening if tuple(c.laddr)[1:] == (port,))


@pytest.mark.parametrize("lz4", [True, False])
def test_two_million_rows_come_in_chunks_and_are_not_held(
    stack: dict[str, str], connect: Connect, lz4: bool
) -> None:
    server = serving_process(stack)
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
    cursor = connect(catalog="hive_metastore", schema=schema).cursor()
    assert asked(cursor, "select current_catalog()") == [("hive_metastore",)]
    assert asked(cursor, "select current_schema()") == [(schema,)]
    with pytest.raises(DatabaseError, match="Catalog 'main' was not found; there is hive_metastore"):
        connect(catalog="main")


def test_a_schema_may_be_created_by_the_connection_that_names_it(connect: Connect) -> None:
    name = f"sql_conformance_{uuid.uuid4().hex[:8]}"
    cursor = connect(schema=name).cursor()
    with pytest.raises(DatabaseError, match=f"schema `{name}` of this connection cannot be found"):
        cursor.execute("create table t as select 1 as a")
    cursor.execute(f"create schema {name}")
    try:
        cursor.execute("create table t as select 1 as a")
        assert asked(cursor, f"select a from hive_metastore.{name}.t") == [(1,)]
    finally:
        cursor.execute(f"drop schema {name} cascade")


# --- tables and metadata ---------------------------------------------------------------------------------------------


def test_a_table_is_delta_and_another_engine_reads_it(
    cursor: Cursor, schema: str, stack: dict[str, str]
) -> None:
    table = f"hive_metastore.{schema}.people"
    cursor.execute(f"create table {table} as select 1 as id, 'Ann' as name union all select 2, 'Bob'")
    assert asked(cursor, f"update {table} set name = 'Bea' where id = 2") == [(1,)]
    merged = asked(
        cursor,
        f"merge into {table} t using (select 2 as id, 'Cy' as name union all select 3, 'Dee') s on t.id = s.id "
        "when matched then update set * when not matched then insert *",
    )
    assert merged == [(2, 1, 0, 1)]
    [location] = [row[1] for row in asked(cursor, f"describe extended {table}") if row[0] == "Location"]
    read = DeltaTable(location.replace("s3a://", "s3://"), storage_options=storage(stack)).to_pyarrow_table()
    assert sorted(zip(*read.to_pydict().values(), strict=True)) == [(1, "Ann"), (2, "Cy"), (3, "Dee")]


def storage(stack: dict[str, str]) -> dict[str, str]:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    return {name: stack[name] for name in names} | {"AWS_ALLOW_HTTP": "true"}


def test_metadata_calls(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t (id bigint not null, price decimal(9, 2) comment 'in euros')")
    cursor.execute(f"create view {schema}.v as select id from {schema}.t")
    assert [tuple(row) for row in cursor.catalogs().fetchall()] == [("hive_metastore",)]
    assert tuple(cursor.schemas(schema_name=schema).fetchone()) == (schema, "hive_metastore")
    found = cursor.tables(catalog_name="hive_metastore", schema_name=schema).fetchall()
    assert [tuple(row)[:4] for row in found] == [
        ("hive_metastore", schema, "t", "TABLE"),
        ("hive_metastore", schema, "v", "VIEW"),
    ]
    assert [row.TABLE_NAME for row in cursor.tables(schema_name=schema, table_types=["VIEW"]).fetchall()] == [
        "v"
    ]
    columns = cursor.columns(schema_name=schema, table_name="t").fetchall()
    assert [(c.COLUMN_NAME, c.TYPE_NAME, c.COLUMN_SIZE, c.DECIMAL_DIGITS, c.REMARKS) for c in columns] == [
        ("id", "BIGINT", None, None, ""),
        ("price", "DECIMAL(9,2)", 9, 2, "in euros"),
    ]
    assert [(c.DATA_TYPE, c.NULLABLE, c.ORDINAL_POSITION) for c in columns] == [(-5, 0, 0), (3, 1, 1)]
    assert cursor.tables(schema_name="no_such_%").fetchall() == []


def test_show_table_extended_tells_a_delta_tables_columns(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create table {schema}.t (a int, b array<string>)")
    [row] = asked(cursor, f"show table extended in hive_metastore.{schema} like '*'")
    assert "Schema: root\n |-- a: integer (nullable = true)\n |-- b: array" in row[3]


def test_a_view_is_renamed_within_its_catalog(cursor: Cursor, schema: str) -> None:
    cursor.execute(f"create view {schema}.v as select 1 as a")
    cursor.execute(f"alter view hive_metastore.{schema}.v rename to hive_metastore.{schema}.w")
    assert asked(cursor, f"select a from {schema}.w") == [(1,)]


def test_a_clone_replaces_a_table_or_leaves_it(cursor: Cursor, schema: str) -> None:
    for name, value in (("old", 1), ("new", 2)):
        cursor.execute(f"create table {schema}.{name} as select {value} as a")
    with pytest.raises(DatabaseError, match="TABLE_OR_VIEW_NOT_FOUND"):
        cursor.execute(f"create or replace table {schema}.old shallow clone {schema}.nothing")
    assert asked(cursor, f"select a from {schema}.old") == [(1,)]
    cursor.execute(
        f"create or replace table hive_metastore.{schema}.old shallow clone hive_metastore.{schema}.new"
    )
    assert asked(cursor, f"select a from {schema}.old") == [(2,)]
    assert [row[1] for row in asked(cursor, f"show tables in {schema}")] == ["new", "old"]


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
    assert lines[3:] == ["100", "hive_metastore"]
