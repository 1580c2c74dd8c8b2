"""Parameters of every type, with every awkward text, through the unmodified connector: what goes in comes out."""

import datetime as dt
import decimal
import math
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sql.client import Cursor
from databricks.sql.exc import DatabaseError
from databricks.sql.parameters import BigIntegerParameter, DoubleParameter, TimestampNTZParameter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests.conformance.sql_clients import CLUSTER, WAREHOUSE, Connect, asked

# One statement with so many values takes as long as one with one.
AT_ONCE = 150
PIECES = (
    *(
        "${",
        "}",
        "${x}",
        "${env:PATH}",
        "${system:java.vendor}",
        "${spark.app.name}",
        "'",
        '"',
        "\\",
        "\\'",
        "`",
    ),
    *(
        "\n",
        "\r\n",
        "\t",
        "--",
        "/*",
        "*/",
        ":c0",
        ":`c0`",
        "?",
        ";",
        "%s",
        "{{x}}",
        "\U0001f600",
        "\u2028",
        "é",
    ),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8"), max_size=5), max_size=6).map(
    "".join
)
MOMENTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2250, 1, 1))
DECIMALS = st.decimals(
    min_value=decimal.Decimal("-1e12"), max_value=decimal.Decimal("1e12"), places=6, allow_nan=False
)
SCALARS = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
    MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC)),
)
VALUES = st.one_of(SCALARS, DECIMALS, st.lists(TEXTS, max_size=3), st.lists(st.integers(0, 9), max_size=3))
FEW = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
# What looks like markers and is none, before, between and behind.
STRINGS_AND_COMMENTS = "select ':c0 ? ${{' as `:c0 ?`, /* :c0 ? /* ? */ ' */ {markers} -- :c0 ? '\n"


@pytest.fixture(scope="module")
def spark(stack: dict[str, str]) -> Iterator[SparkSession]:
    """A plain Spark Connect client: what it makes of ``args`` is the standard."""
    session = SparkSession.builder.remote(stack["SPARK_REMOTE"]).create()
    yield session
    session.stop()


def utc(value: Any) -> Any:
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) and value.tzinfo else value


def came_back(row: tuple[Any, ...]) -> list[Any]:
    return [utc(value) for value in row[1:]]


@pytest.fixture(scope="module", params=[WAREHOUSE, CLUSTER])
def plain(stack: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Cursor]:
    """A cursor that gives Python's own lists and numbers."""
    from tests.conformance.sql_clients import connection

    with connection(stack, request.param, _disable_pandas=True) as made, made.cursor() as cursor:
        yield cursor


@FEW
@given(st.lists(VALUES, min_size=AT_ONCE, max_size=AT_ONCE))
def test_named_values_come_back(plain: Cursor, values: list[Any]) -> None:
    names = [f"c{number}" for number in range(len(values))]
    statement = STRINGS_AND_COMMENTS.format(markers=", ".join(f":{name} as {name}" for name in names))
    [row] = asked(plain, statement, dict(zip(names, values, strict=True)))
    assert came_back(row) == values


@FEW
@given(st.lists(VALUES, min_size=AT_ONCE, max_size=AT_ONCE))
def test_values_by_position_come_back(plain: Cursor, values: list[Any]) -> None:
    statement = STRINGS_AND_COMMENTS.format(markers=",".join("?" for _ in values))
    [row] = asked(plain, statement, values)
    assert came_back(row) == values


@FEW
@given(st.lists(SCALARS, min_size=AT_ONCE, max_size=AT_ONCE))
def test_spark_itself_makes_the_same_of_them(plain: Cursor, spark: SparkSession, values: list[Any]) -> None:
    names = [f"c{number}" for number in range(len(values))]
    typed = ", ".join(f"typeof(:{name})" for name in names)
    statement = STRINGS_AND_COMMENTS.format(
        markers=", ".join(f":{name} as {name}" for name in names) + ", " + typed
    )
    args = dict(zip(names, values, strict=True))
    [row] = asked(plain, statement, args)
    [other] = spark.sql(statement, args=args).collect()
    # A Connect client shows moments by the clock of its own machine.
    shown = [
        value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value for value in tuple(other)[1:]
    ]
    assert came_back(row) == shown


@FEW
@given(st.lists(st.floats(allow_nan=False), min_size=AT_ONCE, max_size=AT_ONCE))
def test_doubles_keep_every_bit(plain: Cursor, values: list[float]) -> None:
    given_values = [DoubleParameter(value) for value in values]
    [row] = asked(plain, "select " + ", ".join("?" for _ in values), given_values)
    assert [(value, math.copysign(1, value)) for value in row] == [(v, math.copysign(1, v)) for v in values]


@FEW
@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_maps_come_back(plain: Cursor, value: dict[str, str]) -> None:
    [(pairs, size)] = asked(plain, "select :m, size(:m)", {"m": value})
    assert (dict(pairs), size) == (value, len(value))


