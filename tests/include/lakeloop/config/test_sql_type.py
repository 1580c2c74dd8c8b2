"""Types are checked without Spark, by Spark's own grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DataType
from pyspark.sql.types import _parse_datatype_json_value as from_json

from lakeloop.config.sql_type import (
    OTHER_NAMES,
    SIMPLE,
    can_be_feature,
    checked,
    is_number,
    is_whole_number,
    plain,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
DECIMALS = st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: f"decimal({p},{s})"))


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    fields = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.one_of(
        inner.map("array<{}>".format),
        st.tuples(inner, inner).map(lambda pair: f"map<{pair[0]},{pair[1]}>"),
        fields.map(lambda f: "struct<" + ",".join(f"{name}:{kind}" for name, kind in f.items()) + ">"),
    )


TYPES = st.recursive(st.one_of(st.sampled_from(SIMPLE), DECIMALS), _nested, max_leaves=6)


@given(TYPES)
def test_every_type_of_the_grammar_is_taken_as_it_is(text: str) -> None:
    assert checked(text) == text
    assert checked(text.upper().replace(",", " , ")) == text


@pytest.mark.parametrize("name", SIMPLE)
def test_the_simple_types_are_sparks_own(name: str) -> None:
    known = {"int": "integer", "bigint": "long", "smallint": "short", "tinyint": "byte"}

    assert isinstance(from_json(known.get(name, name)), DataType)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("varchar", "'varchar' is no type; expected one of bigint"),
        ("", "ends too early"),
        ("array", "ends too early"),
        ("array<bigint", "ends too early"),
        ("array<bigint>>", "'>' is left over"),
        ("map<string>", "'>' where ',' was expected"),
        ("struct<a bigint>", "'bigint' where ':' was expected"),
        ("decimal(39,2)", "precision from 1 to 38"),
        ("decimal(5,6)", "precision from 1 to 38"),
        ("bigint; drop table t", "cannot be part of a type"),
    ],
)
def test_what_is_no_type_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(text)


def test_numbers_are_known() -> None:
    assert is_number("decimal(10,2)")
    assert is_number("bigint")
    assert not is_number("string")
    assert not is_number("array<bigint>")
    assert not is_number("interval day")
    assert is_whole_number("smallint")
    assert not is_whole_number("decimal(10,0)")


def test_a_model_reads_numbers_and_booleans() -> None:
    assert can_be_feature("double")
    assert can_be_feature("boolean")
    assert not can_be_feature("interval year to month")
    assert not can_be_feature("string")


@pytest.mark.parametrize(
    ("text", "said"),
    [("INTEGER", "int"), ("Numeric(10, 2)", "decimal(10,2)"), ("long", "bigint"), ("string", "string")],
)
def test_a_type_has_one_plain_name(text: str, said: str) -> None:
    assert plain(text) == said
    assert set(OTHER_NAMES.values()) <= {*SIMPLE, "decimal"}
