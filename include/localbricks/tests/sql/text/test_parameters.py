import pytest
from databricks.sql.thrift_api.TCLIService import ttypes as t

from localbricks.sql.errors import SqlError
from localbricks.sql.text.parameters import bind


def parameter(value: str | None, kind: str = "STRING", name: str | None = None) -> t.TSparkParameter:
    held = None if value is None else t.TSparkParameterValue(stringValue=value)
    return t.TSparkParameter(name=name, type=kind, value=held)


def test_named_and_positional_markers() -> None:
    assert (
        bind("select :a, :b", [parameter("1", "INT", "a"), parameter("x", name="b")])
        == "select CAST('1' AS INT), 'x'"
    )
    assert (
        bind("select ?, ?", [parameter("1", "BIGINT"), parameter(None)]) == "select CAST('1' AS BIGINT), NULL"
    )


def test_strings_comments_casts_and_paths_are_no_markers() -> None:
    sql = "select ':a ?', a::int, j:a, m[1]:a -- :a ?\n, /* ? */ :a"
    assert bind(sql, [parameter("1", "INT", "a")]) == sql[:-2] + "CAST('1' AS INT)"


@pytest.mark.parametrize(
    ("value", "literal"), [("it's", "'it''s'"), ("a\\", "'a\\\\'"), ("\\' or 1=1 --", "'\\\\'' or 1=1 --'")]
)
def test_a_string_cannot_leave_its_quotes(value: str, literal: str) -> None:
    assert bind("select :a", [parameter(value, name="a")]) == f"select {literal}"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1; drop table t", "INT"),
        ("x", "DOUBLE"),
        ("2020-13-01", "DATE"),
        ("maybe", "BOOLEAN"),
        ("1", "GEOGRAPHY"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(value: str, kind: str) -> None:
    with pytest.raises(SqlError, match=f"parameter a: .* is not a valid {kind}"):
        bind("select :a", [parameter(value, kind, "a")])


def test_nested_values() -> None:
    item = t.TSparkParameterValueArg(type="INT", value="1")
    nested = t.TSparkParameter(name="a", type="ARRAY<INT>", arguments=[item, item])
    assert bind("select :a", [nested]) == "select array(CAST('1' AS INT), CAST('1' AS INT))"


@pytest.mark.parametrize(
    ("sql", "given", "message"),
    [
        ("select :b", [parameter("1", name="a")], "no parameter for :b; there are a"),
        ("select ?, ?", [parameter("1")], "more \\? markers than parameters"),
        ("select 1", [parameter("1")], "1 more parameters than \\? markers"),
    ],
)
def test_markers_and_parameters_must_agree(sql: str, given: list[t.TSparkParameter], message: str) -> None:
    with pytest.raises(SqlError, match=message) as caught:
        bind(sql, given)
    assert caught.value.sqlstate == "42P02"
