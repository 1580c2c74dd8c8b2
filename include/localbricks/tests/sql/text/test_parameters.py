"""Parameters as Spark's literals, told by what would be sent to it."""

import datetime as dt
import decimal
from typing import Any, cast

import pytest
from pyspark.sql.connect.column import Column

from localbricks.sql.errors import SqlError
from localbricks.sql.text.parameters import Parameter, arguments, by_name

PARIS = "Europe/Paris"


def given(*parameters: Parameter, zone: str = "UTC") -> Any:
    return arguments(parameters, lambda: zone)


def literal(column: Column) -> Any:
    """The message that tells Spark of a literal."""
    return column.to_plan(None).literal  # type: ignore[arg-type]  # a literal asks its session nothing


@pytest.mark.parametrize(
    ("kind", "text", "field", "value"),
    [
        ("STRING", "it's ${x} \\ ' or 1=1 --", "string", "it's ${x} \\ ' or 1=1 --"),
        ("string", "", "string", ""),
        ("BOOLEAN", "True", "boolean", True),
        ("TINYINT", "-128", "byte", -128),
        ("SMALLINT", "32767", "short", 32767),
        ("INT", "+7", "integer", 7),
        ("BIGINT", "-9223372036854775808", "long", -(2**63)),
        ("FLOAT", "0.5", "float", 0.5),
        ("DOUBLE", "1e300", "double", 1e300),
        ("DATE", "1970-01-03", "date", 2),
        ("TIMESTAMP", "1970-01-01 01:00:00+01:00", "timestamp", 0),
        ("TIMESTAMP_NTZ", "1970-01-01 00:00:00.000001", "timestamp_ntz", 1),
    ],
)
def test_a_value_of_each_type(kind: str, text: str, field: str, value: object) -> None:
    told = literal(given(Parameter("a", kind, text))["a"])
    assert (told.WhichOneof("literal_type"), getattr(told, field)) == (field, value)


@pytest.mark.parametrize("kind", ["STRING", "INT", "DECIMAL(9,2)", "TIMESTAMP", "VOID"])
def test_null_keeps_its_type(kind: str) -> None:
    told = literal(given(Parameter("a", kind, None))["a"])
    assert told.WhichOneof("literal_type") == "null"


@pytest.mark.parametrize(
    ("text", "told"),
    [("1.5", "1.50"), ("1.005", "1.01"), ("-1.005", "-1.01"), ("0", "0.00"), ("9999999", "9999999.00")],
)
def test_a_decimal_is_rounded_half_up_to_its_scale(text: str, told: str) -> None:
    value = literal(given(Parameter("a", "DECIMAL(9, 2)", text))["a"]).decimal
    assert (decimal.Decimal(value.value), value.precision, value.scale) == (decimal.Decimal(told), 9, 2)


def test_a_timestamp_without_an_offset_is_told_by_the_sessions_clock() -> None:
    noon = Parameter("a", "TIMESTAMP", "2020-07-01 12:00:00")
    for zone, hour in (("UTC", 12), (PARIS, 10), ("+02:00", 10), ("GMT-3", 15), ("Z", 12)):
        told = literal(given(noon, zone=zone)["a"]).timestamp
        assert dt.datetime.fromtimestamp(told / 1e6, dt.UTC) == dt.datetime(
            2020, 7, 1, hour, tzinfo=dt.UTC
        ), zone


def test_the_second_pass_of_an_hour_that_a_clock_shows_twice_is_refused() -> None:
    first, second = "2020-10-25 02:30:00+02:00", "2020-10-25 02:30:00+01:00"
    assert literal(given(Parameter("a", "TIMESTAMP", first), zone=PARIS)["a"]).timestamp == 1603585800000000
    with pytest.raises(
        SqlError, match=r"NOT_SUPPORTED_LOCALLY.*02:30:00\+01:00.*Europe/Paris shows that hour twice"
    ):
        given(Parameter("a", "TIMESTAMP", second), zone=PARIS)


def test_the_time_zone_is_asked_only_for_a_timestamp() -> None:
    def unasked() -> str:
        raise AssertionError("it was asked")

    assert set(arguments([Parameter("a", "DATE", "2020-01-01")], unasked)) == {"a"}


def test_arrays_and_maps_also_empty_ones() -> None:
    one, text = Parameter(None, "INT", "1"), Parameter(None, "STRING", "x")
    told = given(
        Parameter("list", "ARRAY", items=(one, one)),
        Parameter("none", "ARRAY"),
        Parameter("map", "MAP", items=(text, one)),
    )
    assert {name: str(column) for name, column in told.items()} == {
        "list": "Column<'array(1, 1)'>",
        "none": "Column<'array()'>",
        "map": "Column<'map(x, 1)'>",
    }


def test_parameters_without_names_keep_their_order() -> None:
    assert [
        literal(column).integer for column in given(Parameter(None, "INT", "1"), Parameter(None, "INT", "2"))
    ] == [1, 2]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1; drop table t", "INT"),
        ("1_000", "INT"),
        ("128", "TINYINT"),
        ("x", "DOUBLE"),
        ("2020-13-01", "DATE"),
        ("maybe", "BOOLEAN"),
        ("1", "GEOGRAPHY"),
        ("100", "DECIMAL(3,1)"),
        ("x", "DECIMAL(3,1)"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(value: str, kind: str) -> None:
    with pytest.raises(SqlError) as caught:
        given(Parameter("a", kind, value))
    assert caught.value.message.startswith(
        f"[INVALID_PARAMETER_VALUE] parameter a: {value!r} is not a valid {kind} ("
    )


def test_names_for_all_or_for_none() -> None:
    with pytest.raises(SqlError, match="1 have a name and 1 have none"):
        given(Parameter("a", "INT", "1"), Parameter(None, "INT", "1"))


def test_markers_without_names_get_one_each() -> None:
    one = given(*(Parameter(None, "INT", str(number)) for number in range(2)))
    sql, named = by_name("select '?', `?` /* ? */, ?and? -- ?", one)
    assert sql == "select '?', `?` /* ? */,  :_1 and :_2  -- ?"
    assert [literal(cast(Any, named[name])).integer for name in ("_1", "_2")] == [0, 1]
    with pytest.raises(SqlError, match=r"there are 1 \? markers and 2 parameters") as caught:
        by_name("select ?", one)
    assert caught.value.sqlstate == "42P02"