def test_the_edges_of_types(plain: Cursor) -> None:
    values: list[Any] = [
        *(float("inf"), float("-inf"), dt.datetime(2020, 1, 2, 3, 4, 5, 6), -(2**63), 0),
        decimal.Decimal(
            "-999999999999999999999999999.9999999999"
        ),  # the connector counts the sign as a digit
    ]
    given_values: list[Any] = [
        DoubleParameter(values[0]),
        DoubleParameter(values[1]),
        TimestampNTZParameter(values[2]),
        BigIntegerParameter(values[3]),
        BigIntegerParameter(values[4]),
        values[5],
    ]
    assert asked(plain, "select ?, ?, ?, ?, ?, ?", given_values) == [tuple(values)]


@pytest.mark.parametrize(
    ("statement", "given_values", "rows"),
    [
        ("select :`first-name` as x, :b", {"first-name": "Ann", "b": 1}, [("Ann", 1)]),
        ("select id from range(9)limit:n", {"n": 2}, [(0,), (1,)]),
        ("select id from range(9)where id between:a and:b", {"a": 3, "b": 4}, [(3,), (4,)]),
        ("select?and?", [True, False], [(False,)]),
        ("select size(:a), typeof(:a)", {"a": []}, [(0, "array<void>")]),
        ("select count(*) from identifier(:t)", {"t": "dev.information_schema.catalogs"}, [(1,)]),
        ("select cast(named_struct('a', 1) as struct<a:int>).a + :a", {"a": 1}, [(2,)]),
        ("select '1'::int + :a", {"a": 1}, [(2,)]),
        ("execute immediate 'select :a' using 1 as a", None, [(1,)]),
    ],
)
def test_where_markers_may_stand(plain: Cursor, statement: str, given_values: Any, rows: list[Any]) -> None:
    assert asked(plain, statement, given_values) == rows


def test_text_that_a_client_writes_into_the_statement_stays_as_it_is(connect: Connect) -> None:
    """dbt writes its seeds so."""
    cursor = connect(use_inline_params="silent").cursor()
    cells = ["Dear ${name}, hello", "${env:PATH}", "it's \\ ${system:java.vendor}"]
    assert asked(cursor, "select %s, %s, %s", cells) == [tuple(cells)]


def test_an_empty_list_is_no_null_in_a_table(plain: Cursor, schema: str) -> None:
    plain.execute(f"create table dev.{schema}.t (names array<string>, note string)")
    plain.execute(
        f"insert into dev.{schema}.t values (:names, :note)", {"names": [], "note": "cost: ${amount}"}
    )
    assert asked(plain, f"select names is null, size(names), note from dev.{schema}.t") == [
        (False, 0, "cost: ${amount}")
    ]


@pytest.mark.parametrize(
    ("statement", "given_values", "told"),
    [
        (
            "optimize dev.default.t where a = :a",
            {"a": 1},
            r"a parameter in a statement of Delta's own \(Optimize",
        ),
        ("show table extended in dev.default like :p", {"p": "*"}, "a parameter in SHOW TABLE EXTENDED"),
    ],
)
def test_where_they_may_not_they_are_refused_by_name(
    plain: Cursor, statement: str, given_values: Any, told: str
) -> None:
    with pytest.raises(DatabaseError, match=rf"NOT_SUPPORTED_LOCALLY\] {told}.*SQLSTATE: 0A000"):
        plain.execute(statement, given_values)


def test_a_parameter_where_backslashes_are_plain_is_refused(connect: Connect) -> None:
    cursor = connect(session_configuration={"spark.sql.parser.escapedStringLiterals": "true"}).cursor()
    with pytest.raises(DatabaseError, match=r"NOT_SUPPORTED_LOCALLY.*escapedStringLiterals"):
        cursor.execute("select :a", {"a": "x"})


def test_an_hour_that_a_clock_shows_twice_is_refused(connect: Connect) -> None:
    cursor = connect(session_configuration={"timezone": "Europe/Paris"}).cursor()
    first = dt.datetime(2020, 10, 25, 0, 30, tzinfo=dt.UTC)
    [(moment,)] = asked(cursor, "select :t", {"t": first})
    assert moment.astimezone(dt.UTC) == first
    with pytest.raises(DatabaseError, match="Europe/Paris shows that hour twice"):
        cursor.execute("select :t", {"t": first + dt.timedelta(hours=1)})


def test_spark_binds_them_for_every_client(spark: SparkSession) -> None:
    assert [tuple(row) for row in spark.sql("select :a, ':a'", args={"a": "${x.y} it's"}).collect()] == [
        ("${x.y} it's", ":a")
    ]


def test_many_parameters_without_names_are_refused_where_spark_mixes_them_up(spark: SparkSession) -> None:
    assert tuple(spark.sql("select ?, ?, ?, ?", args=[1, 2, 3, 4]).collect()[0]) == (1, 2, 3, 4)
    with pytest.raises(Exception, match=r"NOT_SUPPORTED_LOCALLY.*more than 4 parameters without names"):
        spark.sql("select ?, ?, ?, ?, ?", args=[1, 2, 3, 4, 5]).collect()
