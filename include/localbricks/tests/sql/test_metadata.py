import pytest
from pyspark.sql.types import ArrayType, IntegerType, LongType, StringType, StructField, StructType

from localbricks.sql.listing import schema_block
from localbricks.sql.metadata import catalogs, pattern, type_info


@pytest.mark.parametrize(
    ("jdbc", "name", "fits"),
    [
        (None, "anything", True),
        ("%", "anything", True),
        ("a_c", "abc", True),
        ("a\\_c", "abc", False),
        ("a\\_c", "a_c", True),
        ("A%", "abc", True),
        ("a.c", "abc", False),
        ("ab", "abc", False),
    ],
)
def test_search_patterns(jdbc: str | None, name: str, fits: bool) -> None:
    assert bool(pattern(jdbc).fullmatch(name)) is fits


def test_the_one_catalog_and_the_types() -> None:
    assert catalogs().rows == 1
    assert type_info().rows == 17


def test_schema_block_is_what_hive_prints() -> None:
    schema = StructType(
        [
            StructField("a", LongType()),
            StructField("b", ArrayType(IntegerType())),
            StructField("c", StringType(), False),
        ]
    )
    lines = schema_block(schema).splitlines()
    assert lines[0] == "Schema: root"
    assert lines[1] == " |-- a: long (nullable = true)"
    assert " |-- c: string (nullable = false)" in lines
