"""Values, parameters and errors over Thrift, with the unmodified databricks-sql-connector."""

import datetime as dt
import decimal

import pytest
import requests
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError, RequestError

from tests.conformance.sql_clients import WAREHOUSE, Connect, asked, connection, names

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


def test_nested_values_as_json_keep_null_fields_and_microseconds(connect: Connect) -> None:
    cursor = connect(_use_arrow_native_complex_types=False).cursor()
    statement = (
        "select array(named_struct('name', 'abc', 'end', cast(null as date))), "
        "named_struct('at', timestamp'2020-01-02 03:04:05.123456', 'ntz', timestamp_ntz'2020-01-02 03:04:05.000001')"
    )
    [(ranges, moments)] = asked(cursor, statement)
    assert ranges == '[{"name":"abc","end":null}]'
    assert moments == '{"at":"2020-01-02T03:04:05.123456Z","ntz":"2020-01-02T03:04:05.000001"}'


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
    with pytest.raises(DatabaseError, match=r"(?s)UNBOUND_SQL_PARAMETER.*parameter: b.*SQLSTATE: 42P02"):
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
        ("select raise_error('SESSION_CLOSED, SESSION_CHANGED')", "USER_RAISED_EXCEPTION", "P0001"),
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
